import type { Tier } from './contracts/catalog.ts'
import type { Complexity, Rejection } from './contracts/policy.ts'
import type { SharedOrder } from './share.ts'

/** A candidate that is not in the chain, and why. */
export interface RejectedTarget extends Rejection {
  readonly target: string
}

/** One place in the chain. */
export interface ChainLink {
  readonly target: string
  readonly provider: string
  readonly model: string
  /** Fields of the request that only tune and that this target lacks. */
  readonly dropped: readonly string[]
  /** Parts of the request's JSON promises that the target's vendor does not see to; its answer is checked for them here. */
  readonly unenforced?: readonly string[]
}

/** Why a conversation stays with its target, or leaves it. */
export interface Stay {
  /** Who has the conversation's beginning in its cache. */
  readonly target: string
  /** Whether it comes first for that reason. */
  readonly stays: boolean
  /** What its cache is likely to save, in US dollars; `null` where a price is not known. */
  readonly savingUsd: number | null
  /** How much dearer it is, without the cache, than the target that would come first; `null` where a price is not known. */
  readonly extraUsd: number | null
}

/** One step up, where an answer is not good enough. */
export interface EscalationStep {
  /** The model string of the step: a tier above the request's, or one of `escalate.to`. */
  readonly requested: string
  /** The tier whose models were taken. */
  readonly tier?: Tier
  /** The targets in the order in which they are tried. */
  readonly chain: readonly ChainLink[]
  readonly warnings: readonly string[]
}

/** Where a request goes and why: what `create()` carries out. JSON-safe; `String()` of it is for people. */
export interface Decision {
  /** The model string of the call. */
  readonly requested: string
  readonly agent?: string
  /** On whose behalf. */
  readonly tenant?: string
  /** The id of the service key that the call was made with. */
  readonly serviceKey?: string
  /** The tier whose models were taken, for `auto` and `tier:…`. */
  readonly tier?: Tier
  /** What the classifier said; only for `auto`. */
  readonly complexity?: Complexity
  /** How the traffic of the groups among the model strings was shared; only where there are any. */
  readonly shared?: readonly SharedOrder[]
  /** Whether the conversation stays with the target that knows it; only with `affinity`, and where that target is in the chain. */
  readonly affinity?: Stay
  /** The targets in the order in which they are tried. */
  readonly chain: readonly ChainLink[]
  readonly rejected: readonly RejectedTarget[]
  /** What is asked after an answer that is not good enough, step by step; only with `escalate`. */
  readonly escalation?: readonly EscalationStep[]
  readonly warnings: readonly string[]
  /** In words. */
  toString(): string
}
