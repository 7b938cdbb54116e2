import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { fakeClock } from '../../src/testing/index.ts'

describe('fakeClock', () => {
  it('stands still until it is moved, and moves both of its hands', () => {
    const clock = fakeClock({ startMs: 100, wallMs: 5_000 })
    expect([clock.now(), clock.wall()]).toEqual([100, 5_000])
    clock.advance(250)
    expect([clock.now(), clock.wall()]).toEqual([350, 5_250])
  })

  it('shows every timer its own time, also to timers that timers set', () => {
    const clock = fakeClock()
    const seen: number[] = []
    clock.setTimeout(() => {
      seen.push(clock.now())
      clock.setTimeout(() => seen.push(clock.now()), 5)
    }, 10)
    clock.setTimeout(() => seen.push(clock.now()), 12)
    clock.advance(100)
    expect(seen).toEqual([10, 12, 15])
    expect(clock.now()).toBe(100)
  })

  it('runs timers in the order of their time, those of one time in the order in which they were set', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 20 }), { maxLength: 30 }),
        fc.array(fc.nat({ max: 7 }), { maxLength: 20 }),
        (delays, steps) => {
          const clock = fakeClock()
          const ran: number[] = []
          for (const [index, delay] of delays.entries()) clock.setTimeout(() => ran.push(index), delay)
          for (const step of [...steps, 20]) clock.advance(step)
          const expected = delays
            .map((delay, index) => ({ delay, index }))
            .toSorted((a, b) => a.delay - b.delay || a.index - b.index)
          expect(ran).toEqual(expected.map(({ index }) => index))
          expect(clock.pending).toBe(0)
        },
      ),
    )
  })

  it('forgets a disposed timer, and says what is pending and when it is due', () => {
    const clock = fakeClock()
    let ran = false
    const timer = clock.setTimeout(() => {
      ran = true
    }, 30)
    expect([clock.pending, clock.nextAt]).toEqual([1, 30])
    timer[Symbol.dispose]()
    expect([clock.pending, clock.nextAt]).toEqual([0, undefined])
    clock.advance(100)
    expect(ran).toBe(false)
  })

  it('lets promises run between timers when it is moved asynchronously', async () => {
    const clock = fakeClock()
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => void clock.setTimeout(resolve, ms))
    const log: number[] = []
    const work = (async () => {
      for (let round = 0; round < 3; round++) {
        await sleep(10)
        log.push(clock.now())
      }
    })()
    await clock.advanceAsync(30)
    await work
    expect(log).toEqual([10, 20, 30])
  })

  it('moves the wall clock alone, and refuses to go back or nowhere', () => {
    const clock = fakeClock({ wallMs: 1_000 })
    clock.shiftWall(-400)
    expect([clock.now(), clock.wall()]).toEqual([0, 600])
    expect(() => clock.advance(-1)).toThrow(RangeError)
    expect(() => clock.advance(Number.NaN)).toThrow(RangeError)
  })
})
