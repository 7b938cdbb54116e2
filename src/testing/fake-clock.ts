import { setImmediate } from 'node:timers'
import type { Clock } from '../contracts/clock.ts'

/** A clock that stands still until it is moved. */
export interface FakeClock extends Clock {
  /** Moves the time and runs every timer that falls due, in order of its time; the clock shows each timer's own time. */
  advance(ms: number): void
  /** As `advance`, but lets pending promises and ready I/O run before, between and after the timers. */
  advanceAsync(ms: number): Promise<void>
  /** Moves only the wall clock, as an administrator or NTP does; may go back. */
  shiftWall(ms: number): void
  /** How many timers wait. */
  readonly pending: number
  /** When the next timer falls due, in `now()` milliseconds; `undefined` without one. */
  readonly nextAt: number | undefined
}

/** Where a fake clock starts. */
export interface FakeClockOptions {
  /** What `now()` says at first. Default 0. */
  readonly startMs?: number
  /** What `wall()` says at first. Default 2026-01-01T00:00:00Z. */
  readonly wallMs?: number
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/**
 * Time for tests: nothing happens before `advance()`.
 *
 * @example
 * ```ts
 * const clock = fakeClock()
 * clock.setTimeout(() => breaker.tick(), 30_000)
 * await clock.advanceAsync(30_000)
 * ```
 */
export function fakeClock({ startMs = 0, wallMs = Date.UTC(2026, 0, 1) }: FakeClockOptions = {}): FakeClock {
  let now = startMs
  let wallOffset = wallMs - startMs
  let order = 0
  const timers = new Set<Timer>()
  const runNextUntil = (end: number): boolean => {
    const timer = firstOf(timers)
    if (timer === undefined || timer.at > end) return false
    timers.delete(timer)
    now = Math.max(now, timer.at)
    timer.run()
    return true
  }

  return {
    now: () => now,
    wall: () => now + wallOffset,
    setTimeout(run, ms) {
      const timer = { at: now + Math.max(0, Number.isNaN(ms) ? 0 : ms), order: order++, run }
      timers.add(timer)
      return { [Symbol.dispose]: () => void timers.delete(timer) }
    },
    advance(ms) {
      const end = endOf(now, ms)
      while (runNextUntil(end)) continue
      now = end
    },
    async advanceAsync(ms) {
      const end = endOf(now, ms)
      await settle()
      while (runNextUntil(end)) await settle()
      now = Math.max(now, end)
      await settle()
    },
    shiftWall(ms) {
      wallOffset += ms
    },
    get pending() {
      return timers.size
    },
    get nextAt() {
      return firstOf(timers)?.at
    },
  }
}

function firstOf(timers: ReadonlySet<Timer>): Timer | undefined {
  let first: Timer | undefined
  for (const timer of timers) {
    if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer
  }
  return first
}

function endOf(now: number, ms: number): number {
  if (!(Number.isFinite(ms) && ms >= 0)) throw new RangeError(`a clock only advances by a finite number of milliseconds, got ${ms}`)
  return now + ms
}

// One turn of the event loop empties the microtask queue completely. Imported from node:timers so that a test runner's
// fake `setImmediate` on globalThis does not stop it.
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve))
}
