import { describe, expect, it } from 'vitest'
import { createCatalog, successor } from '../../src/catalog/catalog.ts'
import { perplexityModels } from '../../src/catalog/models/perplexity.ts'
import type { AdapterCall } from '../../src/contracts/adapter.ts'
import type { ChatCompletionChunk, ChatRequest } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { perplexity } from '../../src/providers/perplexity/index.ts'
import { describeAdapter, vendorSimulator } from '../../src/testing/index.ts'
import { perplexityDialect } from '../../src/testing/simulator/perplexity.ts'

describeAdapter({
  describe,
  it: Object.assign((name: string, run: () => Promise<void>) => it(name, run), {
    skip: (name: string) => expect.unreachable(name),
  }),
  name: 'perplexity',
  wire: perplexityDialect,
  create: perplexity,
  environment: process.env,
  embeddingModel: 'pplx-embed-v1-0.6b',
})

const request: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }

const answer = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_790_000_000,
  model: 'perplexity/sonar',
  status: 'completed',
  output: [
    {
      type: 'search_results',
      queries: ['q'],
      results: [
        { id: 1, url: 'https://one.example', title: 'One', snippet: '…' },
        { id: 2, url: 'https://two.example', title: 'Two', snippet: '…' },
        { id: 3, url: 'https://three.example', title: 'Three', snippet: '…' },
      ],
    },
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'It rains[2], they say[1][2].', annotations: [] }],
    },
  ],
  usage: {
    input_tokens: 100,
    input_tokens_details: { cache_read_input_tokens: 40, cache_creation_input_tokens: 10 },
    output_tokens: 20,
    total_tokens: 120,
    cost: { currency: 'USD', input_cost: 0.001, output_cost: 0.002, tool_calls_cost: 0.005, total_cost: 0.008 },
  },
}

const callOf = (fields: Partial<ChatRequest> = {}, over: Partial<AdapterCall> = {}): AdapterCall => ({
  model: 'perplexity/sonar',
  card: undefined,
  request: { ...request, ...fields },
  secret: new Secret('pplx-key-for-tests'),
  signal: new AbortController().signal,
  ...over,
})

function wired(reply: () => Response = () => Response.json(answer)) {
  const sent: { url: string; authorization: string | null; body: unknown }[] = []
  const adapter = perplexity({
    fetch: async (url, init) => {
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
      const authorization = new Headers(init?.headers).get('authorization')
      sent.push({ url: url instanceof Request ? url.url : String(url), authorization, body })
      return reply()
    },
  })
  return { adapter, sent }
}

async function bodyFor(fields: object, over: Partial<AdapterCall> = {}): Promise<unknown> {
  const { adapter, sent } = wired()
  await adapter.complete(callOf(Object.assign({ ...request }, fields), over))
  return sent[0]?.body
}

const supports = (fields: object) => perplexity().supports(Object.assign({ ...request }, fields), undefined, 'perplexity/sonar')

async function failureOf(work: Promise<unknown>) {
  try {
    await work
  } catch (error) {
    return perplexity().failure(error)
  }
  throw new Error('it succeeded')
}

async function read(...events: readonly object[]) {
  const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
  const { adapter } = wired(() => new Response(text, { headers: { 'content-type': 'text/event-stream' } }))
  const chunks: ChatCompletionChunk[] = []
  for await (const chunk of adapter.stream(callOf({ stream: true }))) chunks.push(chunk)
  return chunks
}

