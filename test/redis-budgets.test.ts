import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { describe, expect, it } from 'vitest'
import type { BudgetClaim, BudgetStore, ModelCard } from '../src/index.ts'
import { createRouter, memoryAudit } from '../src/index.ts'
import { redisBudgets } from '../src/redis/index.ts'
import { memoryServiceKeys, serviceKeys } from '../src/service-keys/index.ts'
import { answer, fakeProvider } from '../src/testing/index.ts'
import { proxyTo } from './redis/proxy.ts'

const url = process.env['REDIS_URL']

async function clientOf(library: 'redis' | 'ioredis', at = url ?? '') {
  const client = library === 'ioredis' ? new Redis(at) : createClient({ url: at })
  client.on('error', () => undefined)
  if (!(client instanceof Redis)) await client.connect()
  return {
    client,
    async [Symbol.asyncDispose]() {
      if (client instanceof Redis) client.disconnect()
      else client.destroy()
      await Promise.resolve()
    },
  }
}

/** A window that the present lies in, and whose counters are soon forgotten. */
const always = { startsAt: 0, endsAt: Date.now() + 3_600_000 }
const claim = (key: string, likely: bigint, most = likely, limit = 100n): BudgetClaim => ({
  ...always,
  key,
  limit,
  ceiling: limit + 50n,
  likely,
  most,
})
const charges = (claims: readonly BudgetClaim[], ...amounts: readonly bigint[]) =>
  claims.map((each, at) => ({ ...each, amount: amounts[at] ?? 0n }))

async function tallies(store: BudgetStore, ...keys: readonly string[]) {
  const found = await store.read(keys.map((key) => ({ ...always, key })))
  return found.map(({ spent, likely, most }) => [spent, likely, most])
}

const card: ModelCard = {
  provider: 'shop',
  id: 'model',
  tier: 'standard',
  input: ['text'],
  features: [],
  prices: { input: 0, output: 10, source: 'test', asOf: '2026-01-01' },
}

