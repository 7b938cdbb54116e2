import { describe, expect, it } from 'vitest'
import type { BookedEntry, LedgerStore } from '../src/contracts/ledger.ts'
import type { RouterClient, RouterOptions } from '../src/index.ts'
import { createRouter } from '../src/index.ts'
import { answer, fail, fakeClock, fakeProvider, stall, stream } from '../src/testing/index.ts'

type Script = NonNullable<Parameters<typeof fakeProvider>[0]>['script']

const priced = (provider: string) => ({
  provider,
  id: 'm',
  tier: 'standard' as const,
  input: ['text' as const],
  features: ['streaming' as const],
  prices: { input: 1, output: 1, source: 'test', asOf: '2026-11-22' },
})

/** A router over `a` and its fallback `b`, and what its ledger books. */
function bench(scripts: { readonly a: Script; readonly b?: Script }, options: Partial<RouterOptions> = {}) {
  const clock = fakeClock()
  const entries: BookedEntry[] = []
  const store: LedgerStore = {
    append: (batch) => Promise.resolve(void entries.push(...batch)),
    read: () => Promise.resolve({ rows: [], total: null }),
  }
  const adapter = (id: 'a' | 'b') => fakeProvider({ id, models: [priced(id)], script: scripts[id] ?? answer(id), clock })
  const client = createRouter({
    providers: [adapter('a'), adapter('b')],
    agents: { team: { primary: 'a/m', fallback: ['b/m'] }, alone: { primary: 'a/m' } },
    clock,
    ledger: { store },
    ...options,
  })
  return {
    client,
    clock,
    /** Of each attempt: who, why, how it ended, whether it was the caller's. */
    async booked() {
      await client.flush()
      expect(new Set(entries.map(({ requestId, attempt }) => `${requestId} ${attempt}`)).size).toBe(entries.length)
      return entries.map(({ provider, role, outcome, served }) => [provider, role, outcome, served])
    },
    entries,
  }
}

const ask = { model: 'auto', messages: [{ role: 'user' as const, content: 'Hi' }] }
const call = (client: RouterClient, agent = 'team') => client.agent(agent).chat.completions.create(ask)

describe('every attempt has its row, once, with why it was made', () => {
  it('a first one that serves', async () => {
    const { client, booked, entries } = bench({ a: answer('Hello', { model: 'm-2026-11-01' }) })
    await call(client)
    expect(await booked()).toEqual([['a', 'first', 'success', true]])
    expect(entries).toMatchObject([{ attempt: 1, agent: 'team', model: 'm', servedModel: 'm-2026-11-01', day: '2026-01-01' }])
    expect(entries[0]?.cost?.snapshot).toContain('test (2026-11-22)')
  })

  it('a switch after a failure', async () => {
    const { client, booked, entries } = bench({ a: fail({ status: 503 }) })
    await call(client)
    expect(await booked()).toEqual([
      ['a', 'first', 'failure', false],
      ['b', 'switch', 'success', true],
    ])
    expect(new Set(entries.map(({ requestId }) => requestId)).size).toBe(1)
  })

  it('a retry at the only target', async () => {
    const { client, clock, booked } = bench({ a: [fail({ status: 503 }), answer('again')] })
    const called = call(client, 'alone')
    await clock.advanceAsync(10_000)
    await called
    expect(await booked()).toEqual([
      ['a', 'first', 'failure', false],
      ['a', 'retry', 'success', true],
    ])
  })

  it('a hedge that wins, and the first one that lost: spent, but not at the baseline', async () => {
    const { client, clock, booked } = bench({ a: stall() }, { hedge: { afterMs: 100, maxCostUsd: 1 }, baseline: 'b/m' })
    const called = call(client)
    await clock.advanceAsync(100)
    await called
    const rows = await booked()
    expect(rows).toHaveLength(2)
    expect(rows).toContainEqual(['a', 'first', 'cancelled', false])
    expect(rows).toContainEqual(['b', 'hedge', 'success', true])
    const { spentUsd, baselineUsd } = client.ledger.saving()
    expect(spentUsd).toBeGreaterThan(baselineUsd)
  })

  it('a stream that the caller left: cancelled, by estimate, and what the baseline would have cost too', async () => {
    const { client, booked, entries } = bench({ a: stream(['one ', 'two ', 'three'], { stallAfter: 2 }) }, { baseline: 'b/m' })
    const chunks = await client.agent('team').chat.completions.create({ ...ask, stream: true })
    for await (const chunk of chunks) if (chunk.choices[0]?.delta.content === 'two ') break
    expect(await booked()).toEqual([['a', 'first', 'cancelled', true]])
    expect(entries).toMatchObject([{ usageSource: 'estimated' }])
    expect(client.ledger.saving()).toMatchObject({ pricedCalls: 1, estimatedCalls: 1, savedUsd: 0 })
  })

  it('an answer that breaks after its beginning: a failure with its cost', async () => {
    const { client, booked, entries } = bench({ a: stream(['one ', 'two'], { failAfter: 1 }) })
    const chunks = await client.agent('team').chat.completions.create({ ...ask, stream: true })
    await expect(
      (async () => {
        for await (const chunk of chunks) void chunk
      })(),
    ).rejects.toThrow()
    expect(await booked()).toEqual([['a', 'first', 'failure', false]])
    expect(entries[0]?.cost?.picoUsd).toBeGreaterThan(0n)
  })

  it('a call that was never answered', async () => {
    const { client, booked } = bench({ a: stall() })
    const controller = new AbortController()
    const called = client.agent('alone').chat.completions.create(ask, { signal: controller.signal })
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort()
    await expect(called).rejects.toThrow()
    expect(await booked()).toEqual([['a', 'first', 'cancelled', true]])
  })

  it('one with a better model, after an answer that was not good enough', async () => {
    const { client, booked } = bench({ a: answer('') }, { escalate: { to: ['b/m'] } })
    await client.chat.completions.create({ ...ask, model: 'a/m' })
    expect(await booked()).toEqual([
      ['a', 'first', 'failure', false],
      ['b', 'escalation', 'success', true],
    ])
  })
})
