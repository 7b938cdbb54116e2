import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Gauge } from '../src/rates/gauge.ts'
import { resetMs } from '../src/rates/reset.ts'
import { MinuteWindow } from '../src/rates/window.ts'

const asks = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 20_000 }), amount: fc.integer({ min: 1, max: 50 }) }), {
  minLength: 1,
  maxLength: 80,
})

describe('a configured limit per minute', () => {
  it('lets no more through in any 60 seconds, wherever they begin', () => {
    fc.assert(
      fc.property(asks, fc.integer({ min: 50, max: 300 }), fc.integer({ min: 0, max: 5000 }), (made, limit, startMs) => {
        const window = new MinuteWindow(limit)
        const taken: { at: number; amount: number }[] = []
        let now = startMs + 0.5
        for (const { waitMs, amount } of made) {
          now += waitMs
          if (window.waitMs(amount, now) > 0) continue
          window.add(amount, now)
          taken.push({ at: now, amount })
        }
        for (const { at } of taken) {
          const within = taken.filter((each) => each.at >= at && each.at < at + 60_000)
          expect(within.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(limit)
        }
      }),
    )
  })

  it('has room when it says so, and not before', () => {
    fc.assert(
      fc.property(asks, fc.integer({ min: 50, max: 300 }), (made, limit) => {
        const window = new MinuteWindow(limit)
        let now = 0
        for (const { waitMs, amount } of made) {
          now += waitMs
          const wait = window.waitMs(amount, now)
          if (wait > 0) {
            expect(window.waitMs(amount, now + wait - 1)).toBeGreaterThan(0)
            now += wait
          }
          expect(window.waitMs(amount, now)).toBe(0)
          window.add(amount, now)
        }
      }),
    )
  })

  it('counts what a call really took in place of what was expected, while that is in the window', () => {
    const window = new MinuteWindow(100)
    const correct = window.add(90, 0)
    expect(window.waitMs(20, 10)).toBeGreaterThan(0)
    correct(30)
    expect(window.waitMs(70, 10)).toBe(0)
    expect(window.waitMs(71, 10)).toBe(61_000 - 10)
    const late = window.add(70, 20)
    expect(window.waitMs(1, 62_000)).toBe(0)
    late(0)
    expect(window.waitMs(100, 62_000)).toBe(0)
  })
})

describe("a limit in its vendor's words", () => {
  it('is what is left, less what was asked since, and more what has come back', () => {
    const gauge = new Gauge({ remaining: 2, limit: 62, resetMs: 60_000, refills: true }, 0)
    expect(gauge.waitMs(1, 0)).toBe(0)
    gauge.take(2)
    // A thing a second comes back.
    expect(gauge.waitMs(1, 0)).toBe(1000)
    expect(gauge.waitMs(1, 400)).toBe(600)
    expect(gauge.waitMs(1, 1000)).toBe(0)
    expect(gauge.waitMs(1000, 30_000)).toBeLessThanOrEqual(30_000)
  })

  it('never keeps anybody longer than until all of it is back', () => {
    fc.assert(
      fc.property(
        fc.record({
          remaining: fc.integer({ min: 0, max: 1000 }),
          limit: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
          resetMs: fc.integer({ min: 0, max: 100_000 }),
          refills: fc.boolean(),
        }),
        fc.integer({ min: 0, max: 2000 }),
        fc.integer({ min: 0, max: 200_000 }),
        (reading, need, later) => {
          const gauge = new Gauge(reading, 0)
          gauge.take(need)
          const wait = gauge.waitMs(need, later)
          expect(wait).toBeGreaterThanOrEqual(0)
          expect(wait).toBeLessThanOrEqual(Math.max(0, reading.resetMs - later))
          // A rounded fraction of a millisecond may be left.
          expect(gauge.waitMs(need, later + wait)).toBeLessThan(0.001)
        },
      ),
    )
  })

  it.each([
    ['1s', 1000],
    ['6m0s', 360_000],
    ['2m59.56s', 179_560],
    ['12ms', 12],
    ['1h2m3s', 3_723_000],
    ['60', 60_000],
    ['0.5', 500],
    ['2026-01-01T00:00:30Z', 30_000],
    ['1767225660', 60_000],
    ['1767225660000', 60_000],
    ['2025-12-31T23:00:00Z', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
  ])('is full again: %s', (word, ms) => {
    expect(resetMs(word, Date.UTC(2026, 0, 1))).toBe(ms)
  })
})
