import { describe, expect, it } from 'vitest'
import { createRouter, memoryAudit, memoryKeys, routeOf } from '../src/index.ts'
import type { ModelOverride, Prices } from '../src/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { answer, fakeProvider } from '../src/testing/index.ts'

const prices: Prices = { source: 'a test', asOf: '2026-01-01', input: 1, output: 2, serviceTiers: { flex: 0.5 } }
const catalog: readonly ModelOverride[] = [{ provider: 'openai', id: 'gpt-4o', prices }]
const body = { model: 'openai/gpt-4o', messages: [{ role: 'user' as const, content: 'Is it so?' }] }
const good = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }

/** A vendor whose answer has this usage and tier, whole or in pieces. */
function vendor(usage: unknown, tier?: string) {
  const head = { id: 'c1', created: 1_790_000_000, model: 'gpt-4o', ...(tier !== undefined && { service_tier: tier }) }
  const message = { role: 'assistant', content: 'Yes, it is.' }
  const whole = { ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }], usage }
  const chunk = (choices: readonly unknown[], more?: object): string =>
    `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, ...more })}\n\n`
  const pieces = [
    chunk([{ index: 0, delta: message, finish_reason: null }]),
    chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
    chunk([], { usage }),
    'data: [DONE]\n\n',
  ].join('')
  const fetch = (_url: unknown, { body: sent }: RequestInit = {}): Promise<Response> =>
    Promise.resolve(
      typeof sent === 'string' && sent.includes('"stream":true')
        ? new Response(pieces, { headers: { 'content-type': 'text/event-stream' } })
        : Response.json(whole),
    )
  const audit = memoryAudit()
  const client = createRouter({ providers: [openai({ fetch })], keys: memoryKeys({ OPENAI_API_KEY: 'test-key' }), catalog, audit })
  return {
    client,
    audit,
    async whole() {
      return routeOf(await client.chat.completions.create(body))
    },
    async streamed() {
      const stream = await client.chat.completions.create({ ...body, stream: true })
      const chunks = []
      for await (const piece of stream) chunks.push(piece)
      return routeOf(stream)
    },
  }
}

/** An answer of a provider that declares its region, under a price with these regions. */
async function fromTheUs(regions?: Readonly<Record<string, number>>) {
  const provider = fakeProvider({ id: 'house', models: [], region: 'us', script: answer('Yes.', { usage: good }) })
  const card = { provider: 'house', id: 'm', tier: 'simple' as const, input: ['text' as const], features: [] }
  const own = { ...prices, ...(regions !== undefined && { regions }) }
  const client = createRouter({ providers: [provider], catalog: [{ ...card, prices: own }] })
  return routeOf(await client.chat.completions.create({ ...body, model: 'house/m' }))
}

describe('totals that cannot be right', () => {
  const bad = [
    [{ ...good, prompt_tokens: -5 }],
    [{ ...good, completion_tokens: 0.5 }],
    [{ ...good, prompt_tokens: '1000' }],
    [{ ...good, completion_tokens: 1e12 }],
  ] as const

  it.each(bad)('of a whole answer are no count at all, and it says so: %j', async (usage) => {
    const { client, audit, whole } = vendor(usage)
    expect(await whole()).toMatchObject({ usage: null, usageSource: 'implausible', costUsd: null })
    expect(client.ledger.totals()).toMatchObject([{ calls: 1, unpricedCalls: 1, spentUsd: 0 }])
    await client.flush()
    const events = audit.records.map(({ event }) => event).filter(({ type }) => type === 'attempt.succeeded')
    expect(events).toMatchObject([{ usage: null, usageSource: 'implausible', costUsd: null }])
  })

  it.each(bad)('of a stream give way to an estimate by its texts: %j', async (usage) => {
    const { streamed } = vendor(usage)
    // 11 characters of answer are three tokens at 2.
    const route = await streamed()
    expect(route).toMatchObject({ usageSource: 'implausible', usage: { output: 3 } })
    expect(route?.costUsd).toBeCloseTo(((route?.usage?.input ?? 0) + 6) / 1e6, 12)
  })
})

describe('parts that cannot be right', () => {
  it.each([
    [{ prompt_tokens_details: { cached_tokens: 1200 } }, { input: 0, cached: 1000 }],
    [{ prompt_tokens_details: { cached_tokens: 600, cache_write_tokens: 600 } }, { input: 0, cached: 600, cacheWrite: 400 }],
    [{ prompt_tokens_details: { cached_tokens: -1 } }, { input: 1000, cached: 0 }],
    [{ completion_tokens_details: { reasoning_tokens: 101 } }, { output: 0, reasoning: 100 }],
    [{ search_requests: -2 }, { input: 1000, output: 100 }],
  ])('%j are cut down to their total, and flagged', async (parts, usage) => {
    const { whole, streamed } = vendor({ ...good, ...parts })
    expect(await whole()).toMatchObject({ usageSource: 'implausible', usage })
    expect(await streamed()).toMatchObject({ usageSource: 'implausible', usage })
  })

  it('are right where they only overlap: sound that was read from the cache is both', async () => {
    const { whole } = vendor({ ...good, prompt_tokens_details: { cached_tokens: 800, audio_tokens: 900 } })
    expect(await whole()).toMatchObject({ usageSource: 'provider', usage: { input: 0, cached: 800, audioInput: 200 } })
  })
})

describe('what the price depends on besides counts', () => {
  it.each([
    ['flex', 0.0006],
    ['default', 0.0012],
    ['auto', 0.0012],
    ['priority', null],
  ])('is the tier that the answer names, whole and streamed: %s', async (tier, costUsd) => {
    const { whole, streamed } = vendor(good, tier)
    expect((await whole())?.costUsd).toBe(costUsd)
    expect((await streamed())?.costUsd).toBe(costUsd)
  })

  it('is the region that the adapter declares, where the price knows regions at all', async () => {
    // 1,200 millionths, and a tenth more
    expect(await fromTheUs({ us: 1.1 })).toMatchObject({ costUsd: 0.00132, usage: { region: 'us' } })
    const plain = await fromTheUs()
    expect(plain?.costUsd).toBe(0.0012)
    expect(plain?.usage).not.toHaveProperty('region')
  })
})
