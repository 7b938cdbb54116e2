import fc from 'fast-check'
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream'
import { describe, expect, it } from 'vitest'
import type { AdapterCall } from '../../src/contracts/adapter.ts'
import type { ChatCompletionChunk, ChatRequest } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { createRouter, memoryKeys } from '../../src/index.ts'
import { openai } from '../../src/providers/openai/index.ts'
import { describeAdapter, vendorSimulator } from '../../src/testing/index.ts'

describeAdapter({
  describe,
  it,
  name: 'openai (Responses)',
  wire: 'openai',
  model: 'gpt-6-sol',
  create: (wire) => openai({ ...wire, api: 'responses' }),
  environment: process.env,
})

const question: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }
const usage = {
  input_tokens: 30,
  input_tokens_details: { cached_tokens: 10, cache_write_tokens: 5, cache_write_tokens_details: { ttl_30m: 1, ttl_12h: 4 } },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 12 },
  total_tokens: 50,
}
const said = (text: string, more: object = {}) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [], ...more }],
})
const thought = { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }], encrypted_content: 'gAAA' }
const called = (call_id = 'call_1', args = '{"a":1}') => ({
  id: `fc_${call_id}`,
  type: 'function_call',
  status: 'completed',
  call_id,
  name: 'f',
  arguments: args,
})
const responseOf = (output: readonly object[], more: object = {}) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1_700_000_000,
  status: 'completed',
  model: 'gpt-6-sol-2026-08-01',
  error: null,
  incomplete_details: null,
  service_tier: 'default',
  output,
  usage,
  ...more,
})

const callOf = (fields: Partial<ChatRequest> = {}, over: Partial<AdapterCall> = {}): AdapterCall => ({
  model: 'gpt-6-sol',
  card: undefined,
  request: { ...question, ...fields },
  secret: new Secret('sk-a-key-for-tests'),
  signal: new AbortController().signal,
  ...over,
})

/** What is sent for a request. */
async function sentFor(fields: Partial<ChatRequest>, over: Partial<AdapterCall> = {}): Promise<unknown> {
  let body: unknown
  const adapter = openai({
    api: 'responses',
    fetch: async (_, init) => {
      body = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
      return Response.json(responseOf([said('x')]))
    },
  })
  await adapter.complete(callOf(fields, over))
  return body
}

const answered = (response: unknown) => openai({ api: 'responses', fetch: async () => Response.json(response) }).complete(callOf())

async function failureOf(work: Promise<unknown>) {
  try {
    await work
  } catch (error) {
    return openai().failure(error)
  }
  throw new Error('it succeeded')
}

const frame = (event: object) => `data: ${JSON.stringify(event)}\n\n`

async function read(pieces: readonly (string | Uint8Array)[]) {
  const bytes = pieces.map((piece) => (typeof piece === 'string' ? new TextEncoder().encode(piece) : piece))
  const adapter = openai({
    api: 'responses',
    fetch: async () => new Response(ReadableStream.from(bytes), { headers: { 'content-type': 'text/event-stream' } }),
  })
  const chunks: ChatCompletionChunk[] = []
  try {
    for await (const chunk of adapter.stream(callOf({ stream: true }))) chunks.push(chunk)
  } catch (error) {
    return { chunks, failure: adapter.failure(error) }
  }
  return { chunks, failure: undefined }
}

const readEvents = async (...events: readonly object[]) => read(events.map(frame))

/** The answer that the SDK's own accumulator makes of the chunks. */
async function accumulated(chunks: readonly ChatCompletionChunk[]) {
  const lines = chunks.map((each) => `${JSON.stringify(each)}\n`).join('')
  return ChatCompletionStream.fromReadableStream(new Blob([lines]).stream()).finalChatCompletion()
}

