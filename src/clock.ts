import type { Clock } from './contracts/clock.ts'

// The longest time a timer can wait; a limit beyond it is none.
const longestMs = 2 ** 31 - 1

/** The machine's own time. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout(run, ms) {
    // Timers fire up to a millisecond early by the monotonic clock; a limit must not.
    const timer = setTimeout(run, Math.min(Math.ceil(ms), longestMs)).unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}
