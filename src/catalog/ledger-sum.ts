import type { ModelCard, Tier } from '../contracts/catalog.ts'
import type { Cost, Usage, UsageSource } from '../contracts/usage.ts'
import { usdOf } from '../money.ts'
import { costOf } from './cost.ts'
import { createLatencies } from './latencies.ts'
import type { Latencies } from './latencies.ts'
import { buckets, pieces } from './prices.ts'

const units = [...buckets, ...pieces] as const

/** One attempt, as the ledger books it. */
export interface Attempt {
  /** When, in milliseconds since 1970. */
  readonly at: number
  readonly agent?: string
  readonly provider: string
  readonly model: string
  readonly tier?: Tier
  readonly usage: Usage | null
  readonly usageSource: UsageSource
  readonly cost: Cost | null
  readonly outcome: 'success' | 'failure' | 'cancelled'
  readonly durationMs: number
  readonly firstTokenMs?: number
}

/** What attempts are told apart by. */
export type RowKey = Partial<Pick<Attempt, 'agent' | 'provider' | 'model' | 'tier'>>

/** The sum of some attempts. */
export interface SummedRow extends RowKey {
  readonly calls: number
  readonly successes: number
  readonly failures: number
  readonly cancelled: number
  readonly tokens: Usage
  /** Dollars of all attempts with a known price. Summed exactly, rounded once. */
  readonly spentUsd: number
  /** Attempts that may have cost something unknown: tokens without a price, or an answer without a count. */
  readonly unpricedCalls: number
  /** Attempts whose tokens the router counted itself. */
  readonly estimatedCalls: number
  /** Exact up to 128 attempts, then within one per cent. `null` without attempts. */
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  /** Of streams only. */
  readonly firstTokenP50Ms: number | null
}

/** Attempts set against the baseline. */
export interface Comparison {
  spentPico: bigint
  baselinePico: bigint
  calls: number
  estimatedCalls: number
  /** Left out, because a price or a count is missing. */
  leftOut: number
}

/** A row while it is being added to. */
export interface Sum {
  readonly key: RowKey
  calls: number
  successes: number
  failures: number
  cancelled: number
  readonly tokens: { -readonly [bucket in keyof Usage]: Usage[bucket] }
  spentPico: bigint
  unpricedCalls: number
  estimatedCalls: number
  readonly compared: Comparison
  readonly durations: Latencies
  readonly firstTokens: Latencies
}

/** Nothing booked yet. */
export function emptySum(key: RowKey): Sum {
  return {
    key,
    calls: 0,
    successes: 0,
    failures: 0,
    cancelled: 0,
    tokens: { input: 0, cached: 0, cacheWrite: 0, cacheWrite1h: 0, audioInput: 0, output: 0, reasoning: 0, audioOutput: 0 },
    spentPico: 0n,
    unpricedCalls: 0,
    estimatedCalls: 0,
    compared: { spentPico: 0n, baselinePico: 0n, calls: 0, estimatedCalls: 0, leftOut: 0 },
    durations: createLatencies(),
    firstTokens: createLatencies(),
  }
}

/* oxlint-disable no-param-reassign -- sums are the ledger's own state, and this is the one place where they change */

/** Adds one attempt. */
export function book(sum: Sum, entry: Attempt, baseline: ModelCard | undefined): void {
  sum.calls += 1
  if (entry.outcome === 'success') sum.successes += 1
  else if (entry.outcome === 'failure') sum.failures += 1
  else sum.cancelled += 1
  if (entry.usageSource === 'estimated') sum.estimatedCalls += 1
  if (entry.usage !== null) addTokens(sum.tokens, entry.usage)
  if (entry.cost !== null) sum.spentPico += entry.cost.picoUsd
  else if (mayHaveCost(entry)) sum.unpricedCalls += 1
  compare(sum.compared, entry, baseline)
  sum.durations.add(entry.durationMs)
  if (entry.firstTokenMs !== undefined) sum.firstTokens.add(entry.firstTokenMs)
}

/** Adds all attempts of another row. */
export function mergeInto(target: Sum, sum: Sum): void {
  target.calls += sum.calls
  target.successes += sum.successes
  target.failures += sum.failures
  target.cancelled += sum.cancelled
  addTokens(target.tokens, sum.tokens)
  target.spentPico += sum.spentPico
  target.unpricedCalls += sum.unpricedCalls
  target.estimatedCalls += sum.estimatedCalls
  target.compared.spentPico += sum.compared.spentPico
  target.compared.baselinePico += sum.compared.baselinePico
  target.compared.calls += sum.compared.calls
  target.compared.estimatedCalls += sum.compared.estimatedCalls
  target.compared.leftOut += sum.compared.leftOut
  target.durations.merge(sum.durations)
  target.firstTokens.merge(sum.firstTokens)
}

/** What few attempts have stays away until one has it. */
function addTokens(tokens: Sum['tokens'], usage: Usage): void {
  for (const unit of units) {
    const count = usage[unit]
    if (count !== undefined) tokens[unit] = (tokens[unit] ?? 0) + count
  }
}

function compare(compared: Comparison, entry: Attempt, baseline: ModelCard | undefined): void {
  const wouldCost = entry.usage === null ? null : costOf(entry.usage, baseline, entry.at)
  if (entry.cost === null || (baseline !== undefined && wouldCost === null)) {
    if (entry.cost !== null || mayHaveCost(entry)) compared.leftOut += 1
    return
  }
  compared.calls += 1
  if (entry.usageSource === 'estimated') compared.estimatedCalls += 1
  compared.spentPico += entry.cost.picoUsd
  if (entry.outcome !== 'failure') compared.baselinePico += wouldCost?.picoUsd ?? 0n
}
/* oxlint-enable no-param-reassign */

/** A failure without tokens was refused before it could cost anything. */
function mayHaveCost({ usage, outcome }: Attempt): boolean {
  return usage !== null || outcome !== 'failure'
}

/** The row as callers see it. */
export function rowOf(sum: Sum): SummedRow {
  return {
    ...sum.key,
    calls: sum.calls,
    successes: sum.successes,
    failures: sum.failures,
    cancelled: sum.cancelled,
    tokens: { ...sum.tokens },
    spentUsd: usdOf(sum.spentPico),
    unpricedCalls: sum.unpricedCalls,
    estimatedCalls: sum.estimatedCalls,
    p50Ms: sum.durations.quantile(0.5),
    p95Ms: sum.durations.quantile(0.95),
    firstTokenP50Ms: sum.firstTokens.quantile(0.5),
  }
}
