import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import OpenAI from 'openai'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { AdapterCall } from '../../src/contracts/adapter.ts'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { ModelyardError } from '../../src/errors.ts'
import { openai } from '../../src/providers/openai/index.ts'
import type { OpenAIOptions } from '../../src/providers/openai/index.ts'

const secret = new Secret('sk-a-key-for-tests')
const request: ChatRequest = { model: 'whatever', messages: [{ role: 'user', content: 'Hi' }] }

const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello', refusal: null }, logprobs: null, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

function callOf(over: Partial<AdapterCall> = {}): AdapterCall {
  return { model: 'gpt-4o', card: undefined, request, secret, signal: new AbortController().signal, ...over }
}

/** Freezes at run time only. */
function freeze<Value>(value: Value): Value {
  Object.freeze(value)
  return value
}

interface Sent {
  readonly url: string
  readonly method: string | undefined
  readonly headers: Headers
  readonly body: unknown
  readonly redirect: string | undefined
}

/** An adapter over a transport that notes what is sent and gives one answer. */
function wired(reply: (sent: Sent) => Response | Promise<Response> = () => Response.json(answer), options: OpenAIOptions = {}) {
  const sent: Sent[] = []
  const adapter = openai({
    ...options,
    fetch: async (input, init) => {
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
      const url = input instanceof Request ? input.url : String(input)
      sent.push({ url, method: init?.method, headers: new Headers(init?.headers), body, redirect: init?.redirect })
      const last = sent.at(-1)
      if (last === undefined) throw new Error('nothing was sent')
      return reply(last)
    },
  })
  return { adapter, sent }
}

async function bodySent(over: Partial<AdapterCall>): Promise<unknown> {
  const { adapter, sent } = wired()
  await adapter.complete(callOf(over))
  return sent[0]?.body
}

const ask = (fields: Partial<ChatRequest>, model = 'gpt-4o') => bodySent({ model, request: { ...request, ...fields } })

/** Where a request goes. */
async function pathOf(model: string, fields: Partial<ChatRequest>, options: OpenAIOptions = {}): Promise<string | undefined> {
  const { adapter, sent } = wired(() => Response.json({ ...answer, output: [{ type: 'message', content: [] }] }), options)
  await adapter.complete(callOf({ model, request: { ...request, ...fields } }))
  return sent[0] === undefined ? undefined : new URL(sent[0].url).pathname
}

async function failureOf(work: Promise<unknown>, adapter = openai()) {
  try {
    await work
  } catch (error) {
    return adapter.failure(error)
  }
  throw new Error('it succeeded')
}

const supports = (model: string, fields: object) => openai().supports({ ...request, ...fields }, undefined, model)

const completed = (body: string | null, init: ResponseInit = {}) => {
  const { adapter } = wired(() => new Response(body, { headers: { 'content-type': 'application/json' }, ...init }))
  return { adapter, work: adapter.complete(callOf()) }
}

const refused = async (status: number, error: object, headers: Record<string, string> = {}) => {
  const { adapter, sent } = wired(() => Response.json({ error }, { status, headers }))
  const failure = await failureOf(adapter.complete(callOf()), adapter)
  expect(sent).toHaveLength(1)
  return failure
}

