import type { BookedEntry, LedgerRowKey, LedgerSum, Quantiles } from '../contracts/ledger.ts'
import type { Usage } from '../contracts/usage.ts'
import { noTokens, outputTokens, rareCounts, usualBuckets } from '../contracts/usage.ts'
import type { Comparing } from './compared.ts'
import { compare, mayHaveCost, mergeCompared, nothingCompared } from './compared.ts'
import { createLatencies } from './latencies.ts'
import type { Latencies } from './latencies.ts'

/** A row while it is being added to. */
export interface Sum {
  readonly key: LedgerRowKey
  calls: number
  successes: number
  failures: number
  cancelled: number
  readonly tokens: { -readonly [bucket in keyof Usage]: Usage[bucket] }
  spentPico: bigint
  unpricedCalls: number
  estimatedCalls: number
  implausibleCalls: number
  readonly compared: Comparing
  readonly durations: Latencies
  readonly firstTokens: Latencies
  readonly speeds: Latencies
}

/** Nothing booked yet. */
export function emptySum(key: LedgerRowKey): Sum {
  return {
    key,
    calls: 0,
    successes: 0,
    failures: 0,
    cancelled: 0,
    tokens: { ...noTokens },
    spentPico: 0n,
    unpricedCalls: 0,
    estimatedCalls: 0,
    implausibleCalls: 0,
    compared: nothingCompared(),
    durations: createLatencies(),
    firstTokens: createLatencies(),
    speeds: createLatencies(),
  }
}

/* oxlint-disable no-param-reassign -- sums are the ledger's own state, and change here and in compared.ts only */

/** Adds one attempt. */
export function book(sum: Sum, entry: BookedEntry): void {
  sum.calls += 1
  if (entry.outcome === 'success') sum.successes += 1
  else if (entry.outcome === 'failure') sum.failures += 1
  else sum.cancelled += 1
  if (entry.usageSource === 'estimated') sum.estimatedCalls += 1
  else if (entry.usageSource === 'implausible') sum.implausibleCalls += 1
  if (entry.usage !== null) addTokens(sum.tokens, entry.usage)
  if (entry.cost !== null) sum.spentPico += entry.cost.picoUsd
  else if (mayHaveCost(entry)) sum.unpricedCalls += 1
  compare(sum.compared, entry)
  sum.durations.add(entry.durationMs)
  if (entry.firstTokenMs !== undefined) sum.firstTokens.add(entry.firstTokenMs)
  if (entry.tokensPerSecond !== undefined) sum.speeds.add(entry.tokensPerSecond)
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
  target.implausibleCalls += sum.implausibleCalls
  mergeCompared(target.compared, sum.compared)
  target.durations.merge(sum.durations)
  target.firstTokens.merge(sum.firstTokens)
  target.speeds.merge(sum.speeds)
}

function addTokens(tokens: Sum['tokens'], usage: Usage): void {
  for (const bucket of usualBuckets) tokens[bucket] += usage[bucket]
  for (const name of rareCounts) {
    const count = usage[name]
    if (count !== undefined) tokens[name] = (tokens[name] ?? 0) + count
  }
}
/* oxlint-enable no-param-reassign */

/** The row as stores give it. */
export function summed({ durations, firstTokens, speeds, tokens, compared, ...sum }: Sum): LedgerSum {
  return {
    ...sum,
    tokens: { ...tokens },
    compared: { ...compared },
    durationMs: quantiles(durations),
    firstTokenMs: quantiles(firstTokens),
    tokensPerSecond: quantiles(speeds),
  }
}

function quantiles(values: Latencies): Quantiles {
  return { p50: values.quantile(0.5), p95: values.quantile(0.95) }
}

/** Tokens of the answer per second of the whole attempt; nothing where there are none, or where it was not seen to its end. */
export function speedOf({ outcome, usage, durationMs }: Pick<BookedEntry, 'outcome' | 'usage' | 'durationMs'>): number | undefined {
  if (outcome !== 'success' || usage === null || !(durationMs > 0)) return undefined
  const tokens = outputTokens(usage)
  return tokens > 0 ? (tokens * 1000) / durationMs : undefined
}
