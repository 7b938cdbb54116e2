/** How much a target may be asked in a minute, from its contract with the vendor. At least one has to be set. */
export interface RateLimitOptions {
  readonly requestsPerMinute?: number
  /** Prompts and answers together. */
  readonly tokensPerMinute?: number
  /**
   * Whether the target is passed over even where no other is left; the request then fails with the time to come back.
   * Default false: a vendor that says no itself is the better judge.
   */
  readonly hard?: boolean
}

/** Why a target would be passed over now. */
export interface RateHold {
  /** When there is likely to be room. */
  readonly retryInMs: number
  /** Whether it is not to be called even where no other is left. */
  readonly hard: boolean
}

/** What a call is likely to take, in tokens. */
export interface RateNeed {
  readonly input: number
  readonly output: number
}

/** A call that was counted, until its tokens are known. */
export interface RateEntry {
  /** Counts what it really took. */
  correct(tokens: number): void
}

/** What a limit belongs to. */
export interface RateTarget {
  /** `provider/model`. */
  readonly id: string
}

/** Knows which targets are about to be limited: by what their vendors say with each answer, and by configuration. */
export interface Rates {
  /** Why the target should be passed over; nothing where it may be called. `need` is asked only where it matters. */
  hold<Target extends RateTarget>(target: Target, need: (target: Target) => RateNeed): RateHold | undefined
  /** A call is made: it counts. */
  take<Target extends RateTarget>(target: Target, need: (target: Target) => RateNeed): RateEntry | undefined
  /** Reads what the vendor says of its limits. */
  observe(target: RateTarget, headers: Headers): void
}