describe('the request that reaches OpenAI', () => {
  it('goes to chat completions with the key, the model and the body as it is', async () => {
    const { adapter, sent } = wired()
    const body = { ...request, temperature: 0.2, metadata: { a: 'b' }, something_new: { deep: [1] } }
    expect(await adapter.complete(callOf({ request: body }))).toEqual(answer)
    expect(sent).toHaveLength(1)
    expect(sent[0]).toMatchObject({ url: 'https://api.openai.com/v1/chat/completions', method: 'POST', redirect: 'manual' })
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer sk-a-key-for-tests')
    expect(sent[0]?.body).toEqual({ ...body, model: 'gpt-4o' })
  })

  it('leaves the caller’s request as it was, frozen or not', async () => {
    const frozen: ChatRequest = freeze({
      ...request,
      max_tokens: 5,
      messages: freeze([...request.messages]),
    })
    expect(await bodySent({ model: 'gpt-6-sol', request: frozen })).toMatchObject({ max_completion_tokens: 5 })
    expect(frozen.max_tokens).toBe(5)
  })

  it('merges provider options last', async () => {
    expect(await bodySent({ providerOptions: { temperature: 0.9, prompt_cache_key: 'k' } })).toMatchObject({
      temperature: 0.9,
      prompt_cache_key: 'k',
    })
  })

  it('sends the caller’s headers over the configured ones, null removes, and no header changes the credential', async () => {
    const { adapter, sent } = wired(undefined, { headers: { 'x-team': 'a', 'x-gone': 'b' } })
    await adapter.complete(
      callOf({ headers: { 'x-call': '1', 'x-gone': null, Authorization: 'Bearer other', 'api-key': 'other' } }),
    )
    const headers = sent[0]?.headers
    expect(['x-team', 'x-call', 'x-gone', 'authorization', 'api-key'].map((name) => headers?.get(name))).toEqual([
      'a',
      '1',
      null,
      'Bearer sk-a-key-for-tests',
      null,
    ])
  })

  it('asks for usage on every stream, and never on a unary call', async () => {
    const { adapter, sent } = wired(() => new Response('data: [DONE]\n\n'))
    const chunks = adapter.stream(callOf({ request: { ...request, stream: true, stream_options: { include_obfuscation: false } } }))
    await expect(chunks[Symbol.asyncIterator]().next()).rejects.toThrow()
    expect(sent[0]?.body).toMatchObject({ stream: true, stream_options: { include_usage: true, include_obfuscation: false } })
    expect(await ask({ stream: null, stream_options: null })).not.toHaveProperty('stream_options')
  })

  it('drops what other vendors’ turns carry and keeps the rest of the message', async () => {
    const foreign = {
      role: 'assistant' as const,
      content: 'a',
      refusal: null,
      provider_state: { v: 1, provider: 'other', model: 'm', blocks: [] },
      reasoning_content: 'thoughts',
      reasoning_details: [],
      parsed: null,
      tool_calls: [
        {
          id: 'c',
          type: 'function' as const,
          function: { name: 'f', arguments: '{}', parsed_arguments: {} },
          extra_content: { signature: 's' },
        },
      ],
    }
    const body = await ask({ messages: [{ role: 'user', content: 'q' }, foreign] })
    expect(body).toMatchObject({
      messages: [
        { role: 'user', content: 'q' },
        {
          role: 'assistant',
          content: 'a',
          refusal: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
      ],
    })
    expect(JSON.stringify(body)).not.toMatch(/provider_state|thoughts|reasoning_details|extra_content|parsed/)
  })

  it('is influenced by no environment variable', async () => {
    const poison = {
      OPENAI_BASE_URL: 'https://evil.example/v1',
      OPENAI_API_KEY: 'sk-evil',
      OPENAI_ADMIN_KEY: 'sk-evil-admin',
      OPENAI_ORG_ID: 'org-evil',
      OPENAI_PROJECT_ID: 'proj-evil',
      OPENAI_WEBHOOK_SECRET: 'whsec-evil',
      OPENAI_LOG: 'debug',
      OPENAI_CUSTOM_HEADERS: 'x-evil: 1\nauthorization: Bearer sk-evil\nopenai-organization: org-evil\nx-team: evil',
    }
    for (const [name, value] of Object.entries(poison)) vi.stubEnv(name, value)
    const { adapter, sent } = wired(undefined, { headers: { 'x-team': 'ours' } })
    await adapter.complete(callOf())
    const headers = sent[0]?.headers ?? new Headers()
    expect(sent[0]?.url).toBe('https://api.openai.com/v1/chat/completions')
    expect(headers.get('authorization')).toBe('Bearer sk-a-key-for-tests')
    expect(headers.get('x-team')).toBe('ours')
    expect([...headers].flat().join(' ')).not.toContain('evil')
  })

  it('uses a rotated key on the next call', async () => {
    const { adapter, sent } = wired()
    for (const key of ['sk-first', 'sk-second', 'sk-first']) await adapter.complete(callOf({ secret: new Secret(key) }))
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer sk-first',
      'Bearer sk-second',
      'Bearer sk-first',
    ])
  })

  afterEach(() => vi.unstubAllEnvs())
})