/** Everything that the deltas carry in this field, joined. */
const joined = (chunks: readonly ChatCompletionChunk[], field: string) =>
  chunks
    .map(({ choices }) => {
      const value: unknown = new Map<string, unknown>(Object.entries(choices[0]?.delta ?? {})).get(field)
      return typeof value === 'string' ? value : ''
    })
    .join('')

describe('a chat request as a Responses request', () => {
  it('says the same in other words, keeps nothing at the vendor and asks for encrypted reasoning', async () => {
    expect(
      await sentFor({
        messages: [
          { role: 'system', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What?' },
              { type: 'image_url', image_url: { url: 'https://x.example/a.png' } },
              { type: 'file', file: { file_data: 'data:application/pdf;base64,AA', filename: 'a.pdf' } },
            ],
          },
          {
            role: 'assistant',
            content: 'Look:',
            tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '' } }],
          },
          { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'rain' }] },
        ],
        tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } }],
        tool_choice: { type: 'function', function: { name: 'f' } },
        response_format: { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object' }, strict: true } },
        reasoning_effort: 'high',
        verbosity: 'low',
        max_completion_tokens: 50,
        parallel_tool_calls: false,
        metadata: { a: 'b' },
        prompt_cache_key: 'k',
      }),
    ).toEqual({
      model: 'gpt-6-sol',
      input: [
        { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Be brief.' }] },
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'What?' },
            { type: 'input_image', image_url: 'https://x.example/a.png', detail: 'auto' },
            { type: 'input_file', file_data: 'data:application/pdf;base64,AA', filename: 'a.pdf' },
          ],
        },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Look:' }] },
        { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: [{ type: 'input_text', text: 'rain' }] },
      ],
      tools: [{ type: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: false }],
      tool_choice: { type: 'function', name: 'f' },
      text: { format: { type: 'json_schema', name: 's', schema: { type: 'object' }, strict: true }, verbosity: 'low' },
      reasoning: { effort: 'high' },
      max_output_tokens: 50,
      parallel_tool_calls: false,
      metadata: { a: 'b' },
      prompt_cache_key: 'k',
      store: false,
      include: ['reasoning.encrypted_content'],
    })
  })

  it('leaves out what chat completions alone have', async () => {
    const body = await sentFor(
      { seed: 1, stop: ['x'], n: 1, logit_bias: { 1: 1 }, presence_penalty: 1, stream_options: null, max_tokens: 3 },
      { model: 'gpt-4o' },
    )
    expect(body).toEqual({
      model: 'gpt-4o',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
      max_output_tokens: 16,
      store: false,
      include: ['reasoning.encrypted_content'],
    })
  })

  it('turns every choice of tools, custom tools and the search', async () => {
    const grammar = { definition: 'start: "a"', syntax: 'lark' } as const
    const tools: ChatRequest['tools'] = [
      { type: 'function', function: { name: 'f' } },
      { type: 'custom', custom: { name: 'c', format: { type: 'grammar', grammar } } },
    ]
    const location = { type: 'approximate', approximate: { country: 'DE' } } as const
    expect(
      await sentFor({
        tools,
        web_search_options: { search_context_size: 'low', user_location: location },
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
        },
      }),
    ).toMatchObject({
      tools: [
        { type: 'function', name: 'f', parameters: { type: 'object', properties: {} }, strict: false },
        { type: 'custom', name: 'c', format: { type: 'grammar', ...grammar } },
        { type: 'web_search', search_context_size: 'low', user_location: { type: 'approximate', country: 'DE' } },
      ],
      tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
    })
    for (const choice of ['none', 'auto', 'required'] as const)
      expect(await sentFor({ tools, tool_choice: choice })).toMatchObject({ tool_choice: choice })
    expect(await sentFor({ tools, tool_choice: { type: 'custom', custom: { name: 'c' } } })).toMatchObject({
      tool_choice: { type: 'custom', name: 'c' },
    })
  })

  it('merges provider options last, and adds what they include', async () => {
    expect(
      await sentFor(
        { reasoning_effort: 'low' },
        { providerOptions: { reasoning: { summary: 'auto' }, include: ['web_search_call.action.sources'], truncation: 'auto' } },
      ),
    ).toMatchObject({
      reasoning: { effort: 'low', summary: 'auto' },
      include: ['reasoning.encrypted_content', 'web_search_call.action.sources'],
      truncation: 'auto',
    })
  })

  it('gives ids that are too long one of their own, the same for call and result', async () => {
    const long = 'x'.repeat(65)
    const messages: ChatRequest['messages'] = [
      {
        role: 'assistant',
        tool_calls: ['call_1', long].map((id) => ({ id, type: 'function' as const, function: { name: 'f', arguments: '{}' } })),
      },
      { role: 'tool', tool_call_id: long, content: 'b' },
      { role: 'tool', tool_call_id: 'call_1', content: 'a' },
    ]
    expect(await sentFor({ messages })).toMatchObject({
      input: [{ call_id: 'call_1' }, { call_id: 'call_2' }, { call_id: 'call_2', output: 'b' }, { call_id: 'call_1', output: 'a' }],
    })
  })
})

