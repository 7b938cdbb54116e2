import type { Clock } from '../contracts/clock.ts'

const dayMs = 86_400_000

/** What may be spent in a day, UTC. Nobody waits: what does not fit now is left out. */
export class DailyAllowance {
  readonly #cap: bigint
  readonly #clock: Clock
  #day = Number.NaN
  /** Of the day: spent, and set aside for calls that run. */
  #taken = 0n

  constructor(cap: bigint, clock: Clock) {
    this.#cap = cap
    this.#clock = clock
  }

  /** Dollars left of today, as pico-dollars. */
  get left(): bigint {
    this.#turn()
    return this.#taken > this.#cap ? 0n : this.#cap - this.#taken
  }

  /**
   * Sets the most aside that a call can cost; nothing where that is more than is left. The returned function books what it has
   * cost, `null` where nobody knows: then all of it. A call belongs to the day in which it began.
   */
  take(most: bigint): ((pico: bigint | null) => void) | undefined {
    if (most > this.left) return undefined
    const day = this.#day
    this.#taken += most
    return (pico) => {
      if (day === this.#day) this.#taken += (pico ?? most) - most
    }
  }

  #turn(): void {
    const day = Math.floor(this.#clock.wall() / dayMs)
    if (day === this.#day) return
    this.#day = day
    this.#taken = 0n
  }
}
