import { describe, expect, it } from 'vitest'
import { routeOf } from '../src/index.ts'
import type { AuditEvent, ModelCard, Prices } from '../src/index.ts'
import { models as known } from '../src/catalog/models.ts'
import type { SimulatedUsage } from '../src/testing/index.ts'
import type { BenchOptions, Vendor } from './faults/bench.ts'
import { ask, fallbackOf, models, openBench, prompt, targetOf, until, vendors } from './faults/bench.ts'

/** Round figures, in dollars per million tokens, so that the sums below can be followed by hand. */
const prices = {
  openai: { input: 2, cachedInput: 1, output: 8 },
  anthropic: { input: 1, cachedInput: 0.1, cacheWrite: 1.25, output: 5 },
  google: { input: 0.5, cachedInput: 0.05, output: 3 },
} as const
const baselinePrices = { input: 10, cachedInput: 1, cacheWrite: 12.5, output: 50 }
const baseline = 'anthropic/claude-opus-5-5'

/** What every vendor counts for a call, in its own way of saying it. */
const counted: SimulatedUsage = { input: 1000, cached: 400, cacheWrite: 0, output: 300, reasoning: 100 }

/** In dollars, by hand. */
const costs = {
  // 1000 x 2 + 400 x 1 + (300 + 100) x 8 = 5600 millionths
  openai: 0.0056,
  // 1000 x 1 + 400 x 0.1 + 200 x 1.25 + 400 x 5 = 3290; this vendor also charges the writing of a cache
  anthropic: 0.00329,
  // 1000 x 0.5 + 400 x 0.05 + 400 x 3 = 1720
  google: 0.00172,
} as const
const spent = 0.01061
// 3 x (1000 x 10 + 400 x 1 + 400 x 50) + 200 x 12.5 = 93,700
const onBaseline = 0.0937

function card(target: string, own: Omit<Prices, 'source' | 'asOf'> | null): ModelCard {
  const [provider = '', id = ''] = target.split('/')
  const found = known.find((one) => one.provider === provider && one.id === id)
  if (found === undefined) throw new Error(`no card for ${target}`)
  return { ...found, prices: own === null ? null : { ...own, source: 'this test', asOf: '2026-01-01' } }
}

const catalog = [...vendors.map((vendor) => card(targetOf(vendor), prices[vendor])), card(baseline, baselinePrices)]
const tiers = { simple: [targetOf('google')], standard: [targetOf('openai')], complex: [targetOf('anthropic')] }

async function openBooks(options: BenchOptions = {}) {
  const bench = await openBench({ catalog, baseline, tiers, ...options })
  for (const vendor of vendors)
    bench.simulator.answer(vendor, { text: 'paid', usage: { ...counted, cacheWrite: vendor === 'anthropic' ? 200 : 0 } })
  return bench
}

const found = <Type extends AuditEvent['type']>(events: readonly AuditEvent[], type: Type) =>
  events.filter((event): event is Extract<AuditEvent, { type: Type }> => event.type === type)

const modes = [
  ['unary', false],
  ['streamed', true],
] as const