describe('models and their parameters', () => {
  const tools: OpenAI.ChatCompletionFunctionTool[] = [{ type: 'function', function: { name: 'f', parameters: {} } }]

  it('sends a chat model everything but the reasoning parameters', async () => {
    const fields = { temperature: 0, top_p: 0.5, stop: 'x', logprobs: true, presence_penalty: 1, max_tokens: 4 } as const
    expect(await ask(fields, 'gpt-4o')).toMatchObject(fields)
    expect(supports('gpt-4o', fields)).toEqual({ level: 'yes', dropped: [] })
    expect(supports('gpt-5-chat-latest', fields)).toEqual({ level: 'yes', dropped: [] })
    expect(supports('gpt-4.1', { reasoning_effort: 'low', verbosity: 'low' })).toEqual({
      level: 'yes',
      dropped: ['reasoning_effort', 'verbosity'],
    })
    expect(await ask({ reasoning_effort: 'low', verbosity: 'low' }, 'gpt-4.1')).toEqual({ ...request, model: 'gpt-4.1' })
  })

  it('leaves the sampling parameters out for a reasoning model, with a note', async () => {
    const fields = { temperature: 0.2, top_p: 0.5, presence_penalty: 1, frequency_penalty: 1, logit_bias: { 1: 1 } }
    for (const model of ['o3', 'o4-mini', 'gpt-5', 'gpt-5-mini-2025-08-07', 'gpt-5.4', 'gpt-6.1-sol', 'ft:o4-mini:org::id']) {
      expect(supports(model, fields)).toEqual({ level: 'yes', dropped: Object.keys(fields) })
      expect(await ask(fields, model)).toEqual({ ...request, model })
    }
  })

  it('says nothing of a parameter that has its default value', () => {
    expect(supports('gpt-6-sol', { temperature: 1, top_p: 1, presence_penalty: 0, frequency_penalty: null })).toEqual({
      level: 'yes',
      dropped: [],
    })
  })

  it('keeps the sampling parameters where reasoning is off', async () => {
    expect(await ask({ temperature: 0.2, reasoning_effort: 'none' }, 'gpt-5.4')).toMatchObject({
      temperature: 0.2,
      reasoning_effort: 'none',
    })
    expect(await ask({ temperature: 0.2 }, 'gpt-5.1')).toMatchObject({ temperature: 0.2 })
    expect(supports('gpt-5', { temperature: 0.2, reasoning_effort: 'minimal' })).toEqual({ level: 'yes', dropped: ['temperature'] })
  })

  it('calls max_tokens by the name that a reasoning model knows', async () => {
    expect(await ask({ max_tokens: 5 }, 'o3')).toEqual({ ...request, model: 'o3', max_completion_tokens: 5 })
    expect(await ask({ max_tokens: 5, max_completion_tokens: 9 }, 'o3')).toEqual({
      ...request,
      model: 'o3',
      max_completion_tokens: 9,
    })
    expect(await ask({ max_tokens: 5 }, 'gpt-4o')).toEqual({ ...request, model: 'gpt-4o', max_tokens: 5 })
  })

  it('refuses before any call what would change the answer’s contract', () => {
    expect(supports('gpt-6-sol', { logprobs: true })).toMatchObject({ level: 'no', field: 'logprobs' })
    expect(supports('gpt-6-sol', { top_logprobs: 3 })).toMatchObject({ level: 'no', field: 'top_logprobs' })
    expect(supports('o3', { stop: ['a'] })).toMatchObject({ level: 'no', field: 'stop' })
    expect(supports('gpt-6-sol', { logprobs: false, stop: null })).toMatchObject({ level: 'yes' })
  })

  it('asks for tools with reasoning over Responses, from GPT-5.4 on, and keeps the effort', async () => {
    for (const model of ['gpt-5.4', 'gpt-5.6-terra', 'gpt-6-sol', 'gpt-6.1-sol']) {
      expect(supports(model, { tools })).toEqual({ level: 'yes', dropped: [] })
      expect(supports(model, { tools, reasoning_effort: 'high' })).toEqual({ level: 'yes', dropped: [] })
      expect(supports(model, { tools, reasoning_effort: 'none' })).toEqual({ level: 'yes', dropped: [] })
    }
    expect(supports('gpt-5.2', { tools, reasoning_effort: 'high' })).toEqual({ level: 'yes', dropped: [] })
    expect(supports('gpt-6-sol', { tools: [] })).toEqual({ level: 'yes', dropped: [] })
    expect(await pathOf('gpt-6-sol', { tools })).toBe('/v1/responses')
    expect(await pathOf('gpt-6-sol', { tools, reasoning_effort: 'none' })).toBe('/v1/chat/completions')
    expect(await pathOf('gpt-6-sol', { reasoning_effort: 'high' })).toBe('/v1/chat/completions')
    expect(await pathOf('gpt-5.2', { tools, reasoning_effort: 'high' })).toBe('/v1/chat/completions')
  })

  it('searches the web over Responses, but with a search model over chat completions', async () => {
    expect(await pathOf('gpt-4o', { web_search_options: {} })).toBe('/v1/responses')
    expect(await pathOf('gpt-4o-search-preview', { web_search_options: {} })).toBe('/v1/chat/completions')
  })

  it('refuses before any call what only chat completions have, and drops what only tunes', () => {
    expect(supports('gpt-6-sol', { tools, n: 2 })).toMatchObject({ level: 'no', field: 'n' })
    expect(supports('gpt-4o', { web_search_options: {}, stop: 'x' })).toMatchObject({ level: 'no', field: 'stop' })
    expect(supports('gpt-4o', { web_search_options: {}, audio: { voice: 'v', format: 'mp3' } })).toMatchObject({ field: 'audio' })
    expect(supports('gpt-4o', { web_search_options: {}, seed: 1, logit_bias: { 1: 1 }, max_tokens: 4 })).toEqual({
      level: 'yes',
      dropped: ['seed', 'logit_bias', 'max_tokens'],
    })
  })

  it('uses one API alone where it is told to: with chat completions only, tools cost the reasoning', async () => {
    const chat = openai({ api: 'chat' })
    const ofChat = (fields: object) => chat.supports({ ...request, ...fields }, undefined, 'gpt-6-sol')
    expect(ofChat({ tools })).toEqual({ level: 'yes', dropped: ['reasoning_effort'] })
    expect(ofChat({ tools, reasoning_effort: 'high' })).toMatchObject({ level: 'no', field: 'reasoning_effort' })
    const { adapter, sent } = wired(undefined, { api: 'chat' })
    await adapter.complete(callOf({ model: 'gpt-6-sol', request: { ...request, tools } }))
    expect(sent[0]).toMatchObject({ url: 'https://api.openai.com/v1/chat/completions', body: { reasoning_effort: 'none' } })
    expect(await pathOf('gpt-4o', {}, { api: 'responses' })).toBe('/v1/responses')
    // @ts-expect-error -- what a user without types may write
    expect(() => openai({ api: 'assistants' })).toThrow(/must be 'chat' or 'responses'/)
  })

  it('gives instructions in the role that the model’s generation has for them', async () => {
    const messages = [
      { role: 'system' as const, content: 's' },
      { role: 'developer' as const, content: 'd' },
    ]
    expect(await ask({ messages }, 'gpt-6-sol')).toMatchObject({ messages: [{ role: 'developer' }, { role: 'developer' }] })
    expect(await ask({ messages }, 'gpt-4o')).toMatchObject({ messages: [{ role: 'system' }, { role: 'system' }] })
  })

  it('asks the card of a model whose name says nothing', () => {
    const card = {
      provider: 'openai',
      id: 'acme',
      tier: 'standard',
      input: ['text'],
      features: ['reasoning'],
      prices: null,
    } as const
    expect(openai().supports({ ...request, temperature: 0 }, card, 'acme')).toEqual({ level: 'yes', dropped: ['temperature'] })
    expect(openai().supports({ ...request, temperature: 0 }, undefined, 'acme')).toEqual({ level: 'yes', dropped: [] })
  })
})

