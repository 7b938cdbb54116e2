import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Spending } from '../src/compare/spending.ts'
import { DailyAllowance } from '../src/shadow/allowance.ts'
import { fakeClock } from '../src/testing/index.ts'

/** A call: the most it can cost, and what it costs, `null` where nobody learns it; how many turns it takes. */
const calls = fc.array(
  fc.nat(100).chain((most) => fc.record({ most: fc.constant(most), cost: fc.option(fc.nat(most)), turns: fc.nat(5) })),
  { maxLength: 40 },
)

describe('the money of a comparison', () => {
  it('is never overspent, whatever calls run beside each other, and is given in the order of asking', async () => {
    await fc.assert(
      fc.asyncProperty(calls, fc.nat(500), fc.nat(100), async (all, cap, before) => {
        const spending = new Spending(BigInt(cap), BigInt(before))
        let spent = before
        const granted: number[] = []
        const refused: number[] = []
        await Promise.all(
          all.map(async ({ most, cost, turns }, index) => {
            const reservation = await spending.reserve(BigInt(most))
            if (reservation === undefined) {
              refused.push(index)
              return
            }
            granted.push(index)
            for (let turn = 0; turn < turns; turn++) await Promise.resolve()
            // What nobody knows counts as the most; settling twice counts once.
            spent += cost ?? most
            reservation.settle(cost === null ? null : BigInt(cost))
            reservation.settle(0n)
          }),
        )
        if (before <= cap) expect(spent).toBeLessThanOrEqual(cap)
        expect(granted.length + refused.length).toBe(all.length)
        expect(granted).toEqual(granted.toSorted((one, other) => one - other))
        // Everything is settled: what is left can be reserved to the last unit, and no more.
        if (spent <= cap) expect(await spending.reserve(BigInt(cap - spent))).toBeDefined()
        expect(await new Spending(BigInt(cap), BigInt(spent)).reserve(BigInt(Math.max(0, cap - spent) + 1))).toBeUndefined()
      }),
    )
  })

  it('without a limit is always there', async () => {
    expect(await new Spending(undefined, 10n ** 30n).reserve(10n ** 30n)).toBeDefined()
  })
})

describe('the daily money of a shadow', () => {
  it('is never overspent in any day, also by calls that end in another one', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.array(fc.tuple(calls, fc.nat(40)), { maxLength: 10 }), (cap, rounds) => {
        const clock = fakeClock()
        const allowance = new DailyAllowance(BigInt(cap), clock)
        const spentOn = new Map<number, number>()
        const open: (() => void)[] = []
        for (const [round, hours] of rounds) {
          for (const { most, cost, turns } of round) {
            const day = Math.floor(clock.wall() / 86_400_000)
            const settle = allowance.take(BigInt(most))
            if (settle === undefined) continue
            spentOn.set(day, (spentOn.get(day) ?? 0) + (cost ?? most))
            open.push(() => settle(cost === null ? null : BigInt(cost)))
            if (turns < 3) open.shift()?.()
          }
          clock.advance(hours * 3_600_000)
        }
        for (const spent of spentOn.values()) expect(spent).toBeLessThanOrEqual(cap)
        for (const settle of open) settle()
        expect(allowance.left).toBe(BigInt(cap - (spentOn.get(Math.floor(clock.wall() / 86_400_000)) ?? 0)))
      }),
    )
  })
})