describe('reasoning that goes back to its owner', () => {
  const items = [thought, said('Let me look.'), called()]

  async function next(edit: (message: object) => object = (message) => message) {
    const { choices } = await answered(responseOf(items))
    const own: unknown = JSON.parse(JSON.stringify(edit({ ...choices[0]?.message })))
    const messages = [...question.messages, own, { role: 'tool', tool_call_id: 'call_1', content: 'rain' }]
    return sentFor(Object.assign({ ...question }, { messages }))
  }

  it('is replayed verbatim, before its call', async () => {
    expect(await next()).toMatchObject({ input: [{ role: 'user' }, ...items, { type: 'function_call_output', call_id: 'call_1' }] })
  })

  it('stays at home where the caller changed the turn, and where it is not ours', async () => {
    expect(JSON.stringify(await next((message) => ({ ...message, content: 'Changed.' })))).not.toContain('gAAA')
    const foreign = { v: 1, provider: 'someone-else', model: 'm', blocks: items }
    expect(JSON.stringify(await next((message) => ({ ...message, provider_state: foreign })))).not.toMatch(/gAAA|provider_state/)
  })

  it('comes back through the router, streamed or not, to a vendor that checks it', async () => {
    await using simulator = await vendorSimulator()
    const client = createRouter({
      providers: [openai({ baseURL: simulator.openai.baseURL })],
      keys: memoryKeys({ OPENAI_API_KEY: 'sk-a-key-for-tests' }),
      maxRetries: 0,
    })
    const tools = [{ type: 'function' as const, function: { name: 'f' } }]
    const ask = { model: 'gpt-6-sol', tools, messages: question.messages }
    const reply = { reasoning: 'Two cities.', toolCalls: [{ name: 'f' }] }
    simulator.queue('openai', reply, reply)
    const whole = await client.chat.completions.create(ask)
    const streamed = await client.chat.completions.stream(ask).finalChatCompletion()
    for (const { choices } of [whole, streamed]) {
      const message = choices[0]?.message
      const id = message?.tool_calls?.[0]?.id ?? ''
      const turn: unknown = JSON.parse(JSON.stringify([message, { role: 'tool', tool_call_id: id, content: 'x' }]))
      const messages = [...question.messages, ...(Array.isArray(turn) ? turn : [])]
      await client.chat.completions.create({ ...ask, ...Object.assign({ messages: question.messages }, { messages }) })
      expect(simulator.requests.at(-1)).toMatchObject({
        body: { input: [{ role: 'user' }, { type: 'reasoning' }, { type: 'function_call' }, { type: 'function_call_output' }] },
      })
    }
    await client.close()
  })

  it('that another organisation encrypted makes this target unusable, and blames nobody', async () => {
    const error = { message: 'The encrypted content could not be verified.', code: 'invalid_encrypted_content' }
    const adapter = openai({ api: 'responses', fetch: async () => Response.json({ error }, { status: 400 }) })
    expect(await failureOf(adapter.complete(callOf()))).toMatchObject({ kind: 'unusable', status: 400 })
  })

  it('is not kept where it was not encrypted: the vendor has forgotten it', async () => {
    const { choices } = await answered(responseOf([{ ...thought, encrypted_content: null }, said('Hi')]))
    expect(choices[0]?.message).not.toHaveProperty('provider_state')
    expect(choices[0]?.message).toMatchObject({ content: 'Hi', reasoning_content: 'Hm.' })
  })
})