describe('a request to the Agent API', () => {
  it('has the fields that the vendor knows, and no others', async () => {
    const { adapter, sent } = wired()
    await adapter.complete(
      callOf({
        messages: [
          { role: 'system', content: 'Be brief.' },
          {
            role: 'user',
            name: 'ada',
            content: [
              { type: 'text', text: 'What?' },
              { type: 'image_url', image_url: { url: 'https://x.example/a.png', detail: 'low' } },
            ],
          },
          {
            role: 'assistant',
            content: 'Hm.',
            tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
          },
          { role: 'tool', tool_call_id: 'c1', content: 'rain' },
        ],
        temperature: 0.5,
        max_tokens: 100,
        reasoning_effort: 'high',
        seed: 1,
        user: 'u',
        verbosity: 'low',
        frequency_penalty: 1,
        logit_bias: {},
        stream_options: null,
        tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
        tool_choice: { type: 'function', function: { name: 'f' } },
        response_format: { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object' } } },
      }),
    )
    expect(sent).toEqual([
      {
        url: 'https://api.perplexity.ai/v1/responses',
        authorization: 'Bearer pplx-key-for-tests',
        body: {
          model: 'perplexity/sonar',
          input: [
            { type: 'message', role: 'system', content: 'Be brief.' },
            {
              type: 'message',
              role: 'user',
              content: [
                { type: 'input_text', text: 'What?' },
                { type: 'input_image', image_url: 'https://x.example/a.png' },
              ],
            },
            { type: 'message', role: 'assistant', content: 'Hm.' },
            { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
            { type: 'function_call_output', call_id: 'c1', output: 'rain' },
          ],
          temperature: 0.5,
          max_output_tokens: 100,
          reasoning: { effort: 'high' },
          response_format: { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object' } } },
          tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: false }],
          tool_choice: { name: 'f' },
          store: false,
        },
      },
    ])
  })

  it('is accepted by a vendor that refuses every field that it does not know', async () => {
    await using simulator = await vendorSimulator({ dialects: [perplexityDialect] })
    const adapter = perplexity({ baseURL: simulator.door('perplexity').baseURL })
    const fields = {
      seed: 1,
      user: 'u',
      made_up: 1,
      response_format: { type: 'json_object' },
      web_search_options: { user_location: { type: 'approximate', approximate: { city: 'Oslo', timezone: 'Europe/Oslo' } } },
      search_recency_filter: 'week',
    }
    const { choices, usage } = await adapter.complete(callOf(Object.assign({ ...request }, fields)))
    expect(choices[0]?.message.annotations).toMatchObject([{ url_citation: { url: 'https://example.com/' } }])
    expect(usage).toMatchObject({ cost: { currency: 'USD' } })
  })

  it('searches only where it is asked to', async () => {
    expect(await bodyFor({})).not.toHaveProperty('tools')
    expect(
      await bodyFor({
        web_search_options: { search_context_size: 'low', user_location: { type: 'approximate', approximate: { country: 'NO' } } },
        search_domain_filter: ['example.com'],
      }),
    ).toMatchObject({
      tools: [
        {
          type: 'web_search',
          search_context_size: 'low',
          user_location: { country: 'NO' },
          filters: { search_domain_filter: ['example.com'] },
        },
      ],
    })
    const body = await bodyFor({ search_recency_filter: 'day' })
    expect(body).toMatchObject({ tools: [{ type: 'web_search', filters: { search_recency_filter: 'day' } }] })
    expect(body).not.toHaveProperty('search_recency_filter')
  })

  it('names presets as such, and gives the limit that one vendor’s models demand', async () => {
    const ofPreset = await bodyFor({}, { model: 'preset/low' })
    expect(ofPreset).toMatchObject({ preset: 'low' })
    expect(ofPreset).not.toHaveProperty('model')
    expect(await bodyFor({}, { model: 'anthropic/claude-sonnet-5-5' })).toMatchObject({ max_output_tokens: 32_000 })
  })

  it('takes the vendor’s own parameters as provider options', async () => {
    expect(await bodyFor({}, { providerOptions: { max_steps: 3, models: ['a', 'b'] } })).toMatchObject({
      max_steps: 3,
      models: ['a', 'b'],
    })
  })

  it('is refused before any call where it changes the contract, and tells what it leaves out', () => {
    expect(supports({ n: 2 })).toMatchObject({ level: 'no', field: 'n' })
    expect(supports({ stop: 'x' })).toMatchObject({ level: 'no', field: 'stop' })
    expect(supports({ logprobs: true })).toMatchObject({ level: 'no', field: 'logprobs' })
    expect(supports({ tools: [{ type: 'custom', custom: { name: 'c' } }] })).toMatchObject({ level: 'no', field: 'tools[0]' })
    const file = [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }]
    expect(supports({ messages: file })).toMatchObject({ level: 'no', field: 'messages[0].content[0].file' })
    expect(supports({ response_format: { type: 'json_object' } })).toEqual({
      level: 'emulated',
      dropped: [],
      unenforced: ['response_format'],
    })
    expect(supports({ seed: 1, presence_penalty: 0, service_tier: 'flex', made_up: 1, reasoning_effort: 'none' })).toEqual({
      level: 'yes',
      dropped: ['seed', 'service_tier', 'made_up', 'reasoning_effort'],
    })
  })
})

/** A citation. */
const at = (start_index: number, end_index: number, url: string, title: string) => ({
  type: 'url_citation',
  url_citation: { start_index, end_index, url, title },
})

