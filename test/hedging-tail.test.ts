import { expect, it } from 'vitest'
import type { ModelCard } from '../src/index.ts'
import { createRouter } from '../src/index.ts'
import { answer, fakeClock, fakeProvider } from '../src/testing/index.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]
const calls = 600

const card = (provider: string): ModelCard => ({
  provider,
  id: 'm',
  tier: 'standard',
  input: ['text'],
  features: [],
  prices: { input: 1, output: 1, source: 'test', asOf: '2026-01-01' },
})

/** Three calls in a hundred take ten seconds, the others 100 to 400 ms; the same at both targets, in an order of their own. */
function delayOf(call: number, offset: number): number {
  const place = (call * 61 + offset) % 100
  return place < 3 ? 10_000 : 100 + place * 3
}

/** What so many calls took, in order of length, and how many wire calls were made for them. */
async function timed(hedged: boolean): Promise<{ readonly times: readonly number[]; readonly wire: number }> {
  const clock = fakeClock()
  const make = (id: string, offset: number) =>
    fakeProvider({ id, models: [card(id)], clock, script: ({ number }) => answer(id, { delayMs: delayOf(number, offset) }) })
  const [first, second] = [make('first', 0), make('second', 50)]
  const client = createRouter({
    providers: [first, second],
    models: { chain: ['first/m', 'second/m'] },
    clock,
    ...(hedged && { hedge: { maxCostUsd: 0.01 } }),
  })
  const times: number[] = []
  for (let call = 0; call < calls; call++) {
    const began = clock.now()
    const waiting = client.chat.completions.create({ model: 'chain', messages }).then(() => times.push(clock.now() - began))
    while (times.length === call) await clock.advanceAsync((clock.nextAt ?? clock.now()) - clock.now())
    await waiting
  }
  return { times: times.toSorted((one, other) => one - other), wire: first.calls.length + second.calls.length }
}

it('cuts the slowest one in a hundred to a tenth, for at most eight calls more in a hundred', async () => {
  const [plain, hedged] = [await timed(false), await timed(true)]
  const p99 = ({ times }: typeof plain) => times[Math.ceil(0.99 * times.length) - 1]
  expect(p99(plain)).toBe(10_000)
  expect(p99(hedged)).toBeLessThan(1000)
  expect(plain.wire).toBe(calls)
  expect(hedged.wire - calls).toBeGreaterThan(0)
  expect(hedged.wire - calls).toBeLessThanOrEqual(0.08 * calls)
})
