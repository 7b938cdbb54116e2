import { createServer } from 'node:http'
import Anthropic from '@anthropic-ai/sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { anthropic } from '../../src/providers/anthropic/index.ts'
import { callOf, collect, failureOf, json, message, sse, user, wired } from './anthropic-fixtures.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const start = { type: 'message_start', message: { ...message, content: [], stop_reason: null } }

describe('the anthropic adapter on the wire', () => {
  it('sends one request with the key as a bearer token to the default address', async () => {
    const { adapter, sent } = wired(() => json(message))
    const answer = await adapter.complete(callOf({}))
    expect(sent).toHaveLength(1)
    expect(sent[0]?.url).toBe('https://api.anthropic.com/v1/messages')
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer sk-ant-secret')
    expect(sent[0]?.headers.get('anthropic-version')).toBe('2026-10-21')
    expect(answer).toMatchObject({ id: 'msg_1', object: 'chat.completion', model: 'claude-sonnet-5-5' })
  })

  it('takes nothing from the environment', async () => {
    vi.stubEnv('ANTHROPIC_API_KEY', 'sk-leak')
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'token-leak')
    vi.stubEnv('ANTHROPIC_BASE_URL', 'https://leak.example')
    vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', 'x-leak: leak\nauthorization: Bearer leak\nx-api-key: leak\nanthropic-version: leak')
    vi.stubEnv('ANTHROPIC_PROFILE', 'leak')
    vi.stubEnv('ANTHROPIC_WEBHOOK_SIGNING_KEY', 'leak')
    vi.stubEnv('ANTHROPIC_LOG', 'debug')
    const { adapter, sent } = wired(() => json(message), { headers: { 'x-own': 'yes' } })
    await adapter.complete(callOf({}))
    expect(sent[0]?.url).toBe('https://api.anthropic.com/v1/messages')
    expect(JSON.stringify([...(sent[0]?.headers ?? [])])).not.toMatch(/leak/)
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer sk-ant-secret')
    expect(sent[0]?.headers.get('x-own')).toBe('yes')
  })

  it("puts the caller's headers on the wire, and null removes one", async () => {
    const { adapter, sent } = wired(() => json(message))
    await adapter.complete(callOf({}, { headers: { 'anthropic-beta': 'x', 'user-agent': null } }))
    expect(sent[0]?.headers.get('anthropic-beta')).toBe('x')
    expect(sent[0]?.headers.has('user-agent')).toBe(false)
  })

  it("adds the caller's betas to the one that the body needs", async () => {
    const { adapter, sent } = wired(() => json(message))
    await adapter.complete(callOf({ service_tier: 'fast' }, { model: 'claude-opus-5', headers: { 'anthropic-beta': 'mine' } }))
    expect(sent[0]?.headers.get('anthropic-beta')).toBe('fast-mode-2026-02-01,mine')
  })

  it("merges the caller's own options for the vendor last", async () => {
    const { adapter, sent } = wired(() => json(message))
    const providerOptions = { top_k: 5, output_config: { task_budget: { type: 'tokens', total: 9 } }, max_tokens: 7 }
    await adapter.complete(callOf({ reasoning_effort: 'low' }, { providerOptions, model: 'claude-opus-5' }))
    expect(sent[0]?.body).toMatchObject({
      max_tokens: 7,
      top_k: 5,
      output_config: { effort: 'low', task_budget: { type: 'tokens', total: 9 } },
    })
    expect(sent[0]?.headers.get('anthropic-version')).toBe('2023-06-01')
  })

  it('asks for no console warning about an old model', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const { adapter } = wired(() => json(message))
    await adapter.complete(callOf({}, { model: 'claude-sonnet-4-5' }))
    expect(warn).not.toHaveBeenCalled()
    warn.mockRestore()
  })

  it('reports the headers of the answer once', async () => {
    const { adapter } = wired(() => json(message, { headers: { 'request-id': 'req_7' } }))
    const seen: (string | null)[] = []
    await adapter.complete(callOf({}, { onHeaders: (headers) => void seen.push(headers.get('request-id')) }))
    expect(seen).toEqual(['req_7'])
  })

  it('is not asked to stream by a unary call, nor to answer at once by a stream', async () => {
    const { adapter, sent } = wired(({ body }) =>
      body['stream'] === true ? sse([start, { type: 'message_delta', delta: { stop_reason: 'end_turn' } }]) : json(message),
    )
    await adapter.complete(callOf({ stream: true }))
    await collect(adapter, callOf({ stream: false }))
    expect(sent.map(({ body }) => body['stream'])).toEqual([undefined, true])
  })

  it('retries nothing and follows no redirect', async () => {
    const { adapter, sent } = wired(() => new Response(null, { status: 307, headers: { location: 'https://elsewhere.example' } }))
    expect((await failureOf(adapter, adapter.complete(callOf({})))).kind).toBe('redirect')
    const overloaded = wired(() =>
      json({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, { status: 529 }),
    )
    expect((await failureOf(overloaded.adapter, overloaded.adapter.complete(callOf({})))).kind).toBe('overloaded')
    expect([sent.length, overloaded.sent.length]).toEqual([1, 1])
  })

  it("closes the connection when the caller leaves the stream, and throws the signal's reason on abort", async () => {
    const closed = Promise.withResolvers<void>()
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`event: message_start\ndata: ${JSON.stringify(start)}\n\n`)
      response.on('close', () => closed.resolve())
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const address = server.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const adapter = anthropic({ baseURL: `http://127.0.0.1:${port}` })
    for await (const chunk of adapter.stream(callOf({}))) {
      expect(chunk.choices[0]?.delta.role).toBe('assistant')
      break
    }
    await closed.promise
    const controller = new AbortController()
    const running = (async () => {
      for await (const chunk of adapter.stream(callOf({}, { signal: controller.signal }))) controller.abort(new Error(chunk.object))
    })()
    await expect(running).rejects.toThrow('chat.completion.chunk')
    server.closeAllConnections()
    server.close()
  })

  it("uses the user's own client, without its retries", async () => {
    let requests = 0
    const own = new Anthropic({
      apiKey: 'sk-own',
      maxRetries: 5,
      fetch: () => {
        requests += 1
        return Promise.resolve(json({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, { status: 529 }))
      },
    })
    for (const client of [own, () => own]) {
      const adapter = anthropic({ client })
      const failure = await failureOf(adapter, adapter.complete(callOf({})))
      expect(failure).toMatchObject({ kind: 'overloaded', status: 529, message: 'Overloaded' })
    }
    expect(requests).toBe(2)
  })

  it('names an option that it does not know', () => {
    const misspelt = { id: 'claude', baseUrl: 'https://x.example' }
    expect(() => anthropic(misspelt)).toThrow(/baseURL/)
  })

  it('never changes the request, which other targets see too', async () => {
    const { adapter } = wired(() => json(message))
    const request = deepFrozen({
      model: 'm',
      messages: [
        { role: 'system', content: 'Be short.' } as const,
        user('Hi'),
        { role: 'assistant', content: 'Yes ' } as const,
        user('Go'),
      ],
      tools: [{ type: 'function', function: { name: 'f', parameters: { oneOf: [{ type: 'object' }] }, strict: true } } as const],
      temperature: 0.5,
    })
    await adapter.complete(callOf({}, { request, model: 'claude-haiku-4-5' }))
    expect(adapter.supports(request, undefined, 'claude-haiku-4-5').level).toBe('yes')
  })
})

function deepFrozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) deepFrozen(inner)
  return Object.freeze(value)
}
