import type { LedgerRowKey, LedgerSum } from '../contracts/ledger.ts'
import type { Usage } from '../contracts/usage.ts'
import { usdOf } from '../money.ts'

/** The sum of some attempts. */
export interface LedgerRow extends LedgerRowKey {
  readonly calls: number
  readonly successes: number
  readonly failures: number
  readonly cancelled: number
  /** Failures among the attempts that nobody cancelled, 0 to 1; `null` where there are none. */
  readonly errorRate: number | null
  readonly tokens: Usage
  /** Dollars of all attempts with a known price. Summed exactly, rounded once. */
  readonly spentUsd: number
  /** The same in pico-dollars (10^-12 dollars), exact: the digits of a whole number. */
  readonly spentPicoUsd: string
  /** Attempts that may have cost something unknown: tokens without a price, or an answer without a count. */
  readonly unpricedCalls: number
  /** Attempts whose tokens the router counted itself. */
  readonly estimatedCalls: number
  /** Attempts whose vendor's counts, or bill, cannot be right. Only what can be true of them is in the sums. */
  readonly implausibleCalls: number
  /** Dollars that the compared ones of these attempts would have cost on the baseline; `null` where nothing can be compared. */
  readonly baselineUsd: number | null
  /** Dollars saved on them, negative where more was spent. */
  readonly savedUsd: number | null
  /** Exact up to 128 attempts or in a database, else within one per cent. `null` without attempts. */
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  /** Of streams only. */
  readonly firstTokenP50Ms: number | null
  readonly firstTokenP95Ms: number | null
  /** Tokens of the answer per second of the whole attempt, of half the answers at most. */
  readonly tokensPerSecond: number | null
}

/** The row as callers see it. */
export function rowOf(sum: LedgerSum, baseline: string | null): LedgerRow {
  const { compared, successes, failures, spentPico } = sum
  const isCompared = baseline !== null && compared.calls > 0
  return {
    ...sum.key,
    calls: sum.calls,
    successes,
    failures,
    cancelled: sum.cancelled,
    errorRate: successes + failures === 0 ? null : failures / (successes + failures),
    tokens: sum.tokens,
    spentUsd: usdOf(spentPico),
    spentPicoUsd: String(spentPico),
    unpricedCalls: sum.unpricedCalls,
    estimatedCalls: sum.estimatedCalls,
    implausibleCalls: sum.implausibleCalls,
    baselineUsd: isCompared ? usdOf(compared.baselinePico) : null,
    savedUsd: isCompared ? usdOf(compared.baselinePico - compared.spentPico) : null,
    p50Ms: sum.durationMs.p50,
    p95Ms: sum.durationMs.p95,
    firstTokenP50Ms: sum.firstTokenMs.p50,
    firstTokenP95Ms: sum.firstTokenMs.p95,
    tokensPerSecond: sum.tokensPerSecond.p50,
  }
}