describe('an answer of the Agent API', () => {
  it('has what its search found as citations, at the places that name them, and the real bill', async () => {
    const { adapter } = wired()
    const completion = await adapter.complete(callOf())
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: {
        content: 'It rains[2], they say[1][2].',
        annotations: [
          at(21, 24, 'https://one.example', 'One'),
          at(8, 11, 'https://two.example', 'Two'),
          at(24, 27, 'https://two.example', 'Two'),
          at(0, 28, 'https://three.example', 'Three'),
        ],
      },
    })
    expect(completion).toMatchObject({
      citations: ['https://one.example', 'https://two.example', 'https://three.example'],
      usage: {
        prompt_tokens: 100,
        completion_tokens: 20,
        total_tokens: 120,
        prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 10 },
        cost: { total_cost: 0.008 },
      },
    })
    expect(completion.choices[0]?.message).not.toHaveProperty('provider_state')
  })

  it('is the same as a stream, with what the vendor thinks on the way', async () => {
    const chunks = await read(
      { type: 'response.created', response: { ...answer, status: 'in_progress', output: [] } },
      { type: 'response.reasoning.started', thought: 'Looking.' },
      { type: 'response.reasoning.search_queries', queries: ['q'] },
      { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 1, content_index: 0, delta: 'It rains[2], they ' },
      { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 1, content_index: 0, delta: 'say[1][2].' },
      { type: 'response.output_text.done', item_id: 'msg_1', output_index: 1, text: 'It rains[2], they say[1][2].' },
      { type: 'response.output_item.done', output_index: 1, item: answer.output[1] },
      { type: 'response.completed', response: answer },
    )
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('It rains[2], they say[1][2].')
    expect(chunks[1]?.choices[0]?.delta).toEqual({ reasoning_content: 'Looking.' })
    expect(chunks.at(-2)).toMatchObject({
      citations: ['https://one.example', 'https://two.example', 'https://three.example'],
      choices: [{ finish_reason: 'stop', delta: { annotations: [{}, {}, {}, {}] } }],
    })
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 120, cost: { total_cost: 0.008 } } })
  })

  it('is a failure where it says so, whatever its HTTP status', async () => {
    const failed = { ...answer, status: 'failed', output: [], error: { code: 'gateway_timeout', message: 'Too slow.' } }
    const { adapter } = wired(() => Response.json(failed))
    expect(await failureOf(adapter.complete(callOf()))).toMatchObject({ kind: 'server', message: 'Too slow.' })
    const error = { message: 'Too many.', type: 'request_rate_limit_exceeded' }
    expect(await failureOf(read({ type: 'response.failed', error }))).toMatchObject({ kind: 'rate_limit', message: 'Too many.' })
    expect(await failureOf(read({ type: 'error', error }))).toMatchObject({ kind: 'rate_limit' })
    expect(await failureOf(read({ type: 'response.cancelled', response: { ...answer, status: 'cancelled' } }))).toMatchObject({
      kind: 'server',
    })
  })

  it('gets the signatures of its calls back', async () => {
    const call = {
      type: 'function_call',
      id: 'fc_1',
      status: 'completed',
      call_id: 'c1',
      name: 'f',
      arguments: '{}',
      thought_signature: 's',
    }
    const { adapter } = wired(() => Response.json({ ...answer, output: [call] }))
    const { choices } = await adapter.complete(callOf())
    expect(choices[0]?.finish_reason).toBe('tool_calls')
    const messages: unknown = JSON.parse(JSON.stringify([choices[0]?.message, { role: 'tool', tool_call_id: 'c1', content: 'x' }]))
    expect(await bodyFor({ messages })).toMatchObject({
      input: [
        { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}', thought_signature: 's' },
        { type: 'function_call_output', call_id: 'c1', output: 'x' },
      ],
    })
  })
})

describe('older names of its models', () => {
  const catalog = createCatalog(perplexityModels)

  it.each([
    ['pplx-7b', 'perplexity/sonar'],
    ['sonar', 'perplexity/sonar'],
    ['sonar-pro', 'preset/low'],
    ['sonar-reasoning', 'preset/low'],
    ['sonar-deep-research', 'preset/medium'],
  ])('%s is now %s', (name, replacement) => {
    const card = catalog.find('perplexity', name)
    expect(card && successor(catalog, card, Date.parse('2026-11-22'))?.id).toBe(replacement)
  })
})