describe('a response as a completion', () => {
  it('has its text, reasoning, calls, usage and head', async () => {
    expect(await answered(responseOf([thought, said('Hello '), called(), called('call_2', '')]))).toEqual({
      id: 'resp_1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'gpt-6-sol-2026-08-01',
      service_tier: 'default',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          logprobs: null,
          message: {
            role: 'assistant',
            content: 'Hello ',
            refusal: null,
            reasoning_content: 'Hm.',
            tool_calls: [
              { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
              { id: 'call_2', type: 'function', function: { name: 'f', arguments: '{}' } },
            ],
            provider_state: {
              v: 1,
              provider: 'openai',
              model: 'gpt-6-sol-2026-08-01',
              blocks: [thought, said('Hello '), called(), called('call_2', '')],
            },
          },
        },
      ],
      usage: {
        prompt_tokens: 30,
        completion_tokens: 20,
        total_tokens: 50,
        prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 5, cache_write_1h_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 12 },
      },
    })
  })

  it('places citations in the whole text, and says refusals', async () => {
    const cited = { annotations: [{ type: 'url_citation', url: 'https://x.example', title: 'X', start_index: 1, end_index: 3 }] }
    const { choices } = await answered(responseOf([said('12345'), said('abc', cited)]))
    expect(choices[0]?.message).toMatchObject({
      content: '12345abc',
      annotations: [{ type: 'url_citation', url_citation: { url: 'https://x.example', title: 'X', start_index: 6, end_index: 8 } }],
    })
    const refusal = { ...said(''), content: [{ type: 'refusal', refusal: 'No.' }] }
    expect((await answered(responseOf([refusal]))).choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: null, refusal: 'No.' },
    })
  })

  it.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'content_filter'],
    ['steered', 'stop'],
    ['something_new', 'length'],
  ])('ends for %s with %s', async (reason, finish) => {
    const cut = responseOf([said('a')], { status: 'incomplete', incomplete_details: { reason } })
    expect((await answered(cut)).choices[0]?.finish_reason).toBe(finish)
    const { chunks } = await readEvents({ type: 'response.incomplete', response: cut })
    expect((await accumulated(chunks)).choices[0]).toMatchObject({ finish_reason: finish, message: { content: 'a' } })
  })

  it.each([
    ['server_error', 'server'],
    ['rate_limit_exceeded', 'rate_limit'],
    ['invalid_prompt', 'content_filter'],
    ['bio_policy', 'content_filter'],
    ['invalid_image_format', 'invalid_request'],
    ['invalid_image_url', 'media'],
  ])('that failed with %s is an error of its own kind: %s', async (code, kind) => {
    const failed = responseOf([], { status: 'failed', error: { code, message: 'The words of the vendor.' } })
    const expected = { kind, code, message: 'The words of the vendor.' }
    expect(await failureOf(answered(failed))).toMatchObject(expected)
    expect((await readEvents({ type: 'response.failed', response: failed })).failure).toMatchObject(expected)
    expect((await readEvents({ type: 'error', code, message: expected.message })).failure).toMatchObject(expected)
  })

  it.each([
    ['cancelled', responseOf([], { status: 'cancelled' }), 'server'],
    ['queued', responseOf([], { status: 'queued' }), 'malformed'],
    ['without output', { id: 'resp_1', status: 'completed' }, 'malformed'],
    ['with nothing in it', responseOf([]), 'malformed'],
    ['of reasoning alone', responseOf([thought]), 'malformed'],
  ])('%s is none', async (_name, response, kind) => {
    expect(await failureOf(answered(response))).toMatchObject({ kind })
  })
})