describe.skipIf(url === undefined)('budgets in Redis (skipped without REDIS_URL)', { timeout: 60_000 }, () => {
  describe.each(['redis', 'ioredis'] as const)('by the client of the %s package', (library) => {
    it('reserves all counters or none, and books what was taken', async () => {
      await using connection = await clientOf(library)
      const store = redisBudgets({ client: connection.client, prefix: `test:${randomUUID()}` })
      const claims = [claim('a', 40n, 60n), claim('b', 10n)]
      expect(await store.reserve('one', claims, 60_000)).toEqual({
        granted: true,
        tallies: [
          { spent: 0n, likely: 40n, most: 60n },
          { spent: 0n, likely: 10n, most: 10n },
        ],
      })
      expect(await store.reserve('two', claims, 60_000)).toMatchObject({ granted: true })
      // Twice forty of a hundred are likely, and twenty more would do; a hundred and twenty are possible of a hundred and fifty.
      expect(await store.reserve('three', [claim('b', 1n), claim('a', 20n, 31n)], 60_000)).toMatchObject({ granted: false, by: 1 })
      expect(await store.reserve('three', [claim('b', 1n), claim('a', 21n, 30n)], 60_000)).toMatchObject({ granted: false, by: 1 })
      expect(await tallies(store, 'a', 'b')).toEqual([
        [0n, 80n, 120n],
        [0n, 20n, 20n],
      ])
      await store.settle('one', charges(claims, 7n, 0n))
      await store.settle('one', charges(claims, 7n, 0n))
      await store.settle('two', charges(claims, 55n, 9n))
      await store.settle('never made', charges(claims, 5n, 5n))
      expect(await tallies(store, 'a', 'b')).toEqual([
        [62n, 0n, 0n],
        [9n, 0n, 0n],
      ])
    })

    it('adds what was spent elsewhere once, and to the last digit', async () => {
      await using connection = await clientOf(library)
      const store = redisBudgets({ client: connection.client, prefix: `test:${randomUUID()}` })
      const much = 9_007_199_254_740_993n
      await store.charge('id', charges([claim('a', 0n)], much))
      await store.charge('id', charges([claim('a', 0n)], much))
      await store.charge('other', charges([claim('a', 0n)], much))
      expect(await tallies(store, 'a')).toEqual([[2n * much, 0n, 0n]])
    })

    it('says what time it is where the window is another one', async () => {
      await using connection = await clientOf(library)
      const store = redisBudgets({ client: connection.client, prefix: `test:${randomUUID()}` })
      const past = { ...claim('a', 1n), endsAt: 1000 }
      const told = await store.reserve('id', [past], 60_000)
      expect('now' in told && Math.abs(told.now - Date.now())).toBeLessThan(3_600_000)
      expect(await tallies(store, 'a')).toEqual([[0n, 0n, 0n]])
    })

    it('takes whoever died without a word to have spent what was likely', async () => {
      await using connection = await clientOf(library)
      const store = redisBudgets({ client: connection.client, prefix: `test:${randomUUID()}` })
      await store.reserve('dead', [claim('a', 30n, 90n)], 1)
      await expect.poll(() => tallies(store, 'a')).toEqual([[30n, 0n, 0n]])
      await store.settle('dead', charges([claim('a', 0n)], 30n))
      expect(await tallies(store, 'a')).toEqual([[30n, 0n, 0n]])
    })
  })

  it('four processes that call at once spend no more than there is, and leave nothing reserved', async () => {
    const prefix = `test:${randomUUID()}`
    const worker = fileURLToPath(new URL('redis/budget-worker.ts', import.meta.url))
    // A cent is reserved for each call, and half of one spent: there is room for 79, the last with a full cent left.
    const perMonth = 0.4
    const processes = Array.from({ length: 4 }, (_, at) =>
      fork(worker, [url ?? '', prefix, at % 2 === 0 ? 'redis' : 'ioredis', '40', String(perMonth)], { stdio: 'inherit' }),
    )
    await Promise.all(processes.map((each) => once(each, 'message')))
    for (const each of processes) each.send('go')
    const told = await Promise.all(processes.map((each) => once(each, 'message')))
    const outcomes = told.flatMap(([made]: readonly unknown[]) => (Array.isArray(made) ? made.map(String) : []))
    expect(new Set(outcomes)).toEqual(new Set(['covered', 'refused']))
    const covered = outcomes.filter((outcome) => outcome === 'covered').length
    expect(covered).toBeGreaterThanOrEqual(40)
    expect(covered).toBeLessThanOrEqual(79)

    await using connection = await clientOf('redis')
    const store = redisBudgets({ client: connection.client, prefix, patienceMs: 20_000 })
    const client = createRouter({ providers: [fakeProvider({ id: 'shop', models: [card] })], budget: { usd: { perMonth }, store } })
    const [status] = await client.budgets.refresh()
    expect(status?.reserved).toBe(0)
    expect(status?.spent).toBeCloseTo(covered * 0.005, 9)
    await client.close()
  })

  it.each(['cut', 'stall'] as const)('with Redis %s a process goes on alone, says so, and adds what it spent', async (how) => {
    await using proxy = await proxyTo(url ?? '')
    await using connection = await clientOf('redis', proxy.url)
    const prefix = `test:${randomUUID()}`
    const audit = memoryAudit()
    const client = createRouter({
      providers: [
        fakeProvider({ id: 'shop', models: [card], script: answer('ok', { usage: { prompt_tokens: 0, completion_tokens: 500 } }) }),
      ],
      budget: {
        usd: { perMonth: 0.03 },
        store: redisBudgets({ client: connection.client, prefix, patienceMs: 1000 }),
      },
      audit,
    })
    const body = { model: 'shop/model', messages: [{ role: 'user' as const, content: 'Hi' }], max_completion_tokens: 1000 }
    const stores = () => audit.records.flatMap(({ event }) => (event.type.startsWith('store.') ? [event.type] : []))
    await client.chat.completions.create(body)
    if (how === 'cut') proxy.cut()
    else proxy.stall()
    await client.chat.completions.create(body)
    expect(stores()).toEqual(['store.lost'])
    // What it knew holds: half a cent each, and a full one is wanted.
    await client.chat.completions.create(body)
    await client.chat.completions.create(body)
    await client.chat.completions.create(body)
    await expect(client.chat.completions.create(body)).rejects.toMatchObject({ code: 'budget_exceeded' })
    proxy.open()
    await expect.poll(stores).toEqual(['store.lost', 'store.regained'])
    const other = await clientOf('ioredis')
    const seen = createRouter({
      providers: [fakeProvider({ id: 'shop', models: [card] })],
      budget: { usd: { perMonth: 0.03 }, store: redisBudgets({ client: other.client, prefix, patienceMs: 20_000 }) },
    })
    await expect.poll(() => seen.budgets.refresh()).toEqual([expect.objectContaining({ spent: 0.025, reserved: 0 })])
    await Promise.all([client.close(), seen.close()])
    await other[Symbol.asyncDispose]()
  })

  it('are those of service keys too: what one process has spent with a key is gone for all', async () => {
    await using connection = await clientOf('ioredis')
    const store = redisBudgets({ client: connection.client, prefix: `test:${randomUUID()}`, patienceMs: 20_000 })
    const keys = serviceKeys({ store: memoryServiceKeys() })
    const [here, elsewhere] = [1, 2].map(() =>
      createRouter({
        providers: [fakeProvider({ id: 'shop', models: [card], script: answer('ok') })],
        agents: { support: { primary: 'shop/model' } },
        budget: { store },
        serviceKeys: keys,
      }),
    )
    const { key, id } = await keys.create({ agent: 'support', budget: { requests: { perMonth: 2 } } })
    const body = { model: 'auto', messages: [{ role: 'user' as const, content: 'Hi' }] }
    for (const client of [here, elsewhere]) await (await client?.forServiceKey(key))?.chat.completions.create(body)
    const theirs = await here?.forServiceKey(key)
    await expect(theirs?.chat.completions.create(body)).rejects.toMatchObject({
      code: 'budget_exceeded',
      budget: `service-key:${id}`,
      spent: 2,
    })
    await Promise.all([here?.close(), elsewhere?.close()])
  })

  it("with onStoreLost: 'reject' makes no call without Redis", async () => {
    await using proxy = await proxyTo(url ?? '')
    await using connection = await clientOf('ioredis', proxy.url)
    const provider = fakeProvider({ id: 'shop', models: [card], script: answer('ok') })
    const client = createRouter({
      providers: [provider],
      budget: {
        usd: { perMonth: 1 },
        store: redisBudgets({ client: connection.client, prefix: `test:${randomUUID()}`, patienceMs: 1000 }),
        onStoreLost: 'reject',
      },
    })
    const body = { model: 'shop/model', messages: [{ role: 'user' as const, content: 'Hi' }], max_completion_tokens: 1000 }
    await client.chat.completions.create(body)
    proxy.cut()
    await expect(client.chat.completions.create(body)).rejects.toMatchObject({ status: 503, code: 'budget_store_lost' })
    expect(provider.calls).toHaveLength(1)
    await client.close()
  })

  it('refuses options that make no sense by their name', async () => {
    await using connection = await clientOf('redis')
    const { client } = connection
    expect(() => redisBudgets({ client, prefix: 'a{b}' })).toThrow(
      /redisBudgets\(\{ prefix \}\) must be a non-empty string without braces/,
    )
    expect(() => redisBudgets({ client, patienceMs: 0 })).toThrow(/redisBudgets\(\{ patienceMs \}\) must be a number/)
  })
})
