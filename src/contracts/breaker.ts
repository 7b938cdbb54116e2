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
  /** `early`: tested before its time, since no other target was left. `shared`: another process's doing, learnt when it was over. */
  readonly reason: 'failures' | 'cooldown' | 'early' | 'probe_succeeded' | 'probe_failed' | 'trip' | 'reset' | 'shared'
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
  /** A permit in spite of every hold, as the one test before its time; nothing while a test is running. */
  acquireEarly(target: string): Permit | undefined
  /** What `acquire` would say, without taking anything. */
  peek(target: string): Refusal | undefined
  /** Holds the target back for `ms` without opening its circuit (`Retry-After`); never shortens an earlier hold. */
  gate(target: string, ms: number): void
}

/** One circuit as all processes together see it. */
export interface SharedCircuit {
  readonly state: BreakerState['name']
  /** Rises with every transition of the shared circuit. */
  readonly epoch: number
  /** Failures in a row, over all processes; 0 unless closed. */
  readonly failures: number
  /** How much longer it stays open, or its running test keeps its lease; 0 where it does not. */
  readonly holdMs: number
}

/** What a process asks of a shared circuit. Reports name the epoch in which their attempt began; an older one changes nothing. */
export type StoreCommand =
  | { readonly type: 'read' }
  | { readonly type: 'failure'; readonly epoch: number; readonly failures: number; readonly cooldownMs: number }
  | { readonly type: 'success' | 'neutral'; readonly epoch: number }
  /** The right to make the one test, for `leaseMs`; asked again by its holder, it lasts so much longer. */
  | { readonly type: 'lease'; readonly leaseMs: number }
  /** Gives the right to the test back. */
  | { readonly type: 'release' }
  /** Opens it by hand, or again after the store has lost what it knew. */
  | { readonly type: 'trip'; readonly holdMs: number; readonly reason: BreakerTransition['reason'] }
  | { readonly type: 'reset' }

/** What the store answers: the circuit as it is then, and whether the test is this process's to make. */
export interface StoreAnswer extends SharedCircuit {
  readonly isTester: boolean
}

/** What other processes did, as the store passes it on. */
export interface StoreNews extends SharedCircuit {
  readonly target: string
  readonly reason: BreakerTransition['reason'] | 'count' | 'released' | 'wanted'
}

/**
 * Keeps circuits that several processes share. It decides, atomically and by its own clock; what a process shows is a copy
 * of it. The router never waits for it: a store that is away or slow leaves every process with its own circuits.
 */
export interface BreakerStore {
  /** How long the right to a test outlives a process that was killed, in ms; its holder asks anew three times as often. */
  readonly leaseMs: number
  /** How long it may take to answer before a process goes on without it, in ms. */
  readonly patienceMs: number
  /**
   * Begins to pass on what other processes do. `back` is called whenever news may have been missed.
   * Resolves when news arrive; rejects where they cannot.
   */
  subscribe(listener: { readonly news: (news: StoreNews) => void; readonly back: () => void }): Promise<void>
  /** Carries a command out; rejects where that cannot be known. */
  send(target: string, command: StoreCommand): Promise<StoreAnswer>
  /** Tells the others that this process would make the test. */
  want(target: string): Promise<void>
  /** Whether it is there. */
  ping(): Promise<void>
  close(): Promise<void>
}
