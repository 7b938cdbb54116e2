import type { AttemptRole, LedgerRowKey, LedgerSum, LedgerSums, Quantiles } from '../../contracts/ledger.ts'
import type { Tier } from '../../contracts/catalog.ts'
import type { Usage } from '../../contracts/usage.ts'
import { noTokens, rareCounts, usualBuckets } from '../../contracts/usage.ts'
import { rowKeyOf } from '../row-key.ts'

/** What the statement of `query.ts` gives. */
export function sumsOf(rows: readonly unknown[], isGrouped: boolean): LedgerSums {
  const sums: LedgerSum[] = []
  let total: LedgerSum | null = null
  for (const row of rows) {
    const cells = new Cells(row)
    const sum = sumOf(cells)
    // Without entries there is a total all the same, of nothing.
    if (sum.calls === 0) continue
    if (cells.isTotal) total = sum
    else sums.push(sum)
  }
  return { rows: isGrouped || total === null ? sums : [total], total }
}

function sumOf(cells: Cells): LedgerSum {
  return {
    key: cells.key(),
    calls: cells.count('calls'),
    successes: cells.count('successes'),
    failures: cells.count('failures'),
    cancelled: cells.count('cancelled'),
    tokens: cells.tokens(),
    spentPico: cells.pico('spentPico'),
    unpricedCalls: cells.count('unpricedCalls'),
    estimatedCalls: cells.count('estimatedCalls'),
    implausibleCalls: cells.count('implausibleCalls'),
    durationMs: cells.quantiles('duration'),
    firstTokenMs: cells.quantiles('firstToken'),
    tokensPerSecond: cells.quantiles('speed'),
    compared: {
      calls: cells.count('comparedCalls'),
      estimatedCalls: cells.count('comparedEstimates'),
      leftOut: cells.count('leftOut'),
      otherBaseline: cells.count('otherBaseline'),
      spentPico: cells.pico('comparedPico'),
      baselinePico: cells.pico('baselinePico'),
      outputPico: cells.pico('outputPico'),
      estimatedSpentPico: cells.pico('estimatedSpentPico'),
      estimatedBaselinePico: cells.pico('estimatedBaselinePico'),
      spentSquares: cells.count('spentSquares'),
      baselineSquares: cells.count('baselineSquares'),
      products: cells.count('products'),
    },
  }
}

/** One row of the answer, whose cells are text or null. */
export class Cells {
  readonly #cells: ReadonlyMap<string, unknown>

  constructor(row: unknown) {
    this.#cells = new Map(Object.entries({ ...(typeof row === 'object' && row) }))
  }

  get isTotal(): boolean {
    const cell = this.#cells.get('is_total')
    return cell === true || cell === 't'
  }

  text(name: string): string | undefined {
    const cell = this.#cells.get(name)
    return typeof cell === 'string' ? cell : undefined
  }

  count(name: string): number {
    return Number(this.text(name) ?? 0)
  }

  pico(name: string): bigint {
    return BigInt(this.text(name) ?? 0)
  }

  quantiles(name: string): Quantiles {
    return { p50: this.#measured(`${name}P50`), p95: this.#measured(`${name}P95`) }
  }

  #measured(name: string): number | null {
    const text = this.text(name)
    return text === undefined ? null : Number(text)
  }

  tokens(): Usage {
    const rare = rareCounts.filter((name) => this.text(name) !== undefined)
    const counted = [...usualBuckets, ...rare].map((name) => [name, this.count(name)] as const)
    return { ...noTokens, ...Object.fromEntries(counted) }
  }

  key(): LedgerRowKey {
    const [agent, provider, model, day] = ['agent', 'provider', 'model', 'day'].map((name) => this.text(name))
    const [tier, role] = [tiers.find((each) => each === this.text('tier')), roles.find((each) => each === this.text('role'))]
    return rowKeyOf({ agent, provider, model, tier, role, day })
  }
}

const tiers: readonly Tier[] = ['simple', 'standard', 'complex']
const roles: readonly AttemptRole[] = ['first', 'retry', 'switch', 'hedge', 'escalation', 'shadow', 'compare', 'probe']
