import { ModelyardError } from '../errors.ts'
import type { Catalog, ModelCard } from '../contracts/catalog.ts'
import { usdOf } from '../money.ts'
import { book, emptySum, mergeInto, rowOf } from './ledger-sum.ts'
import type { Attempt, RowKey, Sum, SummedRow } from './ledger-sum.ts'
import { ledgerTable } from './ledger-table.ts'

/** One attempt, as the ledger books it. */
export type LedgerEntry = Attempt

/** The sum of some attempts. */
export type LedgerRow = SummedRow

/** What rows can be summed by. */
export type LedgerKey = keyof RowKey

/** What was spent, and what the same answers would have cost on the baseline. */
export interface Saving {
  /** `provider/model`, or `null` where there is none to compare with. */
  readonly baseline: string | null
  /** Dollars of the compared attempts. */
  readonly spentUsd: number
  readonly baselineUsd: number
  readonly savedUsd: number
  /** The saved part of `baselineUsd`: negative where more was spent, 0 where nothing was compared. */
  readonly savedShare: number
  /** Attempts that are compared. */
  readonly pricedCalls: number
  /** Attempts that are left out, because a price or a count is missing. */
  readonly unpricedCalls: number
  /** Compared attempts whose tokens the router counted itself. */
  readonly estimatedCalls: number
}

/** Which rows, and how they are summed. */
export interface TotalsOptions {
  readonly by?: readonly LedgerKey[]
  readonly where?: { readonly [key in LedgerKey]?: string }
}

/** The books of one router. */
export interface Ledger {
  add(entry: LedgerEntry): void
  /** One row per distinct combination of `by`; without `by` one row for everything, none where nothing was booked. */
  totals(options?: TotalsOptions): readonly LedgerRow[]
  saving(): Saving
  toJSON(): { readonly saving: Saving; readonly rows: readonly LedgerRow[] }
  /** A table for people. */
  toString(): string
}

/** What a ledger needs. */
export interface LedgerOptions {
  /** The `provider/model` to compare with. Default: no comparison. */
  readonly baseline?: string
  readonly catalog: Catalog
}

const keys = ['agent', 'provider', 'model', 'tier'] as const satisfies readonly LedgerKey[]

/**
 * An empty ledger. It keeps one row per distinct agent, provider, model and tier, whatever the number of calls.
 *
 * The comparison is careful: an attempt that failed counts as spent, but not at the baseline, which might not have failed.
 */
export function createLedger({ baseline, catalog }: LedgerOptions): Ledger {
  const card = baseline === undefined ? undefined : baselineCard(baseline, catalog)
  const sums = new Map<string, Sum>()
  const totals = ({ by = [], where = {} }: TotalsOptions = {}): readonly LedgerRow[] => {
    const merged = new Map<string, Sum>()
    for (const sum of sums.values()) {
      const isAsked = keys.every((key) => where[key] === undefined || sum.key[key] === where[key])
      if (isAsked) mergeInto(sumFor(merged, pick(sum.key, by)), sum)
    }
    return [...merged.values()].map(rowOf)
  }
  const saving = (): Saving => savingOf(baseline ?? null, sums.values())
  return {
    add: (entry) => book(sumFor(sums, entry), entry, card),
    totals,
    saving,
    toJSON: () => ({ saving: saving(), rows: totals({ by: keys }) }),
    toString: () => ledgerTable(totals({ by: keys }), totals()[0], saving()),
  }
}

function baselineCard(baseline: string, catalog: Catalog): ModelCard {
  const slash = baseline.indexOf('/')
  const card = slash > 0 ? catalog.find(baseline.slice(0, slash), baseline.slice(slash + 1)) : undefined
  const came = JSON.stringify(baseline)
  if (card === undefined) {
    const nearest = catalog.nearest(baseline).join(', ')
    const message = `ledger.baseline must be a provider/model of the catalog, got ${came}${nearest === '' ? '' : `; nearest: ${nearest}`}`
    throw new ModelyardError('BAD_OPTION', message, { field: 'ledger.baseline' })
  }
  if (card.prices === null) {
    const message = `ledger.baseline must be a model with a known price, and ${came} has none: give it one with a model card`
    throw new ModelyardError('BAD_OPTION', message, { field: 'ledger.baseline' })
  }
  return card
}

function sumFor(sums: Map<string, Sum>, key: RowKey): Sum {
  const name = `${key.agent ?? ''}\0${key.provider ?? ''}\0${key.model ?? ''}\0${key.tier ?? ''}`
  let sum = sums.get(name)
  if (sum === undefined) {
    sum = emptySum(pick(key, keys))
    sums.set(name, sum)
  }
  return sum
}

function pick(key: RowKey, by: readonly LedgerKey[]): RowKey {
  return {
    ...(by.includes('agent') && key.agent !== undefined ? { agent: key.agent } : {}),
    ...(by.includes('provider') && key.provider !== undefined ? { provider: key.provider } : {}),
    ...(by.includes('model') && key.model !== undefined ? { model: key.model } : {}),
    ...(by.includes('tier') && key.tier !== undefined ? { tier: key.tier } : {}),
  }
}

function savingOf(baseline: string | null, sums: Iterable<Sum>): Saving {
  const total = emptySum({})
  for (const sum of sums) mergeInto(total, sum)
  const { spentPico, baselinePico, calls, estimatedCalls, leftOut } = total.compared
  const savedPico = baseline === null ? 0n : baselinePico - spentPico
  return {
    baseline,
    spentUsd: usdOf(spentPico),
    baselineUsd: usdOf(baselinePico),
    savedUsd: usdOf(savedPico),
    savedShare: baselinePico === 0n ? 0 : Number(savedPico) / Number(baselinePico),
    pricedCalls: calls,
    unpricedCalls: leftOut,
    estimatedCalls,
  }
}
