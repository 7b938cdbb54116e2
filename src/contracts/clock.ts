/** Time as the router sees it; tests move it by hand (`fakeClock()` in `modelyard/testing`). */
export interface Clock {
  /** Monotonic milliseconds; only differences mean anything. Breakers and limits use nothing else. */
  now(): number
  /** Milliseconds since 1970, for timestamps and shutdown dates. */
  wall(): number
  /** Calls `run` once after `ms`; disposing forgets it. A pending timer does not keep the process alive. */
  setTimeout(run: () => void, ms: number): Disposable
}