describe('the answer', () => {
  it('passes on with every field that we know nothing of', async () => {
    const extended = { ...answer, something_new: { a: 1 }, choices: [{ ...answer.choices[0], note: 'x' }] }
    expect(await completed(JSON.stringify(extended)).work).toEqual(extended)
  })

  it.each([
    ['with a wrong content type', JSON.stringify(answer), { headers: { 'content-type': 'text/plain' } }],
    ['after blank lines', `\n\n\r\n${JSON.stringify(answer)}`, {}],
    ['with a byte order mark', `\uFEFF${JSON.stringify(answer)}`, {}],
    ['with something behind it', `${JSON.stringify(answer)}\n<!-- trailer -->`, {}],
  ])('CL-21: is read %s', async (_name, body, init) => {
    expect(await completed(body, init).work).toEqual(answer)
  })

  it.each([
    ['204', null, { status: 204 }],
    ['an empty body', '', {}],
    ['null', 'null', {}],
    ['a list', '[]', {}],
    ['HTML', '<html><title>Login</title></html>', {}],
    ['an error object', '{"error":{"message":"overloaded"}}', {}],
    ['no choices', '{"id":"x","choices":[]}', {}],
    ['a choice without message', '{"id":"x","choices":[{"index":0}]}', {}],
    ['cut JSON', JSON.stringify(answer).slice(0, 60), {}],
  ])('CL-20: %s is malformed', async (_name, body, init) => {
    const { adapter, work } = completed(body, init)
    expect(await failureOf(work, adapter)).toMatchObject({ kind: 'malformed' })
  })

  it('is put right where a server left out what callers rely on', async () => {
    const sloppy = {
      id: 'x',
      created: 1.7,
      model: 'm',
      choices: [
        { message: { tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }, { id: '', function: { name: 'g' } }] } },
      ],
    }
    const completion = await completed(JSON.stringify(sloppy)).work
    expect(completion).toMatchObject({
      object: 'chat.completion',
      created: 1,
      choices: [{ index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', content: null } }],
    })
    const calls = completion.choices[0]?.message.tool_calls
    expect(calls).toMatchObject([
      { type: 'function', function: { arguments: '{"a":1}' } },
      { type: 'function', function: { arguments: '{}' } },
    ])
    expect(new Set(calls?.map(({ id }) => id)).size).toBe(2)
  })

  it('hands over the response headers as soon as they are there', async () => {
    const { adapter } = wired(() => Response.json(answer, { headers: { 'x-request-id': 'req_1' } }))
    const ids: (string | null)[] = []
    await adapter.complete(callOf({ onHeaders: (headers) => ids.push(headers.get('x-request-id')) }))
    expect(ids).toEqual(['req_1'])
  })

  it('gives embeddings as they come', async () => {
    const vectors = {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: 'AAAA' }],
      model: 'e',
      usage: { prompt_tokens: 1 },
    }
    const { adapter, sent } = wired(() => Response.json(vectors))
    const { request: _, ...call } = callOf({ model: 'text-embedding-3-small' })
    const embed = () => adapter.embed?.({ ...call, request: { model: 'x', input: 'a', encoding_format: 'base64' } })
    expect(await embed()).toEqual(vectors)
    expect(sent[0]).toMatchObject({
      url: 'https://api.openai.com/v1/embeddings',
      body: { model: 'text-embedding-3-small', input: 'a', encoding_format: 'base64' },
    })
  })
})

