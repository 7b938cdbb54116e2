/** The state of one target's circuit. */
export type BreakerState =
  | { readonly name: 'closed'; readonly failures: number; readonly generation: number }
  | { readonly name: 'open'; readonly since: number; readonly until: number; readonly generation: number }
  | {
      readonly name: 'half_open'
      readonly generation: number
      /** When the running test's lease ends, in clock milliseconds; absent while nobody tests. */
      readonly probeUntil?: number
    }

/** How an attempt ended, as far as the breaker is concerned. */
export type Verdict = 'success' | 'failure' | 'neutral'

/** The right to make one attempt. Disposing an unsettled permit settles it as `neutral`. */
export interface Permit extends Disposable {
  /** True where this attempt is the test of a half-open circuit. */
  readonly probe: boolean
  /** Reports the outcome once; later reports are ignored, and so are reports of an older generation. */
  settle(verdict: Verdict): void
}

/** One change of state, as listeners and the audit trail see it. */
export interface BreakerTransition {
  readonly target: string
  readonly from: BreakerState['name']
  readonly to: BreakerState['name']
  readonly reason: 'failures' | 'cooldown' | 'probe_succeeded' | 'probe_failed' | 'trip' | 'reset'
  readonly generation: number
}

/** Plain, frozen data about one circuit. */
export interface BreakerSnapshot {
  readonly target: string
  readonly state: BreakerState['name']
  readonly consecutiveErrors: number
  /** How long ago it opened; absent unless open or half-open. */
  readonly openedAgoMs?: number
  /** When the next test is due (0: now); absent while closed and not gated. */
  readonly retryInMs?: number
}

/** Why no attempt may be made now. */
export interface Refusal {
  readonly reason: 'breaker_open' | 'retry_after'
  readonly retryInMs: number
}

/** The circuits of one router. */
export interface Breakers {
  /** A permit, or why there is none. Synchronous: check and take are one step. */
  acquire(target: string): Permit | Refusal
  /** What `acquire` would say, without taking anything. */
  peek(target: string): Refusal | undefined
  /** Holds the target back for `ms` without opening its circuit (`Retry-After`); never shortens an earlier hold. */
  gate(target: string, ms: number): void
}
