import type { Validator } from '../compare/validators.ts'
import type { ChatRequest } from '../contracts/chat.ts'
import type { Usage } from '../contracts/usage.ts'

/** Mirrors a share of the live chat traffic to other targets, in the background. */
export interface ShadowOptions {
  /** How many of the requests that were served are mirrored: above 0, at most 1. */
  readonly share: number
  /** Model strings, each of which names one model. The one that served a request is not asked again. */
  readonly targets: readonly string[]
  /**
   * Dollars that may be spent in a day (UTC), over all targets; of each process. No call is made that might pass it at its longest
   * answer, and none whose price is not known.
   */
  readonly maxUsdPerDay: number
  /** Which of the requests that were drawn are mirrored after all. One that throws says no. Default: every one. */
  readonly filter?: (request: ChatRequest) => boolean
  /** Of the drawing and of the intervals. Default: drawn at random, and 1 for the intervals. */
  readonly seed?: number
  /** Told of every result, answers included; what it throws is ignored. */
  readonly onResult?: (result: ShadowResult) => void
  /** What answers are checked for, by name. */
  readonly validators?: Readonly<Record<string, Validator>>
  /** Shadow calls under way at the same time. Default 2. */
  readonly concurrency?: number
  /** Requests that wait to be mirrored; those beyond it are left out and counted. Default 100. */
  readonly maxQueue?: number
  /** The latest requests that the report is made of. Default 1,000. */
  readonly keep?: number
  /** Whether the report keeps prompts and answers. Default false. */
  readonly content?: boolean
}

/** How one target answered a mirrored request. */
export interface ShadowAnswer {
  readonly target: string
  /** `null` where the call failed. */
  readonly answer: string | null
  readonly failure: string | null
  readonly latencyMs: number
  /** Of streams only. */
  readonly firstTokenMs: number | null
  /** Dollars; `null`: not known. */
  readonly costUsd: number | null
  readonly usage: Usage | null
  /** By validator, 0 to 1. */
  readonly scores: Readonly<Record<string, number>>
}

/** One live answer and a shadow's. */
export interface ShadowResult {
  /** Of the live request, as in the audit trail. */
  readonly requestId: string
  readonly agent?: string
  readonly request: ChatRequest
  readonly live: ShadowAnswer
  readonly shadow: ShadowAnswer
  /** How alike they are, 0 to 1; `null` where the shadow failed. */
  readonly agreement: number | null
}

/** Why a mirrored request, or one of its calls, was left out. */
export type LeftOut =
  | 'queue_full'
  | 'filter_threw'
  | 'daily_cap'
  | 'unpriced'
  | 'missing_key'
  | 'circuit_open'
  | 'rate_limited'
  | 'internal'
  | 'closed'