describe('failures of OpenAI', () => {
  it.each([
    [429, { message: 'Rate limit reached', code: 'rate_limit_exceeded' }, 'rate_limit'],
    [429, { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' }, 'quota'],
    [400, { message: 'too long', code: 'context_length_exceeded' }, 'context_length'],
    [400, { message: 'Your input exceeds the context window of this model.' }, 'context_length'],
    [
      400,
      { message: 'Invalid prompt: your prompt was flagged as potentially violating our usage policy.', code: 'invalid_prompt' },
      'content_filter',
    ],
    [400, { message: 'x', code: 'content_policy_violation' }, 'content_filter'],
    [400, { message: "Unsupported parameter: 'stop'", code: 'unsupported_parameter' }, 'invalid_request'],
    [401, { message: 'Incorrect API key provided', code: 'invalid_api_key' }, 'auth'],
    [403, { message: 'Country not supported', code: 'unsupported_country_region_territory' }, 'permission'],
    [404, { message: 'The model does not exist', code: 'model_not_found' }, 'not_found'],
    [500, { message: 'The server had an error' }, 'server'],
    [503, { message: 'The engine is currently overloaded, please try again later' }, 'overloaded'],
  ])('%i %j', async (status, error, kind) => {
    expect(await refused(status, error)).toMatchObject({ kind, status, message: error.message, body: error })
  })

  it('keeps the vendor’s request id, wish and waiting time', async () => {
    const headers = { 'x-request-id': 'req_9', 'x-should-retry': 'true', 'retry-after-ms': '250' }
    expect(await refused(429, { message: 'x', param: 'p', type: 't' }, headers)).toMatchObject({
      requestId: 'req_9',
      shouldRetry: true,
      retryAfterMs: 250,
      param: 'p',
      type: 't',
    })
  })

  it('does not repeat the key that a server echoes', async () => {
    const failure = await refused(401, { message: 'Incorrect API key provided: sk-a-key-for-tests' })
    expect(JSON.stringify(failure)).not.toContain('sk-a-key-for-tests')
  })

  it('rejects at once with the reason of an abort, and sends nothing when aborted before', async () => {
    const { adapter, sent } = wired()
    await expect(adapter.complete(callOf({ signal: AbortSignal.abort(new Error('left')) }))).rejects.toThrow('left')
    expect(sent).toHaveLength(0)
    const stop = new AbortController()
    const hanging = openai({
      fetch: (_, init) =>
        new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))),
    })
    const work = hanging.complete(callOf({ signal: stop.signal }))
    setImmediate(() => stop.abort(new Error('enough')))
    await expect(work).rejects.toThrow('enough')
  })
})

