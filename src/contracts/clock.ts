/** Time as the router sees it; tests move it by hand (`fakeClock()` in `modelyard/testing`). */
export interface Clock {
  /** Monotonic milliseconds; only differences mean anything. Breakers and limits use nothing else. */
  now(): number
  /** Milliseconds since 1970, for timestamps and shutdown dates. */
  wall(): number
  /**
   * Calls `run` once, not before `ms` have passed by `now()`; disposing forgets it. A pending timer does not keep the process
   * alive, unless it is one that somebody waits for: `{ hold: true }`.
   */
  setTimeout(run: () => void, ms: number, options?: { readonly hold?: boolean }): Disposable
}
