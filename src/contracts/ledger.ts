import type { Tier } from './catalog.ts'
import type { Cost, Usage, UsageSource } from './usage.ts'

/**
 * Why an attempt was made: the first of its request, the same target again, another target, beside a slow one, one tier up
 * after an answer that was not good enough, in the background, to compare providers, or to see whether
 * a target answers at all.
 */
export type AttemptRole = 'first' | 'retry' | 'switch' | 'hedge' | 'escalation' | 'shadow' | 'compare' | 'probe'

/** One attempt, as it is booked. `requestId` and `attempt` together are its identity. */
export interface LedgerEntry {
  /** The logical request, as in the audit trail. */
  readonly requestId: string
  /** 1, 2, 3 within the logical request. */
  readonly attempt: number
  readonly role: AttemptRole
  /** Whether it was the caller's: its answer was handed over, or the caller left while it ran. */
  readonly served: boolean
  /** When it ended, in milliseconds since 1970. */
  readonly at: number
  readonly agent?: string
  readonly provider: string
  /** The model that was asked. */
  readonly model: string
  /** The model that the vendor says has answered. */
  readonly servedModel?: string
  readonly tier?: Tier
  readonly outcome: 'success' | 'failure' | 'cancelled'
  readonly durationMs: number
  /** Of streams only. */
  readonly firstTokenMs?: number
  /** `null`: not known. */
  readonly usage: Usage | null
  readonly usageSource: UsageSource
  /** `null`: not known. Names the prices that it was worked out with. */
  readonly cost: Cost | null
}

/** What an attempt's tokens would have cost on the baseline. */
export interface BaselineCost {
  /** `provider/model`; `null` where the router has none. */
  readonly baseline: string | null
  /** `left_out`: a price or a count is missing. `apart`: nobody waited for an answer, so that there is nothing to save. */
  readonly verdict: 'compared' | 'left_out' | 'apart'
  /** Pico-dollars; 0 where the baseline need not have made this attempt. */
  readonly picoUsd: bigint
  /** The part of it that is the answer's. */
  readonly outputPicoUsd: bigint
}

/** An entry with what is worked out when it is booked. */
export interface BookedEntry extends LedgerEntry {
  /** `YYYY-MM-DD` in the ledger's time zone. */
  readonly day: string
  /** Tokens of the answer per second of the whole attempt; absent where there are none. */
  readonly tokensPerSecond?: number
  readonly against: BaselineCost
}

/** What attempts are told apart by. */
export interface LedgerRowKey {
  readonly agent?: string
  readonly provider?: string
  readonly model?: string
  readonly tier?: Tier
  readonly role?: AttemptRole
  /** `YYYY-MM-DD`; absent of days that are known as one sum only. */
  readonly day?: string
}

/** What rows can be summed by. */
export type LedgerKey = keyof LedgerRowKey

/** Which attempts, and how they are summed. */
export interface LedgerQuery {
  /** One row per distinct combination; without it one row for everything. */
  readonly by?: readonly LedgerKey[]
  readonly where?: { readonly [key in Exclude<LedgerKey, 'day'>]?: string }
  /** The first day, `YYYY-MM-DD` in the ledger's time zone. */
  readonly from?: string
  /** The last day. */
  readonly to?: string
}

/** Attempts set against a baseline. Amounts in pico-dollars, squares and products in dollars. */
export interface ComparedSums {
  readonly calls: number
  /** Of these, those whose tokens are estimated. */
  readonly estimatedCalls: number
  readonly leftOut: number
  /** Booked against another baseline than the one asked about. */
  readonly otherBaseline: number
  readonly spentPico: bigint
  readonly baselinePico: bigint
  /** The answers' part of `baselinePico`. */
  readonly outputPico: bigint
  /** What rests on estimated tokens. */
  readonly estimatedSpentPico: bigint
  readonly estimatedBaselinePico: bigint
  /** Sums over attempts of spent², baseline², spent × baseline: what the spread of the saving is worked out of. */
  readonly spentSquares: number
  readonly baselineSquares: number
  readonly products: number
}

/** The share `q` of values does not exceed this; `null` where there are none. */
export interface Quantiles {
  readonly p50: number | null
  readonly p95: number | null
}

/** The sum of some attempts. */
export interface LedgerSum {
  readonly key: LedgerRowKey
  readonly calls: number
  readonly successes: number
  readonly failures: number
  readonly cancelled: number
  readonly tokens: Usage
  /** Of all attempts with a known price. */
  readonly spentPico: bigint
  /** Attempts that may have cost something unknown: tokens without a price, or an answer without a count. */
  readonly unpricedCalls: number
  /** Attempts whose tokens the router or the adapter counted. */
  readonly estimatedCalls: number
  /** Attempts whose vendor's counts cannot be right: what can be true of them is summed. */
  readonly implausibleCalls: number
  readonly durationMs: Quantiles
  /** Of streams only. */
  readonly firstTokenMs: Quantiles
  readonly tokensPerSecond: Quantiles
  readonly compared: ComparedSums
}

/** What a query gives: both parts are of the same moment. */
export interface LedgerSums {
  readonly rows: readonly LedgerSum[]
  /** Everything that the query asks about; `null` where nothing was booked. */
  readonly total: LedgerSum | null
}

/**
 * Where entries are kept beyond the process. No request waits for it: entries come in batches behind the requests, and wait
 * while the store is away.
 */
export interface LedgerStore {
  /**
   * Resolves when the entries are durable. All of them or none; an entry that is there already, by `requestId` and
   * `attempt`, is left as it is, for a batch comes again where its answer was lost.
   */
  append(entries: readonly BookedEntry[]): Promise<void>
  /** `baseline`: the one that `compared` is about. */
  read(query: LedgerQuery, baseline: string | null): Promise<LedgerSums>
  /** Frees what the store itself has opened. */
  close?(): Promise<void>
}