describe('over a real socket', () => {
  const open: { close(): unknown }[] = []
  afterEach(() => open.splice(0).forEach((server) => server.close()))

  async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void) {
    const headers: IncomingHttpHeaders[] = []
    const server = createServer((incoming, response) => {
      headers.push(incoming.headers)
      incoming.resume().on('end', () => handler(incoming, response))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({ close: () => (server.closeAllConnections(), server.close()) })
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    return { adapter: openai({ baseURL: `http://127.0.0.1:${port}/v1` }), headers }
  }

  const json = { 'content-type': 'application/json' }

  it('reads a compressed answer', async () => {
    const { adapter } = await serve((_, response) =>
      response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(answer))),
    )
    expect(await adapter.complete(callOf())).toEqual(answer)
  })

  it.each([
    ['closed before headers', 'network', (_: IncomingMessage, response: ServerResponse) => response.socket?.destroy()],
    [
      'cut in the middle of the body',
      'network',
      (_: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { ...json, 'content-length': '500' })
        response.write('{"id":')
        setImmediate(() => response.socket?.destroy())
      },
    ],
    [
      'broken compression',
      'malformed',
      (_: IncomingMessage, response: ServerResponse) =>
        response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end('no gzip at all'),
    ],
    [
      'a redirect',
      'redirect',
      (_: IncomingMessage, response: ServerResponse) => response.writeHead(307, { location: '/v2' }).end(),
    ],
    [
      'an HTML page of a gateway',
      'server',
      (_: IncomingMessage, response: ServerResponse) => response.writeHead(502).end('<html></html>'),
    ],
  ])('%s is %s', async (_name, kind, handler) => {
    const { adapter, headers } = await serve(handler)
    expect(await failureOf(adapter.complete(callOf()), adapter)).toMatchObject({ kind })
    expect(headers).toHaveLength(1)
  })

  it('closes the connection of an aborted call', async () => {
    const closed = Promise.withResolvers<void>()
    const { adapter } = await serve((_, response) => response.on('close', closed.resolve))
    const stop = new AbortController()
    const work = adapter.complete(callOf({ signal: stop.signal, onHeaders: () => undefined }))
    setImmediate(() => setImmediate(() => stop.abort(new Error('enough'))))
    await expect(work).rejects.toThrow('enough')
  })
})