const created = { type: 'response.created', response: responseOf([], { status: 'in_progress', usage: null }) }
const end = (output: readonly object[]) => ({ type: 'response.completed', response: responseOf(output) })

describe('a stream of response events', () => {
  const items = [
    thought,
    said('Hello 😀', { annotations: [{ type: 'url_citation', url: 'https://x.example' }] }),
    called(),
    called('call_2', '{}'),
  ]
  const events = [
    created,
    { type: 'response.in_progress' },
    { type: 'response.output_item.added', output_index: 0, item: { ...thought, encrypted_content: 'gA' } },
    { type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', summary_index: 0, delta: 'Hm' },
    { type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', summary_index: 0, delta: '.' },
    { type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', summary_index: 1, delta: 'So.' },
    { type: 'response.output_item.done', output_index: 0, item: thought },
    { type: 'response.output_item.added', output_index: 1, item: { ...said(''), content: [] } },
    { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 1, delta: 'Hello ' },
    { type: 'response.something_new', delta: 'x' },
    { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 1, delta: '😀' },
    { type: 'response.output_text.done', item_id: 'msg_1', output_index: 1, text: 'Hello 😀' },
    { type: 'response.output_item.done', output_index: 1, item: items[1] },
    { type: 'response.output_item.added', output_index: 2, item: { ...called(), arguments: '' } },
    { type: 'response.output_item.added', output_index: 3, item: { ...called('call_2'), arguments: '' } },
    { type: 'response.function_call_arguments.delta', item_id: 'fc_call_1', output_index: 2, delta: '{"a"' },
    { type: 'response.function_call_arguments.delta', item_id: 'fc_call_1', output_index: 2, delta: ':1}' },
    { type: 'response.function_call_arguments.done', item_id: 'fc_call_1', output_index: 2, arguments: '{"a":1}' },
    { type: 'response.output_item.done', output_index: 2, item: called() },
    { type: 'response.output_item.done', output_index: 3, item: { ...called('call_2'), arguments: '' } },
    end(items.with(3, { ...called('call_2'), arguments: '' })),
  ]
  const unary = async () => answered(responseOf(items))

  it('adds up to the same answer', async () => {
    const { chunks, failure } = await readEvents(...events)
    expect(failure).toBeUndefined()
    const [whole, { choices, ...head }] = [await accumulated(chunks), await unary()]
    const message = choices[0]?.message
    expect(whole.choices[0]?.message).toMatchObject({ content: message?.content, tool_calls: message?.tool_calls })
    expect(whole).toMatchObject({ id: head.id, created: head.created, model: head.model, usage: head.usage })
    expect(whole.choices[0]?.finish_reason).toBe('tool_calls')
    expect(joined(chunks, 'reasoning_content')).toBe('Hm.\n\nSo.')
    expect(chunks.at(-2)?.choices[0]?.delta).toMatchObject({
      annotations: [{ url_citation: { url: 'https://x.example' } }],
      provider_state: { v: 1, provider: 'openai', blocks: [thought, items[1], called(), { call_id: 'call_2' }] },
    })
  })

  it('keeps OpenAI’s grammar: one role, calls in order, one finish, then usage', async () => {
    const { chunks } = await readEvents(...events)
    expect(chunks.filter(({ choices }) => choices[0]?.delta.role !== undefined)).toHaveLength(1)
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' })
    expect(chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])).toEqual([
      { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } },
      { index: 1, id: 'call_2', type: 'function', function: { name: 'f', arguments: '' } },
      { index: 0, function: { arguments: '{"a"' } },
      { index: 0, function: { arguments: ':1}' } },
      { index: 1, function: { arguments: '{}' } },
    ])
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason ?? null).filter(Boolean)).toEqual(['tool_calls'])
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 50 } })
  })

  it('is the same however its bytes are cut', async () => {
    const text = events.map(frame).join('')
    const bytes = new TextEncoder().encode(text)
    const whole = await read([bytes])
    expect(await read([text.replaceAll('\n', '\r\n')])).toEqual(whole)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }), async (cuts) => {
        const at = [0, ...cuts.toSorted((left, right) => left - right), bytes.length]
        expect(await read(at.slice(1).map((to, index) => bytes.slice(at[index], to)))).toEqual(whole)
      }),
      { numRuns: 60 },
    )
  })

  it('is no answer wherever it is cut off: what came is handed over, and then it fails', async () => {
    for (let length = 0; length < events.length; length += 1) {
      const { chunks, failure } = await readEvents(...events.slice(0, length))
      expect(failure).toMatchObject({ kind: 'truncated' })
      expect(chunks.every(({ choices }) => (choices[0]?.finish_reason ?? null) === null)).toBe(true)
      expect('Hello 😀'.startsWith(joined(chunks, 'content'))).toBe(true)
    }
  })

  it('needs no more than its terminal event', async () => {
    const { chunks, failure } = await readEvents(end(items))
    expect(failure).toBeUndefined()
    expect((await accumulated(chunks)).choices[0]?.message).toMatchObject({ ...(await unary()).choices[0]?.message })
  })

  it('reads nothing behind it', async () => {
    const whole = await readEvents(...events)
    expect(await readEvents(...events, { type: 'response.output_text.delta', delta: 'more' })).toEqual(whole)
    expect(await read([...events.map(frame), 'data: [DONE]\n\n'])).toEqual(whole)
    expect(await read([...events.map(frame), 'data: {broken\n\n'])).toEqual(whole)
  })

  it('takes a whole answer for what it is', async () => {
    const adapter = openai({ api: 'responses', fetch: async () => Response.json(responseOf(items)) })
    const chunks: ChatCompletionChunk[] = []
    for await (const chunk of adapter.stream(callOf({ stream: true }))) chunks.push(chunk)
    expect(joined(chunks, 'content')).toBe('Hello 😀')
    expect(chunks.at(-1)?.usage?.total_tokens).toBe(50)
  })
})