describe('what a call costs', () => {
  it.each(vendors.flatMap((vendor) => modes.map(([mode, stream]) => [vendor, mode, stream] as const)))(
    'is the same figure wherever it is told: route, ledger, trail (%s, %s)',
    async (vendor, _mode, stream) => {
      await using bench = await openBooks()
      const { client } = bench
      const seen = await ask(client.agent(vendor), { stream })
      const route = seen.opened === undefined ? undefined : routeOf(seen.opened)
      const events = await bench.events()
      const [succeeded] = found(events, 'attempt.succeeded')
      const [completed] = found(events, 'request.completed')
      expect([route?.costUsd, succeeded?.costUsd, completed?.costUsd, client.ledger.totals()[0]?.spentUsd]).toEqual(
        Array.from({ length: 4 }, () => costs[vendor]),
      )
      const priceSnapshot: unknown = expect.stringMatching(/^this test \(2026-01-01\) #[0-9a-f]{8}$/)
      expect(succeeded).toMatchObject({ usageSource: 'provider', priceSnapshot })
      const tokens = {
        input: 1000,
        cached: 400,
        cacheWrite: vendor === 'anthropic' ? 200 : 0,
        cacheWrite1h: 0,
        audioInput: 0,
        output: 300,
        reasoning: 100,
        audioOutput: 0,
      }
      expect([route?.usage, succeeded?.usage, completed?.usage, client.ledger.totals()[0]?.tokens]).toEqual([
        tokens,
        tokens,
        tokens,
        tokens,
      ])
    },
  )

  it.each(vendors)('stands in the response headers, and the caller sees the vendor’s totals (%s)', async (vendor) => {
    await using bench = await openBooks()
    const body = { model: 'auto', messages: [{ role: 'user' as const, content: prompt }] }
    const { data, response } = await bench.client.agent(vendor).chat.completions.create(body).withResponse()
    expect(Number(response.headers.get('x-modelyard-cost-usd'))).toBe(costs[vendor])
    const written = vendor === 'anthropic' ? 200 : 0
    expect(data.usage).toMatchObject({ prompt_tokens: 1400 + written, completion_tokens: 400, total_tokens: 1800 + written })
    expect(data.usage?.prompt_tokens_details?.cached_tokens).toBe(400)
    expect(data.usage?.completion_tokens_details?.reasoning_tokens).toBe(100)
  })
})

describe('the ledger of real answers', () => {
  it('sums by provider, model, agent and tier', async () => {
    await using bench = await openBooks()
    const { client } = bench
    for (const vendor of vendors) await ask(client.agent(vendor), { stream: vendor === 'google' })
    for (const tier of ['simple', 'standard', 'complex']) await ask(client, { stream: false, model: `tier:${tier}` })
    const { ledger } = client
    const spentBy = (key: 'provider' | 'model' | 'agent' | 'tier') =>
      Object.fromEntries(ledger.totals({ by: [key] }).map((row) => [row[key] ?? '-', row.spentUsd]))
    const twice = { openai: 0.0112, anthropic: 0.00658, google: 0.00344 }
    expect(spentBy('provider')).toEqual(twice)
    expect(spentBy('model')).toEqual(Object.fromEntries(vendors.map((vendor) => [models[vendor], twice[vendor]])))
    expect(spentBy('agent')).toEqual({ ...costs, '-': spent })
    expect(spentBy('tier')).toEqual({ simple: costs.google, standard: costs.openai, complex: costs.anthropic, '-': spent })
    expect(ledger.totals()).toMatchObject([
      { calls: 6, successes: 6, failures: 0, spentUsd: 0.02122, unpricedCalls: 0, estimatedCalls: 0 },
    ])
    expect(ledger.totals({ by: ['provider'], where: { agent: 'google' } })).toMatchObject([
      { provider: 'google', calls: 1, spentUsd: costs.google },
    ])
  })

  it('saves against the baseline what the same tokens would have cost there', async () => {
    await using bench = await openBooks()
    for (const vendor of vendors) await ask(bench.client.agent(vendor), { stream: false })
    const saving = bench.client.ledger.saving()
    expect(saving).toMatchObject({
      baseline,
      spentUsd: spent,
      baselineUsd: onBaseline,
      pricedCalls: 3,
      unpricedCalls: 0,
      estimatedCalls: 0,
    })
    expect(saving.savedUsd).toBeCloseTo(0.08309, 12)
    expect(saving.savedShare).toBeCloseTo(0.08309 / 0.0937, 12)
  })

  it('books a failed attempt as a call that cost nothing, beside the answer of the fallback', async () => {
    await using bench = await openBooks()
    bench.simulator.failOnce('openai', 'http-503')
    await ask(bench.client.agent('openai'), { stream: false })
    expect(bench.client.ledger.totals({ by: ['provider'] })).toMatchObject([
      { provider: 'openai', calls: 1, successes: 0, failures: 1, spentUsd: 0 },
      { provider: fallbackOf.openai, calls: 1, successes: 1, spentUsd: costs.anthropic },
    ])
    expect(bench.client.ledger.saving()).toMatchObject({ pricedCalls: 1, spentUsd: costs.anthropic })
  })

  it('counts every one of many calls at once, to the last digit', async () => {
    await using bench = await openBooks()
    await Promise.all(
      Array.from({ length: 120 }, (_, index) =>
        ask(bench.client.agent(vendors[index % 3] ?? 'openai'), { stream: index % 2 === 0 }),
      ),
    )
    // 40 x 0.01061, without the rounding that adding up floats would leave.
    expect(bench.client.ledger.totals()).toMatchObject([{ calls: 120, successes: 120, spentUsd: 0.4244 }])
  })
})

describe('what is not known', () => {
  it.each(modes)('a price that nobody knows is null and counted as unpriced, never free (%s)', async (_mode, stream) => {
    await using bench = await openBooks({
      catalog: [...catalog.filter(({ provider }) => provider !== 'google'), card(targetOf('google'), null)],
    })
    const { client } = bench
    const seen = await ask(client.agent('google'), { stream })
    expect(seen.opened === undefined ? undefined : routeOf(seen.opened)?.costUsd).toBeNull()
    const [succeeded] = found(await bench.events(), 'attempt.succeeded')
    expect(succeeded).toMatchObject({ costUsd: null, priceSnapshot: null, usageSource: 'provider', usage: { input: 1000 } })
    await ask(client.agent('openai'), { stream })
    expect(client.ledger.totals()).toMatchObject([{ calls: 2, unpricedCalls: 1, spentUsd: costs.openai }])
    expect(client.ledger.saving()).toMatchObject({ pricedCalls: 1, unpricedCalls: 1, spentUsd: costs.openai })
  })

  it('and then no header claims one', async () => {
    await using bench = await openBooks({ catalog: [card(targetOf('google'), null), card(baseline, baselinePrices)] })
    const body = { model: targetOf('google'), messages: [{ role: 'user' as const, content: prompt }] }
    const { response } = await bench.client.chat.completions.create(body).withResponse()
    expect(response.headers.has('x-modelyard-cost-usd')).toBe(false)
  })

  it('an answer without a count is unknown, not nothing', async () => {
    await using bench = await openBooks()
    const answer = {
      id: 'x',
      object: 'chat.completion',
      created: 1,
      model: 'gpt-4o',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hm' } }],
    }
    bench.simulator.queue('openai', { body: answer })
    const seen = await ask(bench.client.agent('openai'), { stream: false })
    expect(seen.opened === undefined ? undefined : routeOf(seen.opened)).toMatchObject({ usage: null, costUsd: null })
    expect(found(await bench.events(), 'attempt.succeeded')).toMatchObject([{ usage: null, usageSource: 'unknown', costUsd: null }])
    expect(bench.client.ledger.totals()).toMatchObject([{ calls: 1, unpricedCalls: 1, spentUsd: 0 }])
  })
})

describe('a stream that does not come to its end', () => {
  const deltas = Array.from({ length: 40 }, () => 'word ')

  it.each(vendors)('is estimated and flagged when the caller leaves it (%s)', async (vendor) => {
    await using bench = await openBooks()
    const { client, simulator } = bench
    simulator.answer(vendor, { deltas })
    simulator.fail(vendor, 'stall-mid-body', { after: 20 })
    const body = { model: 'auto', messages: [{ role: 'user' as const, content: prompt }] }
    let text = ''
    for await (const chunk of await client.agent(vendor).chat.completions.create({ ...body, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? ''
      if (text.length === 100) break
    }
    await until(() => simulator.open === 0)
    await expectEstimate(await bench.events(), client.ledger.totals(), vendor)
    expect(client.ledger.totals()).toMatchObject([{ calls: 1, cancelled: 1, failures: 0 }])
    expect(client.ledger.saving()).toMatchObject({ estimatedCalls: client.ledger.saving().pricedCalls })
  })

  it.each(vendors)('is estimated and flagged when the vendor breaks it off (%s)', async (vendor) => {
    await using bench = await openBooks()
    const { client, simulator } = bench
    simulator.answer(vendor, { deltas })
    simulator.fail(vendor, 'cut-stream', { after: 20 })
    await ask(client.agent(vendor), { stream: true })
    await expectEstimate(await bench.events(), client.ledger.totals(), vendor)
    expect(client.ledger.totals()).toMatchObject([{ calls: 1, cancelled: 0, failures: 1 }])
  })

  it('is booked as the vendor counted it when it had counted', async () => {
    await using bench = await openBooks()
    bench.simulator.answer('openai', { text: 'paid', usage: counted })
    bench.simulator.fail('openai', 'finish-without-terminal')
    await ask(bench.client.agent('openai'), { stream: true })
    expect(found(await bench.events(), 'attempt.succeeded')).toMatchObject([{ usageSource: 'provider', costUsd: costs.openai }])
    expect(bench.client.ledger.totals()).toMatchObject([{ estimatedCalls: 0, spentUsd: costs.openai }])
  })
})

/** A hundred characters of text are 25 tokens by the estimate's rule; the price is the vendor's. */
async function expectEstimate(
  events: readonly AuditEvent[],
  totals: readonly { readonly estimatedCalls: number; readonly spentUsd: number }[],
  vendor: Vendor,
) {
  const [failed] = found(events, 'attempt.failed')
  expect(failed).toMatchObject({ usageSource: 'estimated', usage: { output: 25, reasoning: 0, cached: 0 } })
  const { input = 0 } = failed?.usage ?? {}
  expect(input).toBeGreaterThan(0)
  const millionths = input * prices[vendor].input + 25 * prices[vendor].output
  expect(failed?.costUsd).toBeCloseTo(millionths / 1e6, 12)
  expect(totals).toMatchObject([{ estimatedCalls: 1, spentUsd: failed?.costUsd }])
}
