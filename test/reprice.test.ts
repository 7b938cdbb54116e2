import { describe, expect, it } from 'vitest'
import { noTokens } from '../src/contracts/usage.ts'
import { createRouter, priceSnapshot, reprice } from '../src/index.ts'
import type { ModelOverride, PricedEntry, Prices } from '../src/index.ts'
import { answer, fakeProvider } from '../src/testing/index.ts'

const prices: Prices = { source: 'a test', asOf: '2026-01-01', input: 1, output: 2, serviceTiers: { flex: 0.5 } }
const model = { provider: 'house', id: 'm', tier: 'simple', input: ['text'], features: [] } as const
const at = Date.parse('2026-11-22T12:00:00Z')

function entry(more: Partial<PricedEntry> = {}): PricedEntry {
  return { provider: 'house', model: 'm', at, usage: { ...noTokens, input: 1000, output: 100 }, cost: null, ...more }
}

const catalog = [{ ...model, prices }] satisfies readonly ModelOverride[]

async function costs(entries: readonly PricedEntry[], options: Parameters<typeof reprice>[1]) {
  return (await reprice(entries, { prices: false, ...options })).entries.map(({ cost }) => cost?.usd ?? null)
}

describe('history under other prices', () => {
  it('costs what its usage costs there, tiers included', async () => {
    const flex = entry({ usage: { ...noTokens, input: 1000, output: 100, serviceTier: 'flex' } })
    // 1,000 x 1 + 100 x 2 = 1,200 millionths, and half of it
    expect(await costs([entry(), flex], { catalog })).toEqual([0.0012, 0.0006])
  })

  it('takes each entry at its own time, or all at one', async () => {
    const dated = [{ ...model, prices: { ...prices, changes: [{ from: '2027-01-01', input: 2, output: 4 }] } }]
    const later = entry({ at: Date.parse('2027-01-01T00:00:00Z') })
    expect(await costs([entry(), later], { catalog: dated })).toEqual([0.0012, 0.0024])
    expect(await costs([entry(), later], { catalog: dated, at })).toEqual([0.0012, 0.0012])
  })

  it('goes by the model that answered, where it is known', async () => {
    const two = [...catalog, { ...model, id: 'better', prices: { ...prices, input: 10, output: 20 } }]
    const entries = [entry({ servedModel: 'better' }), entry({ servedModel: 'm-internal' })]
    expect(await costs(entries, { catalog: two })).toEqual([0.012, 0.0012])
  })

  it('keeps what a vendor billed itself, unless told otherwise', async () => {
    const billed = entry({ cost: { picoUsd: 5_000_000_000n, usd: 0.005, snapshot: 'vendor bill' } })
    expect(await costs([billed], { catalog })).toEqual([0.005])
    expect(await costs([billed], { catalog, bills: 'reprice' })).toEqual([0.0012])
    expect((await reprice([billed], { catalog })).bills).toBe(1)
  })

  it('knows names of your own by what you say of them', async () => {
    expect(await costs([entry({ provider: 'eu-house' })], { catalog })).toEqual([null])
    expect(await costs([entry({ provider: 'eu-house' })], { catalog, nameOf: ({ model: id }) => `house/${id}` })).toEqual([0.0012])
  })

  it('asks the source of prices for what no card prices', async () => {
    const other = { pricesOf: (provider: string, id: string) => (`${provider}/${id}` === 'house/new' ? prices : null) }
    expect(await costs([entry({ model: 'new' }), entry({ model: 'newer' })], { prices: other })).toEqual([0.0012, null])
    const listed = entry({ provider: 'openrouter', model: 'openai/gpt-4o' })
    // 1,000 x 2.50 + 100 x 10, by @pydantic/genai-prices
    expect((await reprice([listed])).after.usd).toBe(0.0035)
  })

  it('says the sums before and after, and what is in neither', async () => {
    const known = entry({ cost: { picoUsd: 1_000_000_000n, usd: 0.001, snapshot: 'a test' } })
    const history = await reprice([known, entry(), entry({ usage: null }), entry({ model: 'gone' })], { catalog, prices: false })
    expect(history.before).toEqual({ picoUsd: 1_000_000_000n, usd: 0.001, priced: 1, unpriced: 3 })
    expect(history.after).toEqual({ picoUsd: 2_400_000_000n, usd: 0.0024, priced: 2, unpriced: 2 })
    expect(String(history)).toBe(
      'Before: $0.001 for 1 attempts (3 more without a price). Now: $0.0024 for 2 attempts (2 more without a price).',
    )
  })

  it('comes out as it was under the same prices, with every snapshot leading back to its figures', async () => {
    const provider = fakeProvider({
      id: 'house',
      models: [],
      script: answer('Yes.', { usage: { prompt_tokens: 1000, completion_tokens: 100 } }),
    })
    const client = createRouter({ providers: [provider], catalog })
    await client.chat.completions.create({ model: 'house/m', messages: [{ role: 'user', content: 'Is it so?' }] })
    const [booked] = client.ledger.totals()
    const history = await reprice([entry()], { catalog })
    expect(history.after.usd).toBe(booked?.spentUsd)
    const snapshot = history.entries[0]?.cost?.snapshot ?? ''
    expect(priceSnapshot(snapshot, { catalog })).toMatchObject({ prices: { input: 1, output: 2 }, models: ['house/m'] })
    expect(priceSnapshot('vendor bill')).toBeUndefined()
  })
})