describe('a server that knows chat completions alone', () => {
  const head = { id: 'x', created: 1, model: 'm' }

  it('is understood all the same', async () => {
    const message = { role: 'assistant', content: 'Hi' }
    const choices = [{ index: 0, message, finish_reason: 'stop', logprobs: null }]
    expect((await answered({ ...head, object: 'chat.completion', choices })).choices).toEqual(choices)
    const chunk = (delta: object, finish_reason: string | null = null) => ({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason }],
    })
    const whole = [chunk({ role: 'assistant', content: '' }), chunk({ content: 'Hi' }), chunk({}, 'stop')]
    const { chunks, failure } = await read([...whole.map(frame), 'data: [DONE]\n\n'])
    expect(failure).toBeUndefined()
    expect((await accumulated(chunks)).choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Hi' } })
    expect((await readEvents(...whole.slice(0, 2))).failure).toMatchObject({ kind: 'truncated' })
  })
})

/** Output items of any kind, and the events that a vendor could send for them, in pieces and in any mixture. */
const anyItem = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: fc.string({ minLength: 1, unit: 'binary' }) }),
  fc.record({ kind: fc.constant('call' as const), text: fc.jsonValue().map((value) => JSON.stringify({ value })) }),
  fc.record({ kind: fc.constant('thought' as const), text: fc.string({ minLength: 1 }) }),
)

