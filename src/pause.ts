import type { Clock } from './contracts/clock.ts'

/** A request's waits, one at a time, which whoever ends the request cuts short. */
export class Pause {
  readonly #clock: Clock
  #wake: (() => void) | undefined
  #isOver = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Ends the present wait, and every later one before it begins. */
  end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  /** What ends the wait that goes on elsewhere; nothing once it is over. */
  wakes(wake: (() => void) | undefined): void {
    this.#wake = wake
  }

  /** The caller waits meanwhile: unlike a limit, this pause keeps the process alive. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        timer[Symbol.dispose]()
        this.#wake = undefined
        resolve()
      }
      const timer = this.#clock.setTimeout(wake, ms, { hold: true })
      this.#wake = wake
      if (this.#isOver) wake()
    })
  }

  /** `work`, or nothing once the request is ended or `ms` have passed. */
  async within<Result>(ms: number, work: Promise<Result>): Promise<Result | undefined> {
    const patience = this.sleep(ms)
    try {
      return await Promise.race([work, patience.then(() => undefined)])
    } finally {
      this.#wake?.()
    }
  }
}
