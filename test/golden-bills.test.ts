import { describe, expect, it } from 'vitest'
import { createRouter, memoryKeys, routeOf } from '../src/index.ts'
import { cerebras, fireworks, moonshot, together, zai } from '../src/providers/family/index.ts'
import { fakeClock } from '../src/testing/index.ts'
import { completion, response, wires } from './providers/usage-wires.ts'

/** One answer as its vendor sends it, and its bill in dollars. */
interface Bill {
  readonly vendor: string
  readonly what: string
  /** Default: the model of the vendor's wire. */
  readonly model?: string
  readonly body: unknown
  /** When it was answered. Default: a Tuesday, 12:00 UTC. */
  readonly at?: string
  readonly usd: number | null
  readonly source?: string
}

/** Vendors whose usage has the form of another one's. */
const others = Object.entries({ cerebras, fireworks, moonshot, together, zai }).map(([vendor, make]) => ({
  vendor,
  adapter: (body: () => unknown) => make({ fetch: () => Promise.resolve(Response.json(body())) }),
  model: '',
  request: {},
}))

async function billOf({ vendor, model, body, at = '2026-11-24T12:00:00Z' }: Bill) {
  const wire = [...wires, ...others].find((each) => each.vendor === vendor)
  if (wire === undefined) throw new Error(`no wire for ${vendor}`)
  const provider = wire.adapter(() => body)
  const keys = memoryKeys({ [String(provider.key)]: 'test-key' })
  const client = createRouter({ providers: [provider], keys, prices: false, clock: fakeClock({ wallMs: Date.parse(at) }) })
  const request = { model: model ?? wire.model, messages: [{ role: 'user' as const, content: 'Is it so?' }] }
  const route = routeOf(await client.chat.completions.create({ ...request, ...wire.request }))
  return { usd: route?.costUsd, source: route?.usageSource, ledger: client.ledger.totals()[0]?.spentUsd }
}

const claude = (model: string, usage: object): object => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model,
  content: [{ type: 'text', text: 'Yes.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage,
})

const gemini = (model: string, usageMetadata: object, queries: readonly string[] = []): object => ({
  candidates: [
    {
      index: 0,
      content: { role: 'model', parts: [{ text: 'Yes.' }] },
      finishReason: 'STOP',
      ...(queries.length > 0 && { groundingMetadata: { webSearchQueries: queries } }),
    },
  ],
  usageMetadata,
  modelVersion: model,
})

const search = (type: string): object => ({
  type: 'web_search_call',
  id: 'ws_1',
  status: 'completed',
  action: { type, query: 'x' },
})

