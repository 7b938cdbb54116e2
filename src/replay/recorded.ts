import type { RequestNeeds } from '../contracts/audit.ts'
import type { Tier } from '../contracts/catalog.ts'
import type { Complexity } from '../contracts/policy.ts'
import type { Usage } from '../contracts/usage.ts'

/** One attempt of a request that was recorded. */
export interface RecordedAttempt {
  /** `provider/model`. */
  readonly target: string
  readonly outcome: 'success' | 'failure' | 'cancelled'
  readonly usage: Usage | null
  /** `null`: not known. */
  readonly picoUsd: bigint | null
  /** Whether that is the vendor's own bill. */
  readonly isBilled: boolean
}

/** One request as its records tell it. */
export interface RecordedRequest {
  readonly requestId: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly agent?: string
  /** The model string of the call. */
  readonly requested: string
  readonly stream: boolean
  readonly tier?: Tier
  readonly complexity?: Complexity
  /** Absent where the records do not say. */
  readonly needs?: RequestNeeds
  /** The targets of its decision; absent where the records do not say. */
  readonly chain?: readonly string[]
  readonly attempts: readonly RecordedAttempt[]
  /** Targets that were passed over without a call. */
  readonly skipped: readonly string[]
  /** Who served it. */
  readonly servedBy?: string
  /** What else came of it that is not made again: `hedged`, `escalated`. */
  readonly detours: readonly string[]
  /** Why it is not to be replayed, where it is not. */
  readonly apart?: string
}

/** A record, or a request, that cannot be read. */
export interface Unreadable {
  /** Of the record among those given, from 0; of a JSONL file the line before. */
  readonly index: number
  readonly requestId?: string
  readonly problem: string
}