describe('the factory', () => {
  it('describes itself', () => {
    expect(openai()).toMatchObject({ id: 'openai', key: 'OPENAI_API_KEY', catalog: 'openai' })
    expect(openai({ id: 'eu', key: 'EU_KEY', region: 'eu', models: [] })).toMatchObject({
      id: 'eu',
      key: 'EU_KEY',
      catalog: 'openai',
      region: 'eu',
      models: [],
    })
  })

  it('names the option that is wrong', () => {
    // @ts-expect-error -- what a user without types may write
    expect(() => openai({ apiKey: 'sk-x' })).toThrow(ModelyardError)
    expect(() => openai({ baseURL: 'http://api.example/v1' })).toThrow(/unencrypted/)
  })

  it('works with an SDK client of the user’s own, which keeps its key and its transport', async () => {
    const seen: (string | null)[] = []
    const client = new OpenAI({
      apiKey: 'sk-own',
      baseURL: 'https://own.example/v1',
      fetch: async (url, init) => {
        seen.push(url instanceof Request ? url.url : url.toString(), new Headers(init?.headers).get('authorization'))
        return seen.length === 2
          ? Response.json(answer)
          : Response.json({ error: { message: 'slow', code: 'rate_limit_exceeded' } }, { status: 429 })
      },
    })
    const adapter = openai({ client })
    expect(adapter.key).toBeNull()
    expect(await adapter.complete(callOf())).toEqual(answer)
    expect(seen).toEqual(['https://own.example/v1/chat/completions', 'Bearer sk-own'])
    expect(await failureOf(adapter.complete(callOf()), adapter)).toMatchObject({ kind: 'rate_limit', status: 429, message: 'slow' })
    expect(seen).toHaveLength(4)
  })

  it('builds clients with a factory of the user’s own, one for each key', async () => {
    const keys: string[] = []
    const adapter = openai({
      client: (given) => {
        keys.push(given.reveal())
        return new OpenAI({ apiKey: given.reveal(), fetch: async () => Response.json(answer) })
      },
    })
    for (const key of ['a', 'a', 'b']) await adapter.complete(callOf({ secret: new Secret(key) }))
    expect(keys).toEqual(['a', 'b'])
  })
})
