import type { Tier } from './contracts/catalog.ts'
import type { Complexity, Rejection } from './contracts/policy.ts'

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
}

/** Where a request goes and why: what `explain()` returns and what `create()` carries out. JSON-safe. */
export interface Decision {
  /** The model string of the call. */
  readonly requested: string
  readonly agent?: string
  /** The tier whose models were taken, for `auto` and `tier:…`. */
  readonly tier?: Tier
  /** What the classifier said; only for `auto`. */
  readonly complexity?: Complexity
  /** The targets in the order in which they are tried. */
  readonly chain: readonly ChainLink[]
  readonly rejected: readonly RejectedTarget[]
  readonly warnings: readonly string[]
}
