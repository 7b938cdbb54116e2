import type { Place } from '../contracts/place.ts'

// As many as an ordinary request writes, with a stream and a switch.
const recordsOfARequest = 8

/**
 * Lets new requests in, in order of arrival, while `room()` says that more records have room. Those let in within one turn of the
 * event loop count with what they are likely to write, since none of them has written anything yet.
 */
export class Gate {
  readonly #room: () => number
  readonly #waiting = new Set<() => void>()
  /** Let in during this turn. */
  #entering = 0
  #isOpen = false
  #isScheduled = false

  constructor(room: () => number) {
    this.#room = room
  }

  /** Nothing where the request may go on at once. */
  enter(): Place | undefined {
    if (this.#isOpen || (this.#waiting.size === 0 && this.#hasRoom())) {
      this.#enters()
      return undefined
    }
    const { promise: free, resolve } = Promise.withResolvers<void>()
    this.#waiting.add(resolve)
    return { free, leave: () => void this.#waiting.delete(resolve) }
  }

  /** There may be room again. */
  look(): void {
    if (this.#waiting.size > 0) this.#schedule()
  }

  /** Lets everybody in from now on. */
  open(): void {
    this.#isOpen = true
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }

  #hasRoom(): boolean {
    return this.#room() > this.#entering * recordsOfARequest
  }

  #enters(): void {
    this.#entering += 1
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isOpen) return
    this.#isScheduled = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#isScheduled = false
    this.#entering = 0
    for (const resolve of this.#waiting) {
      if (!this.#hasRoom()) return
      this.#waiting.delete(resolve)
      this.#enters()
      resolve()
    }
  }
}
