import type { Clock } from './contracts/clock.ts'

/** How many attempts a target may have under way, and how many requests may wait for their turn. */
export interface Limit {
  /** Attempts under way at the same time; of a stream until its end. Default: any number. */
  readonly maxConcurrent: number
  /** Requests that wait for their turn where no other target is left; 0 lets none wait. Default 100. */
  readonly maxQueue: number
  /** How long one of them waits at most, in ms, within `totalMs`. Default 30,000. */
  readonly queueMs: number
}

/** The right to have one attempt under way. Disposed any number of times, it is given back once. */
export type Slot = Disposable

/** A place in a queue. */
export interface Ticket {
  /** The slot, or nothing once the place was given up. */
  readonly granted: Promise<Slot | undefined>
  /** Gives the place up; a slot that was granted already stays granted. */
  leave(): void
}

/**
 * The slots of one target. Whoever waits is served in order of arrival: a slot that becomes free is handed to the first in the
 * queue before anybody else can ask for it.
 */
export class Limiter {
  readonly limit: Limit
  readonly #clock: Clock
  readonly #queue: Waiting[] = []
  #active = 0
  /** How long a slot is held, as a moving average. */
  #heldMs = firstGuessMs

  constructor(limit: Limit, clock: Clock) {
    this.limit = limit
    this.#clock = clock
  }

  /** When the next slot is likely to become free, in ms. */
  get nextFreeMs(): number {
    return this.#heldMs / this.limit.maxConcurrent
  }

  /** How many wait for a slot. */
  get waiting(): number {
    return this.#queue.length
  }

  /** A slot, if one is free. While anybody waits none is. */
  take(): Slot | undefined {
    return this.#active < this.limit.maxConcurrent ? this.#grant() : undefined
  }

  /** A place in the queue; nothing where it is full. */
  join(): Ticket | undefined {
    if (this.#queue.length >= this.limit.maxQueue) return undefined
    const { promise: granted, resolve } = Promise.withResolvers<Slot | undefined>()
    const waiting: Waiting = { give: resolve }
    this.#queue.push(waiting)
    return { granted, leave: () => this.#dismiss(waiting) }
  }

  #grant(): Slot {
    this.#active += 1
    const since = this.#clock.now()
    let isHeld = true
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return
        isHeld = false
        this.#heldMs += (this.#clock.now() - since - this.#heldMs) / 8
        this.#freed()
      },
    }
  }

  #freed(): void {
    this.#active -= 1
    const first = this.#queue.shift()
    first?.give(this.#grant())
  }

  #dismiss(waiting: Waiting): void {
    const place = this.#queue.indexOf(waiting)
    if (place < 0) return
    this.#queue.splice(place, 1)
    waiting.give(undefined)
  }
}

const firstGuessMs = 1000

interface Waiting {
  readonly give: (slot: Slot | undefined) => void
}
