import { describe, expect, it } from 'vitest'
import type { BudgetAnswer, BudgetCharge, BudgetClaim, BudgetStore, ModelCard, RouterBudgetOptions } from '../src/index.ts'
import { createRouter, memoryAudit } from '../src/index.ts'
import { answer, fakeClock, fakeProvider } from '../src/testing/index.ts'

const card: ModelCard = {
  provider: 'shop',
  id: 'model',
  tier: 'standard',
  input: ['text'],
  features: [],
  prices: { input: 0, output: 10, source: 'test', asOf: '2026-01-01' },
}
const body = { model: 'shop/model', messages: [{ role: 'user' as const, content: 'Hi' }], max_completion_tokens: 1000 }
const none = { spent: 0n, likely: 0n, most: 0n }

/** A store that grants everything and writes down what it is told; its mode says whether it answers. */
class Notebook implements BudgetStore {
  readonly patienceMs = 50
  mode: 'answers' | 'silent' | 'fails' = 'answers'
  readonly told: string[] = []
  /** What it is late with. */
  readonly late: (() => void)[] = []
  /** Its time, where that is not the router's. */
  now: number | undefined

  reserve(_id: string, claims: readonly BudgetClaim[]): Promise<BudgetAnswer> {
    const { now } = this
    const isElsewhere = now !== undefined && claims.some(({ startsAt, endsAt }) => now < startsAt || now >= endsAt)
    const window = new Date(claims[0]?.startsAt ?? 0).toISOString()
    return this.#answer(`reserve ${window}`, isElsewhere ? { now } : { granted: true, tallies: claims.map(() => none) })
  }

  settle(_id: string, charges: readonly BudgetCharge[]): Promise<void> {
    return this.#answer(`settle ${charges.map(({ amount }) => amount).join(' ')}`, undefined)
  }

  charge(_id: string, charges: readonly BudgetCharge[]): Promise<void> {
    return this.#answer(`charge ${charges.map(({ amount }) => amount).join(' ')}`, undefined)
  }

  read(meters: readonly unknown[]): Promise<readonly (typeof none)[]> {
    return this.#answer(
      'read',
      meters.map(() => none),
    )
  }

  #answer<Value>(word: string, value: Value): Promise<Value> {
    if (this.mode === 'fails') return Promise.reject(new Error('away'))
    this.told.push(word)
    if (this.mode === 'answers') return Promise.resolve(value)
    return new Promise((resolve) => this.late.push(() => resolve(value)))
  }
}

function shop(options: Partial<RouterBudgetOptions> = {}, delayMs = 0) {
  const clock = fakeClock()
  const audit = memoryAudit()
  const store = new Notebook()
  const usage = { prompt_tokens: 0, completion_tokens: 500, total_tokens: 500 }
  const provider = fakeProvider({ id: 'shop', models: [card], script: answer('ok', { usage, delayMs }), clock })
  const client = createRouter({ providers: [provider], budget: { usd: { perDay: 0.025 }, store, ...options }, clock, audit })
  const stores = () => audit.records.flatMap(({ event }) => (event.type.startsWith('store.') ? [event] : []))
  return { client, clock, store, provider, stores, create: () => client.chat.completions.create(body) }
}

describe('a budget with a shared store', () => {
  it('asks it before each call and tells it after', async () => {
    const { create, store } = shop()
    await create()
    expect(store.told).toEqual(['reserve 2026-01-01T00:00:00.000Z', 'settle 5000000000'])
  })

  it('goes by the clock of the store, which it learns once', async () => {
    const { create, store, client } = shop()
    store.now = Date.UTC(2026, 2, 9, 1)
    await create()
    await create()
    expect(store.told.filter((word) => word.startsWith('reserve'))).toEqual([
      'reserve 2026-01-01T00:00:00.000Z',
      'reserve 2026-03-09T00:00:00.000Z',
      'reserve 2026-03-09T00:00:00.000Z',
    ])
    expect(client.budgets.list()).toEqual([expect.objectContaining({ resetsAt: '2026-03-10T00:00:00.000Z' })])
  })

  it('waits 50 ms for it once, then counts by itself, and tells what was spent when it is back', async () => {
    const { create, store, clock, provider, stores } = shop()
    store.mode = 'silent'
    const first = create()
    await clock.advanceAsync(49)
    expect(provider.calls).toHaveLength(0)
    await clock.advanceAsync(1)
    await first
    expect(stores()).toEqual([{ type: 'store.lost', store: 'budgets' }])
    // Nobody waits any more.
    store.mode = 'fails'
    await create()
    await create()
    await expect(create()).resolves.toBeDefined()
    await expect(create()).rejects.toMatchObject({ code: 'budget_exceeded' })
    store.mode = 'answers'
    store.told.length = 0
    await clock.advanceAsync(1000)
    expect(stores().at(-1)).toEqual({ type: 'store.regained', store: 'budgets', awayMs: 1000 })
    expect(store.told).toEqual(['read', 'charge 20000000000'])
    await create()
    expect(store.told.slice(2)).toEqual(['reserve 2026-01-01T00:00:00.000Z', 'settle 5000000000'])
  })

  it('gives back a reservation that came too late', async () => {
    const { create, store, clock } = shop()
    store.mode = 'silent'
    const call = create()
    await clock.advanceAsync(50)
    await call
    store.mode = 'answers'
    await clock.advanceAsync(1000)
    for (const arrive of store.late) arrive()
    await clock.advanceAsync(0)
    expect(store.told.at(-1)).toBe('settle 0')
  })

  it('tells what it could not tell when a call ended, once', async () => {
    const { create, store, clock, stores } = shop({}, 100)
    const call = create()
    await clock.advanceAsync(0)
    store.mode = 'fails'
    await clock.advanceAsync(100)
    await call
    await clock.advanceAsync(0)
    expect(stores()).toEqual([{ type: 'store.lost', store: 'budgets' }])
    store.mode = 'answers'
    await clock.advanceAsync(1000)
    expect(store.told.filter((word) => word.startsWith('settle'))).toEqual(['settle 5000000000'])
  })

  it("with onStoreLost: 'reject' makes no call", async () => {
    const { create, store, provider } = shop({ onStoreLost: 'reject' })
    store.mode = 'fails'
    await expect(create()).rejects.toMatchObject({ status: 503, code: 'budget_store_lost' })
    await expect(create()).rejects.toMatchObject({ code: 'budget_store_lost' })
    expect(provider.calls).toHaveLength(0)
  })

  it('tells everything before the router is closed', async () => {
    const { create, store, client } = shop()
    await create()
    await client.close()
    expect(store.told.at(-1)).toBe('settle 5000000000')
  })
})