// All sums are in millionths of a dollar: tokens x dollars per million.
const bills: readonly Bill[] = [
  {
    // 600 x 2.50 + 400 x 1.25 + 500 x 10 = 1,500 + 500 + 5,000 = 7,000
    vendor: 'OpenAI, chat completions',
    what: 'cache reads',
    body: completion('gpt-4o', { prompt_tokens: 1000, completion_tokens: 500, prompt_tokens_details: { cached_tokens: 400 } }),
    usd: 0.007,
  },
  {
    // 600 x 4.25 + 400 x 2.125 + 500 x 17 = 2,550 + 850 + 8,500 = 11,900
    vendor: 'OpenAI, chat completions',
    what: 'the priority tier, as the answer says',
    body: {
      ...completion('gpt-4o', { prompt_tokens: 1000, completion_tokens: 500, prompt_tokens_details: { cached_tokens: 400 } }),
      service_tier: 'priority',
    },
    usd: 0.0119,
  },
  {
    // (800 x 2.50 + 200 x 0.25 + (100 + 200) x 15) / 2 = (2,000 + 50 + 4,500) / 2 = 3,275
    vendor: 'OpenAI, chat completions',
    what: 'the flex tier with reasoning',
    model: 'openai/gpt-5.4',
    body: {
      ...completion('gpt-5.4', {
        prompt_tokens: 1000,
        completion_tokens: 300,
        prompt_tokens_details: { cached_tokens: 200 },
        completion_tokens_details: { reasoning_tokens: 200 },
      }),
      service_tier: 'flex',
    },
    usd: 0.003275,
  },
  {
    // No price of this tier is known for this model.
    vendor: 'OpenAI, chat completions',
    what: 'a tier without a known price',
    model: 'openai/gpt-6-luna',
    body: { ...completion('gpt-6-luna', { prompt_tokens: 1000, completion_tokens: 500 }), service_tier: 'priority' },
    usd: null,
  },
  {
    // 100 x 2.50 + 1,000 x 32 + 50 x 10 + 500 x 64 = 250 + 32,000 + 500 + 32,000 = 64,750
    vendor: 'OpenAI, chat completions',
    what: 'sound in and out',
    model: 'openai/gpt-audio',
    body: completion('gpt-audio', {
      prompt_tokens: 1100,
      completion_tokens: 550,
      prompt_tokens_details: { audio_tokens: 1000 },
      completion_tokens_details: { audio_tokens: 500 },
    }),
    usd: 0.06475,
  },
  {
    // 272,001 x 0.20 + 100 x 0.75 = 54,400.2 + 75 = 54,475.2
    vendor: 'OpenAI, chat completions',
    what: 'the first long prompt',
    model: 'openai/gpt-6-luna',
    body: completion('gpt-6-luna', { prompt_tokens: 272_001, completion_tokens: 100 }),
    usd: 0.0544752,
  },
  {
    // 5,000 x 2 + 4,000 x 0.20 + 1,000 x 2.50 + 500 x 10 = 10,000 + 800 + 2,500 + 5,000 = 18,300; two searches 20,000.
    // Opening a page is no search.
    vendor: 'OpenAI, Responses',
    what: 'cache writes and searches',
    body: response(
      'gpt-6-sol',
      {
        input_tokens: 10_000,
        output_tokens: 500,
        input_tokens_details: { cached_tokens: 4000, cache_write_tokens: 1000 },
      },
      [search('search'), search('open_page'), search('search')],
    ),
    usd: 0.0383,
  },
  {
    // As the model behind the deployment: 600 x 2.50 + 400 x 1.25 + 500 x 10 = 7,000
    vendor: 'Azure',
    what: 'cache reads',
    body: completion('gpt-4o', { prompt_tokens: 1000, completion_tokens: 500, prompt_tokens_details: { cached_tokens: 400 } }),
    usd: 0.007,
  },
  {
    // (10 x 4 + 20,000 x 0.20 + 1,000 x 5 + 2,000 x 8 + 300 x 20) x 1.1 = 31,040 x 1.1 = 34,144; three searches 30,000
    vendor: 'Anthropic',
    what: 'both cache lifetimes, inference in the US, searches',
    body: claude('claude-opus-5-5', {
      input_tokens: 10,
      cache_read_input_tokens: 20_000,
      cache_creation_input_tokens: 3000,
      cache_creation: { ephemeral_5m_input_tokens: 1000, ephemeral_1h_input_tokens: 2000 },
      output_tokens: 300,
      server_tool_use: { web_search_requests: 3, web_fetch_requests: 9 },
      inference_geo: 'us',
      service_tier: 'standard',
    }),
    usd: 0.064144,
  },
  {
    // (100 x 5 + 50 x 25) x 2 = 3,500
    vendor: 'Anthropic',
    what: 'fast mode',
    model: 'anthropic/claude-opus-4-8',
    body: claude('claude-opus-4-8', { input_tokens: 100, output_tokens: 50, speed: 'fast', service_tier: 'standard' }),
    usd: 0.0035,
  },
  {
    // A prompt of 100,001: 5,000 x 0.50 + 90,000 x 0.05 + 5,001 x 0.625 + 10 x 2.50 = 2,500 + 4,500 + 3,125.625 + 25 = 10,150.625
    vendor: 'Anthropic',
    what: 'a prompt that is long only with its cached part',
    model: 'anthropic/claude-haiku-5-5',
    body: claude('claude-haiku-5-5', {
      input_tokens: 5000,
      cache_read_input_tokens: 90_000,
      cache_creation_input_tokens: 5001,
      output_tokens: 10,
    }),
    usd: 0.010150625,
  },
  {
    // ((700 + 50) x 0.75 + 300 x 0.075 + (40 + 60) x 3.75) / 2 = (562.5 + 22.5 + 375) / 2 = 480; two queries at 14,000
    vendor: 'Gemini',
    what: 'the flex tier, thoughts, tools and searches by the query',
    body: gemini(
      'gemini-3.8-flash',
      {
        promptTokenCount: 1000,
        cachedContentTokenCount: 300,
        toolUsePromptTokenCount: 50,
        candidatesTokenCount: 40,
        thoughtsTokenCount: 60,
        serviceTier: 'flex',
      },
      ['one', 'two'],
    ),
    usd: 0.02848,
  },
  {
    // 750 x 1.50 + 250 x 0.15 + 100 x 7.50 = 1,125 + 37.5 + 750 = 1,912.5
    vendor: 'Gemini',
    what: 'a price that was announced ahead',
    at: '2027-01-01T00:00:00Z',
    body: gemini('gemini-3.8-flash', { promptTokenCount: 1000, cachedContentTokenCount: 250, candidatesTokenCount: 100 }),
    usd: 0.0019125,
  },
  {
    // 100 x 0.30 + 2,000 x 1 + 50 x 2.50 = 30 + 2,000 + 125 = 2,155; one grounded prompt 35,000, whatever it asked
    vendor: 'Gemini',
    what: 'sound, and searches by the prompt',
    model: 'google/gemini-2.5-flash',
    body: gemini(
      'gemini-2.5-flash',
      { promptTokenCount: 2100, candidatesTokenCount: 50, promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 2000 }] },
      ['one', 'two', 'three'],
    ),
    usd: 0.037155,
  },
  {
    // 600 x 0.50 + 400 x 0.05 + 100 x 1.50 = 300 + 20 + 150 = 470
    vendor: 'Mistral',
    what: 'cache reads',
    model: 'mistral/mistral-large-2512',
    body: completion('mistral-large-2512', {
      prompt_tokens: 1000,
      completion_tokens: 100,
      total_tokens: 1100,
      prompt_tokens_details: { cached_tokens: 400 },
    }),
    usd: 0.00047,
  },
  {
    // A tenth dearer than the global profile: 100 x 4.40 + 1,000 x 0.22 + 200 x 5.50 + 100 x 8.80 + 50 x 22
    // = 440 + 220 + 1,100 + 880 + 1,100 = 3,740
    vendor: 'Bedrock',
    what: 'a regional profile, both cache lifetimes',
    model: 'bedrock/us.anthropic.claude-opus-5-5',
    body: {
      output: { message: { role: 'assistant', content: [{ text: 'Yes.' }] } },
      stopReason: 'end_turn',
      usage: {
        inputTokens: 100,
        outputTokens: 50,
        totalTokens: 1450,
        cacheReadInputTokens: 1000,
        cacheWriteInputTokens: 300,
        cacheDetails: [{ ttl: '1h', inputTokens: 100 }],
      },
      metrics: { latencyMs: 1 },
    },
    usd: 0.00374,
  },
  {
    vendor: 'Perplexity',
    what: 'its own bill, fees included',
    body: response('perplexity/sonar', {
      input_tokens: 1000,
      output_tokens: 100,
      cost: { currency: 'USD', input_cost: 0.00025, output_cost: 0.00025, total_cost: 0.008123 },
    }),
    usd: 0.008123,
  },
  {
    // By the list: 1,000 x 0.25 + 100 x 2.50 = 500
    vendor: 'Perplexity',
    what: 'a bill in another currency, flagged',
    body: response('perplexity/sonar', { input_tokens: 1000, output_tokens: 100, cost: { currency: 'EUR', total_cost: 0.008 } }),
    usd: 0.0005,
    source: 'implausible',
  },
  {
    // Above 200,000: 200,000 x 4 + 50,000 x 1 + (100 + 900) x 12 = 800,000 + 50,000 + 12,000 = 862,000
    vendor: 'xAI',
    what: 'a long prompt, reasoning beside the answer',
    body: completion('grok-4.6', {
      prompt_tokens: 250_000,
      completion_tokens: 100,
      total_tokens: 251_000,
      prompt_tokens_details: { cached_tokens: 50_000 },
      completion_tokens_details: { reasoning_tokens: 900 },
    }),
    usd: 0.862,
  },
  ...(
    [
      // 400 x 0.15 + 600 x 0.003 + 100 x 0.60 = 60 + 1.8 + 60 = 121.8
      ['off peak', '2026-11-24T12:00:00Z', 0.0001218],
      // twice that
      ['at a peak', '2026-11-24T02:00:00Z', 0.0002436],
      ['at that hour of a Sunday', '2026-11-22T02:00:00Z', 0.0001218],
    ] as const
  ).map(([what, at, usd]) => ({
    vendor: 'DeepSeek',
    what,
    at,
    body: completion('deepseek-flash', {
      prompt_tokens: 1000,
      prompt_cache_hit_tokens: 600,
      prompt_cache_miss_tokens: 400,
      completion_tokens: 100,
      total_tokens: 1100,
    }),
    usd,
  })),
  {
    // 500 x 0.15 + 500 x 0.075 + 100 x 0.60 = 75 + 37.5 + 60 = 172.5; `on_demand` is its word for the standard tier
    vendor: 'Groq',
    what: 'cache reads',
    body: {
      ...completion('openai/gpt-oss-120b', {
        prompt_tokens: 1000,
        completion_tokens: 100,
        total_tokens: 1100,
        prompt_tokens_details: { cached_tokens: 500 },
      }),
      service_tier: 'on_demand',
    },
    usd: 0.0001725,
  },
  {
    vendor: 'OpenRouter',
    what: 'its own bill',
    body: completion('openai/gpt-4o', { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100, cost: 0.000140625 }),
    usd: 0.000140625,
  },
  {
    // By what the model read, not by `billed_units`: 1,000 x 2.50 + 100 x 10 = 3,500
    vendor: 'Cohere',
    what: 'tokens',
    body: {
      id: 'c1',
      finish_reason: 'COMPLETE',
      message: { role: 'assistant', content: [{ type: 'text', text: 'Yes.' }] },
      usage: { billed_units: { input_tokens: 900, output_tokens: 100 }, tokens: { input_tokens: 1000, output_tokens: 100 } },
    },
    usd: 0.0035,
  },
  {
    // 1,000 x 0.65 + 100 x 2.75 = 925
    vendor: 'Replicate',
    what: 'tokens',
    body: {
      id: 'p1',
      status: 'succeeded',
      model: 'meta/meta-llama-3-70b-instruct',
      created_at: '2026-11-22T12:00:00Z',
      output: ['Yes.'],
      error: null,
      urls: {},
      metrics: { input_token_count: 1000, output_token_count: 100 },
    },
    usd: 0.000925,
  },
  {
    // 600 x 3 + 400 x 0.30 + 100 x 15 = 1,800 + 120 + 1,500 = 3,420
    vendor: 'moonshot',
    what: 'cache reads, counted beside the totals',
    model: 'moonshot/kimi-k3',
    body: completion('kimi-k3', { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100, cached_tokens: 400 }),
    usd: 0.00342,
  },
  {
    // 1,000 x 0.35 + 100 x 0.75 = 350 + 75 = 425; it has no rate of its own for the 400 that were cached
    vendor: 'cerebras',
    what: 'cache reads at the price of a fresh prompt',
    model: 'cerebras/gpt-oss-120b',
    body: completion('gpt-oss-120b', {
      prompt_tokens: 1000,
      completion_tokens: 100,
      total_tokens: 1100,
      prompt_tokens_details: { cached_tokens: 400 },
    }),
    usd: 0.000425,
  },
  {
    // 600 x 0.15 + 400 x 0.014 + 100 x 0.60 = 90 + 5.6 + 60 = 155.6
    vendor: 'fireworks',
    what: 'cache reads',
    model: 'fireworks/accounts/fireworks/models/gpt-oss-120b',
    body: completion('accounts/fireworks/models/gpt-oss-120b', {
      prompt_tokens: 1000,
      completion_tokens: 100,
      total_tokens: 1100,
      prompt_tokens_details: { cached_tokens: 400 },
    }),
    usd: 0.0001556,
  },
  {
    // (1,000 + 100) x 0.88 = 968
    vendor: 'together',
    what: 'one rate for everything',
    model: 'together/meta-llama/Llama-3.3-70B-Instruct-Turbo',
    body: completion('meta-llama/Llama-3.3-70B-Instruct-Turbo', {
      prompt_tokens: 1000,
      completion_tokens: 100,
      total_tokens: 1100,
    }),
    usd: 0.000968,
  },
  {
    // 600 x 1.40 + 400 x 0.26 + (30 + 70) x 4.40 = 840 + 104 + 440 = 1,384
    vendor: 'zai',
    what: 'cache reads and reasoning',
    model: 'zai/glm-5.3',
    body: completion('glm-5.3', {
      prompt_tokens: 1000,
      completion_tokens: 100,
      total_tokens: 1100,
      prompt_tokens_details: { cached_tokens: 400 },
      completion_tokens_details: { reasoning_tokens: 70 },
    }),
    usd: 0.001384,
  },
]

describe('a bill worked out by hand', () => {
  it.each(bills.map((bill) => [bill.vendor, bill.what, bill.usd, bill] as const))(
    '%s: %s, $%s',
    async (_vendor, _what, usd, bill) => {
      expect(await billOf(bill)).toEqual({ usd, source: bill.source ?? 'provider', ledger: usd ?? 0 })
    },
  )
})
