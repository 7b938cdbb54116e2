import type { Clock } from './contracts/clock.ts'

// The longest time a timer can wait; a limit beyond it is none.
const longestMs = 2 ** 31 - 1

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout(run, ms, { hold = false } = {}) {
    const due = performance.now() + ms
    let timer = start(ms)
    function start(rest: number): NodeJS.Timeout {
      const started = setTimeout(ring, Math.min(Math.ceil(rest), longestMs))
      return hold ? started : started.unref()
    }
    function ring(): void {
      // Timers may ring up to a millisecond early by the monotonic clock.
      const rest = due - performance.now()
      if (rest > 0 && ms < longestMs) timer = start(rest)
      else run()
    }
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}
