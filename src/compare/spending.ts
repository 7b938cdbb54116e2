/** A right to spend, until the call is over. */
export interface Reservation {
  /** The call is over and has cost so much; `null`: nobody knows, so all that was reserved counts as spent. Counts once. */
  settle(pico: bigint | null): void
}

/**
 * What may be spent at most. A call sets aside the most that it can cost; where that does not fit, it waits for the calls under
 * way, and is refused when none is left. So what is spent never passes the limit, as long as no call costs more than its most.
 */
export class Spending {
  readonly #cap: bigint | undefined
  #spent: bigint
  #reserved = 0n
  #underWay = 0
  /** Whoever asked first is answered first: a small call must not slip past a large one that waits. */
  #turn: Promise<void> = Promise.resolve()
  #onSettled: (() => void) | undefined

  constructor(cap: bigint | undefined, spentBefore: bigint) {
    this.#cap = cap
    this.#spent = spentBefore
  }

  /** Nothing where the most that the call can cost is more than what is left. */
  async reserve(most: bigint): Promise<Reservation | undefined> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const before = this.#turn
    this.#turn = promise
    await before
    try {
      while (this.#cap !== undefined && this.#spent + this.#reserved + most > this.#cap) {
        if (this.#underWay === 0) return undefined
        await new Promise<void>((settled) => (this.#onSettled = settled))
      }
      return this.#granted(most)
    } finally {
      resolve()
    }
  }

  #granted(most: bigint): Reservation {
    this.#reserved += most
    this.#underWay += 1
    let isOpen = true
    return {
      settle: (pico) => {
        if (!isOpen) return
        isOpen = false
        this.#reserved -= most
        this.#underWay -= 1
        this.#spent += pico ?? most
        this.#onSettled?.()
      },
    }
  }
}
