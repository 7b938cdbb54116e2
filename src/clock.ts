import type { Clock } from './contracts/clock.ts'

// The longest time a timer can wait; a limit beyond it is none.
const longestMs = 2 ** 31 - 1

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout: (run, ms, { hold = false } = {}) => new Alarm(run, ms, hold),
}

/** One per limit of every attempt: an object without closures of its own. */
class Alarm implements Disposable {
  readonly #run: () => void
  readonly #ms: number
  readonly #due: number
  readonly #hold: boolean
  #timer: NodeJS.Timeout

  constructor(run: () => void, ms: number, hold: boolean) {
    this.#run = run
    this.#ms = ms
    this.#due = performance.now() + ms
    this.#hold = hold
    this.#timer = this.#start(ms)
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  #start(ms: number): NodeJS.Timeout {
    const timer = setTimeout(ring, Math.min(Math.ceil(ms), longestMs), this)
    return this.#hold ? timer : timer.unref()
  }

  ring(): void {
    // Timers may ring up to a millisecond early by the monotonic clock.
    const rest = this.#due - performance.now()
    if (rest > 0 && this.#ms < longestMs) this.#timer = this.#start(rest)
    else this.#run()
  }
}

function ring(alarm: Alarm): void {
  alarm.ring()
}
