// The time in which the weight of what was measured falls to 37 %.
const memoryMs = 10_000
const latest = 256

/** How fast a target is: a moving average for sharing traffic, and the latest times for quantiles. Bounded memory. */
export class Pace {
  #average: number | undefined
  #at = 0
  readonly #times: number[] = []
  #next = 0
  #sorted: readonly number[] | undefined

  /** How many times are remembered, 256 at most. */
  get samples(): number {
    return this.#times.length
  }

  /**
   * Takes note of a time that was measured at `now`. A peak counts at once and in full, what is faster only by and by: a
   * target that turns slow is avoided with the next request.
   */
  add(ms: number, now: number): void {
    this.#average = this.#after(ms, now)
    this.#at = now
    this.#times[this.#next] = ms
    this.#next = (this.#next + 1) % latest
    this.#sorted = undefined
  }

  /** A failure after `ms`: it may show that the target is slow, never that it is fast. */
  failed(ms: number, now: number): void {
    if (this.#average === undefined || ms <= this.#decayed(this.#average, now)) return
    this.#average = ms
    this.#at = now
  }

  /** The average, decayed: a target that was slow and has not been asked since is asked again some time. */
  averageAt(now: number): number | null {
    return this.#average === undefined ? null : this.#decayed(this.#average, now)
  }

  /** The time below which the share `q` of the latest ones lies; `undefined` where there are none. */
  quantile(q: number): number | undefined {
    this.#sorted ??= this.#times.toSorted((one, other) => one - other)
    return this.#sorted[Math.max(0, Math.ceil(q * this.#sorted.length) - 1)]
  }

  #after(ms: number, now: number): number {
    if (this.#average === undefined) return ms
    const weight = this.#weight(now)
    return Math.max(ms, this.#average * weight + ms * (1 - weight))
  }

  #decayed(average: number, now: number): number {
    return average * this.#weight(now)
  }

  #weight(now: number): number {
    return Math.exp(-Math.max(0, now - this.#at) / memoryMs)
  }
}
