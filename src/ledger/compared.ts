import type { BaselineCost, BookedEntry, ComparedSums, LedgerEntry } from '../contracts/ledger.ts'
import type { Cost, Usage } from '../contracts/usage.ts'
import { usdOf, withoutTerms } from '../money.ts'

/** The model to compare with, and what tokens cost there. */
export interface Baseline {
  /** `provider/model`. */
  readonly name: string
  readonly price: (usage: Usage, wallMs: number) => Cost | null
}

/** Calls that the router makes on its own account. */
const aside: ReadonlySet<LedgerEntry['role']> = new Set(['shadow', 'compare', 'probe'])

/**
 * What the attempt would have cost on the baseline. Careful: an attempt that failed, or that lost against another one, counts
 * as spent, but not at the baseline, which might not have made it. What nobody waited for is left apart on both sides.
 */
export function baselineCost(entry: LedgerEntry, baseline: Baseline | undefined): BaselineCost {
  const name = baseline?.name ?? null
  const { usage, cost, at } = entry
  if (aside.has(entry.role)) return without(name, 'apart')
  if (cost === null) return without(name, mayHaveCost(entry) ? 'left_out' : 'apart')
  if (baseline === undefined || !entry.served) return without(name, 'compared')
  if (usage === null) return without(name, 'left_out')
  const tokens = withoutTerms(usage)
  const whole = baseline.price(tokens, at)
  if (whole === null) return without(name, 'left_out')
  const prompt = baseline.price({ ...tokens, output: 0, reasoning: 0, audioOutput: 0, imageOutput: 0 }, at)
  return {
    baseline: name,
    verdict: 'compared',
    picoUsd: whole.picoUsd,
    outputPicoUsd: prompt === null ? 0n : whole.picoUsd - prompt.picoUsd,
  }
}

function without(baseline: string | null, verdict: BaselineCost['verdict']): BaselineCost {
  return { baseline, verdict, picoUsd: 0n, outputPicoUsd: 0n }
}

/** A failure without tokens was refused before it could cost anything. */
export function mayHaveCost({ usage, outcome }: LedgerEntry): boolean {
  return usage !== null || outcome !== 'failure'
}

/** {@link ComparedSums} while they are being added to. */
export type Comparing = { -readonly [field in keyof ComparedSums]: ComparedSums[field] }

export function nothingCompared(): Comparing {
  return {
    calls: 0,
    estimatedCalls: 0,
    leftOut: 0,
    otherBaseline: 0,
    spentPico: 0n,
    baselinePico: 0n,
    outputPico: 0n,
    estimatedSpentPico: 0n,
    estimatedBaselinePico: 0n,
    spentSquares: 0,
    baselineSquares: 0,
    products: 0,
  }
}

/* oxlint-disable no-param-reassign -- sums are the ledger's own state, and change here and in sum.ts only */

/** Adds one attempt. */
export function compare(sums: Comparing, { cost, usageSource, against }: BookedEntry): void {
  if (against.verdict === 'left_out') sums.leftOut += 1
  if (against.verdict !== 'compared') return
  const spentPico = cost?.picoUsd ?? 0n
  const [spent, baseline] = [usdOf(spentPico), usdOf(against.picoUsd)]
  sums.calls += 1
  sums.spentPico += spentPico
  sums.baselinePico += against.picoUsd
  sums.outputPico += against.outputPicoUsd
  sums.spentSquares += spent * spent
  sums.baselineSquares += baseline * baseline
  sums.products += spent * baseline
  if (usageSource !== 'estimated') return
  sums.estimatedCalls += 1
  sums.estimatedSpentPico += spentPico
  sums.estimatedBaselinePico += against.picoUsd
}

/** Adds all attempts of other sums. */
export function mergeCompared(target: Comparing, sums: ComparedSums): void {
  target.calls += sums.calls
  target.estimatedCalls += sums.estimatedCalls
  target.leftOut += sums.leftOut
  target.otherBaseline += sums.otherBaseline
  target.spentPico += sums.spentPico
  target.baselinePico += sums.baselinePico
  target.outputPico += sums.outputPico
  target.estimatedSpentPico += sums.estimatedSpentPico
  target.estimatedBaselinePico += sums.estimatedBaselinePico
  target.spentSquares += sums.spentSquares
  target.baselineSquares += sums.baselineSquares
  target.products += sums.products
}
/* oxlint-enable no-param-reassign */
