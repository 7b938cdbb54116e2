/** What a vendor said of one limit. */
export interface Reading {
  readonly remaining: number
  /** All of it; absent where the vendor does not say. */
  readonly limit: number | undefined
  /** Until all of it is back, in ms. */
  readonly resetMs: number
  /** Whether it comes back little by little. */
  readonly refills: boolean
}

/** What is left of one limit: the vendor's latest word, less what was asked since, and more what has come back. */
export class Gauge {
  #reading: Reading
  #readAt: number
  #taken = 0

  constructor(reading: Reading, now: number) {
    this.#reading = reading
    this.#readAt = now
  }

  read(reading: Reading, now: number): void {
    this.#reading = reading
    this.#readAt = now
    this.#taken = 0
  }

  take(amount: number): void {
    this.#taken += amount
  }

  /** How long until there is room for so much; 0 where there is, or where nothing is known any more. */
  waitMs(need: number, now: number): number {
    const { remaining, limit, resetMs } = this.#reading
    const leftMs = resetMs - (now - this.#readAt)
    if (leftMs <= 0) return 0
    const perMs = this.#perMs()
    const available = remaining - this.#taken + perMs * (now - this.#readAt)
    // More than there ever is has to do with all of it.
    const missing = Math.min(need, limit ?? need) - available
    if (missing <= 0) return 0
    return perMs > 0 ? Math.min(leftMs, missing / perMs) : leftMs
  }

  /** How much comes back in a millisecond. */
  #perMs(): number {
    const { remaining, limit, resetMs, refills } = this.#reading
    return refills && limit !== undefined && resetMs > 0 ? Math.max(0, limit - remaining) / resetMs : 0
  }
}