/** The order in which parallel items arrive is the vendor's; what they are made of is not. */
// By code, not by language: there control characters count for nothing and would stay in the order they came in.
const letters = (text: string) => Array.from(text).toSorted((left, right) => Number(left > right) - Number(left < right))

describe('any stream of response events', () => {
  interface Item {
    readonly kind: 'text' | 'call' | 'thought'
    readonly text: string
  }

  function wireItem({ kind, text }: Item, index: number): Record<string, unknown> {
    const id = `item_${index}`
    if (kind === 'text') return { ...said(text), id }
    if (kind === 'call') return { ...called(`call_${index}`, text), id }
    return { id, type: 'reasoning', summary: [{ type: 'summary_text', text }], encrypted_content: 'e' }
  }

  const deltaTypes = {
    text: 'response.output_text.delta',
    call: 'response.function_call_arguments.delta',
    thought: 'response.reasoning_summary_text.delta',
  } as const

  function eventsFor(item: Item, output_index: number, way: { announced: boolean; pieces: number; closed: boolean }): object[] {
    const whole = wireItem(item, output_index)
    const empty = item.kind === 'call' ? { ...whole, arguments: '' } : { ...whole, content: [], summary: [] }
    const size = Math.max(1, Math.ceil(item.text.length / way.pieces))
    const pieces = way.announced ? (item.text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []) : []
    return [
      ...(way.announced ? [{ type: 'response.output_item.added', output_index, item: empty }] : []),
      ...pieces.map((delta) => ({ type: deltaTypes[item.kind], output_index, item_id: whole['id'], summary_index: 0, delta })),
      ...(way.closed ? [{ type: 'response.output_item.done', output_index, item: whole }] : []),
    ]
  }

  const way = fc.record({ announced: fc.boolean(), pieces: fc.integer({ min: 1, max: 4 }), closed: fc.boolean() })

  it('gives one role, calls numbered as they appear, one finish and one usage, and the text of the answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(anyItem, way), { minLength: 1, maxLength: 5 }), async (script) => {
        fc.pre(script.some(([{ kind }]) => kind !== 'thought'))
        const items = script.map(([item], index) => wireItem(item, index))
        const { chunks, failure } = await readEvents(
          created,
          ...script.flatMap(([item, how], index) => eventsFor(item, index, how)),
          end(items),
        )
        expect(failure).toBeUndefined()
        expect(chunks.filter(({ choices }) => choices[0]?.delta.role !== undefined)).toHaveLength(1)
        const finishes = chunks.filter(({ choices }) => (choices[0]?.finish_reason ?? null) !== null)
        expect(finishes).toEqual([chunks.at(-2)])
        expect(chunks.filter((chunk) => chunk.usage)).toEqual([chunks.at(-1)])
        const firsts = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []).filter(({ id }) => id !== undefined)
        expect(firsts.map(({ index }) => index)).toEqual(firsts.map((_, index) => index))
        const text = script.map(([{ kind, text: words }]) => (kind === 'text' ? words : ''))
        const thoughts = script.map(([{ kind, text: words }]) => (kind === 'thought' ? words : ''))
        expect(joined(chunks, 'reasoning_content').replaceAll('\n\n', '').length).toBeGreaterThanOrEqual(
          thoughts.join('').replaceAll('\n\n', '').length,
        )
        expect(letters(joined(chunks, 'content'))).toEqual(letters(text.join('')))
        const calls = (await accumulated(chunks)).choices[0]?.message.tool_calls ?? []
        const wanted = script.flatMap(([{ kind, text: args }], index) =>
          kind === 'call' ? [[`call_${index}`, args] as const] : [],
        )
        expect(new Map(calls.map((each) => [each.id, each.type === 'function' ? each.function.arguments : '']))).toEqual(
          new Map(wanted),
        )
      }),
      { numRuns: 150 },
    )
  })
})
