import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import type OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { createRouter, memoryKeys } from '../src/index.ts'
import { openTelemetry } from '../src/otel/index.ts'
import { answer, fail, fakeClock, fakeProvider, stall, stream } from '../src/testing/index.ts'
import { forget, sdk } from './otel/sdk.ts'

const messages = [{ role: 'user' as const, content: 'a secret question' }]
const ask = { model: 'm', messages }
const service = { name: 'acme.ai', address: 'api.acme.test', port: 443 }

// The types want all of OpenAI's categories.
const verdict: OpenAI.Moderation = JSON.parse('{ "flagged": false, "categories": {}, "category_scores": {} }')

const named = (spans: readonly ReadableSpan[], name: string) => spans.filter((span) => span.name === name)
const parentOf = (span: ReadableSpan | undefined) => span?.parentSpanContext?.spanId
const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId

/** One provider, or two of which the first one fails as `first` says. */
function chain(first: Parameters<typeof fakeProvider>[0] & object, second?: Parameters<typeof fakeProvider>[0] & object) {
  const one = { ...fakeProvider({ id: 'one', models: ['large'], ...first }), service }
  const two = fakeProvider({ id: 'two', models: ['small'], ...second })
  return second === undefined
    ? { providers: [one], models: { m: 'one/large' } }
    : { providers: [one, two], models: { m: ['one/large', 'two/small'] } }
}

afterEach(forget)

describe('spans', () => {
  it('are one for the request, under what was active where it was called, and one for the attempt under that', async () => {
    const { tracerProvider, tracer, spans } = sdk()
    const client = createRouter({ ...chain({ script: answer('a secret answer') }), telemetry: openTelemetry({ tracerProvider }) })
    await tracer.startActiveSpan('handler', async (handler) => {
      await client.chat.completions.create(ask)
      handler.end()
    })
    const [attempt, request, handler] = spans()
    expect(spans().map(({ name }) => name)).toEqual(['chat large', 'chat m', 'handler'])
    expect(parentOf(attempt)).toBe(idOf(request))
    expect(parentOf(request)).toBe(idOf(handler))
    expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(1)
    expect([attempt?.kind, request?.kind]).toEqual([SpanKind.CLIENT, SpanKind.CLIENT])
    expect(attempt?.instrumentationScope.name).toBe('modelyard')
  })

  it("carry the conventions' attributes, and the router's own beside them", async () => {
    const { tracerProvider, spans } = sdk()
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 40 },
      completion_tokens_details: { reasoning_tokens: 20 },
    }
    const script = answer('a secret answer', { usage })
    const client = createRouter({
      ...chain({ script }),
      agents: { support: { primary: 'm', tenant: 'acme' } },
      telemetry: openTelemetry({ tracerProvider }),
    })
    const given = await client
      .agent('support')
      .chat.completions.create({ ...ask, temperature: 0.5, top_p: 1, max_tokens: 99, seed: 7, n: 2, stop: ['a secret word'] })
    const [attempt, request] = spans()
    const asked = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'acme.ai',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.top_p': 1,
      'gen_ai.request.max_tokens': 99,
      'gen_ai.request.seed': 7,
      'gen_ai.request.choice.count': 2,
    }
    const answered = {
      'gen_ai.response.model': 'large',
      'gen_ai.response.id': given.id,
      'gen_ai.response.finish_reasons': ['stop'],
    }
    expect(attempt?.attributes).toEqual({
      ...asked,
      ...answered,
      'gen_ai.request.model': 'large',
      'server.address': 'api.acme.test',
      'server.port': 443,
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 50,
      'gen_ai.usage.cache_read.input_tokens': 40,
      'gen_ai.usage.reasoning.output_tokens': 20,
      'modelyard.usage.source': 'provider',
      'modelyard.target': 'one/large',
      'modelyard.attempt.number': 1,
    })
    expect(request?.attributes).toEqual({
      ...asked,
      ...answered,
      'gen_ai.request.model': 'm',
      'modelyard.request.id': expect.stringMatching(/^req_/),
      'modelyard.agent': 'support',
      'modelyard.tenant': 'acme',
      'modelyard.chain': ['one/large'],
      'modelyard.outcome': 'completed',
      'modelyard.attempts': 1,
      'modelyard.target': 'one/large',
    })
    expect([attempt?.status.code, request?.status.code]).toEqual([SpanStatusCode.UNSET, SpanStatusCode.UNSET])
  })

  it('tell of a failover: a child for each attempt, its error, and why the request went on', async () => {
    const { tracerProvider, spans } = sdk()
    const failing = fail({ status: 429, code: 'rate_limit_exceeded', message: 'a secret question is too much' })
    const client = createRouter({
      ...chain({ script: failing }, { script: answer('Hello') }),
      telemetry: openTelemetry({ tracerProvider }),
    })
    await client.chat.completions.create(ask)
    const [first, second, request] = spans()
    expect([parentOf(first), parentOf(second)]).toEqual([idOf(request), idOf(request)])
    expect(first?.status).toEqual({ code: SpanStatusCode.ERROR })
    expect(first?.attributes).toMatchObject({
      'error.type': 'rate_limit',
      'http.response.status_code': 429,
      'modelyard.error.code': 'rate_limit_exceeded',
      'modelyard.attempt.number': 1,
    })
    expect(second?.attributes).toMatchObject({ 'gen_ai.provider.name': 'two', 'modelyard.attempt.number': 2 })
    expect(request?.status.code).toBe(SpanStatusCode.UNSET)
    expect(request?.attributes).toMatchObject({ 'modelyard.attempts': 2, 'modelyard.target': 'two/small' })
    const reason = { 'modelyard.from': 'one/large', 'modelyard.to': 'two/small', 'modelyard.reason': 'rate_limit' }
    expect(request?.events.map(({ name, attributes }) => [name, attributes])).toEqual([['modelyard.route.switched', reason]])
  })

  it('say that a request has failed, by kind and status, never by message', async () => {
    const { tracerProvider, spans } = sdk()
    const failing = fail({ status: 400, message: 'a secret question is not to be asked' })
    const client = createRouter({ ...chain({ script: failing }), telemetry: openTelemetry({ tracerProvider }) })
    await expect(client.chat.completions.create(ask)).rejects.toMatchObject({ status: 400 })
    const [attempt, request] = spans()
    for (const span of [attempt, request]) {
      expect(span?.status).toEqual({ code: SpanStatusCode.ERROR })
      expect(span?.attributes).toMatchObject({ 'error.type': 'invalid_request', 'http.response.status_code': 400 })
    }
    expect(request?.attributes['modelyard.outcome']).toBe('failed')
  })

  it('tell of a target that was skipped', async () => {
    const { tracerProvider, spans } = sdk()
    const client = createRouter({
      ...chain({ script: [] }, { script: answer('Hello') }),
      telemetry: openTelemetry({ tracerProvider }),
    })
    client.breakers.trip('one/large')
    await client.chat.completions.create(ask)
    expect(named(spans(), 'chat m')[0]?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['modelyard.target.skipped', { 'modelyard.target': 'one/large', 'modelyard.reason': 'breaker_open' }],
      [
        'modelyard.route.switched',
        { 'modelyard.from': 'one/large', 'modelyard.to': 'two/small', 'modelyard.reason': 'breaker_open' },
      ],
    ])
  })

  it('do not mix where requests run at the same time', async () => {
    const { tracerProvider, tracer, spans } = sdk()
    const client = createRouter({ ...chain({ script: stream(['Hel', 'lo']) }), telemetry: openTelemetry({ tracerProvider }) })
    const users = ['anna', 'bert', 'cleo']
    await Promise.all(
      users.map(async (user) =>
        tracer.startActiveSpan(user, async (handler) => {
          for await (const chunk of await client.chat.completions.create({ ...ask, stream: true, user })) void chunk
          handler.end()
        }),
      ),
    )
    for (const user of users) {
      const [handler] = named(spans(), user)
      const request = named(spans(), 'chat m').find((span) => parentOf(span) === idOf(handler))
      const attempts = named(spans(), 'chat large').filter((span) => parentOf(span) === idOf(request))
      expect(attempts).toHaveLength(1)
    }
  })

  it('give each attempt a context in which its wire call is made, to the end of a stream, and never the caller', async () => {
    const { tracerProvider, tracer, spans } = sdk()
    const { providers, models } = chain(
      { script: [fail({ status: 503 }), fail({ status: 503 })] },
      { script: [answer('Hello'), stream(['a', 'b'])] },
    )
    // As an instrumented HTTP client would: a span of its own under whatever is active.
    const instrumented = providers.map((fake) => ({
      ...fake,
      complete: async (call: Parameters<typeof fake.complete>[0]) => {
        tracer.startSpan(`POST ${fake.id}`).end()
        return fake.complete(call)
      },
      async *stream(call: Parameters<typeof fake.stream>[0]) {
        tracer.startSpan(`POST ${fake.id}`).end()
        for await (const chunk of fake.stream(call)) {
          tracer.startSpan(`read ${fake.id}`).end()
          yield chunk
        }
      },
    }))
    const client = createRouter({ providers: instrumented, models, telemetry: openTelemetry({ tracerProvider }) })
    await client.chat.completions.create(ask)
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
      expect(chunk.object).toBe('chat.completion.chunk')
      expect(trace.getSpan(context.active())).toBeUndefined()
    }
    for (const [call, attempt] of [
      ['POST one', 'chat large'],
      ['POST two', 'chat small'],
      ['read two', 'chat small'],
    ] as const) {
      const attempts = named(spans(), attempt).map(idOf)
      const parents = new Set(named(spans(), call).map(parentOf))
      expect(parents.size).toBeGreaterThan(0)
      expect([...parents].every((parent) => attempts.includes(parent ?? ''))).toBe(true)
    }
  })

  it('end with the verdict of a stream, and say when its first chunk came', async () => {
    const { tracerProvider, spans } = sdk()
    const client = createRouter({ ...chain({ script: stream(['Hel', 'lo']) }), telemetry: openTelemetry({ tracerProvider }) })
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
      void chunk
      expect(spans()).toEqual([])
    }
    const [attempt, request] = spans()
    expect(attempt?.attributes).toMatchObject({
      'gen_ai.request.stream': true,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.time_to_first_chunk': expect.any(Number),
    })
    expect(request?.events.map(({ name }) => name)).toEqual(['modelyard.stream.committed'])
  })

  describe('of a stream that is not read to its end', () => {
    const endings: readonly (readonly [name: string, leave: (client: ReturnType<typeof createRouter>) => Promise<void>])[] = [
      [
        'is left by a break',
        async (client) => {
          for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) if (chunk) break
        },
      ],
      [
        'is aborted',
        async (client) => {
          const running = await client.chat.completions.create({ ...ask, stream: true })
          running.controller.abort()
        },
      ],
      [
        'is never read until the router is closed',
        async (client) => {
          await client.chat.completions.create({ ...ask, stream: true })
          await client.close()
        },
      ],
    ]
    it.each(endings)('end where it %s: cancelled, and no error', async (_name, leave) => {
      const { tracerProvider, spans } = sdk()
      const client = createRouter({
        ...chain({ script: stream(['Hel', 'lo'], { stallAfter: 1 }) }),
        telemetry: openTelemetry({ tracerProvider }),
      })
      await leave(client)
      await client.close()
      expect(spans().map(({ name }) => name)).toEqual(['chat large', 'chat m'])
      const [attempt, request] = spans()
      expect(attempt?.attributes['error.type']).toBe('aborted')
      expect(request?.attributes['modelyard.outcome']).toBe('cancelled')
      expect(spans().map(({ status }) => status.code)).toEqual([SpanStatusCode.UNSET, SpanStatusCode.UNSET])
    })

    it('end at the limit of the request where it is never read at all', async () => {
      const { tracerProvider, spans } = sdk()
      const clock = fakeClock()
      const client = createRouter({
        ...chain({ script: stream(['Hel', 'lo']), clock }),
        clock,
        clocks: { totalMs: 5_000 },
        telemetry: openTelemetry({ tracerProvider }),
      })
      const abandoned = await client.chat.completions.create({ ...ask, stream: true })
      await clock.advanceAsync(5_000)
      expect(abandoned).toBeDefined()
      expect(spans().map(({ attributes }) => attributes['error.type'])).toEqual(['deadline', 'deadline'])
    })
  })

  it('show an interrupted stream as an error of attempt and request', async () => {
    const { tracerProvider, spans } = sdk()
    const broken = stream(['Hel', 'lo'], { failAfter: 1 })
    const client = createRouter({ ...chain({ script: broken }), telemetry: openTelemetry({ tracerProvider }) })
    const reading = async (): Promise<void> => {
      for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) void chunk
    }
    await expect(reading()).rejects.toThrow(/./)
    const [attempt, request] = spans()
    expect([attempt?.status.code, request?.status.code]).toEqual([SpanStatusCode.ERROR, SpanStatusCode.ERROR])
    expect(request?.events.map(({ name }) => name)).toEqual(['modelyard.stream.committed', 'modelyard.stream.interrupted'])
  })

  it('show a hedge: both attempts at once, the slower one stopped without being an error', async () => {
    const { tracerProvider, spans } = sdk()
    const clock = fakeClock()
    const prices = { input: 1, output: 1, source: 'test', asOf: '2026-11-01' }
    const small = { provider: 'two', id: 'small', tier: 'standard', input: ['text'], features: ['streaming'], prices } as const
    const client = createRouter({
      ...chain({ script: stall(), clock }, { script: answer('Hello'), models: [small], clock }),
      clock,
      hedge: { afterMs: 1_000, maxCostUsd: 1 },
      telemetry: openTelemetry({ tracerProvider }),
    })
    const completion = client.chat.completions.create(ask)
    await clock.advanceAsync(2_000)
    await completion
    const [slow, quick, request] = spans().toSorted((one, other) => one.name.localeCompare(other.name))
    expect([slow?.name, quick?.name, request?.name]).toEqual(['chat large', 'chat m', 'chat small'])
    expect(slow?.attributes['error.type']).toBe('outrun')
    expect(spans().map(({ status }) => status.code)).toEqual([SpanStatusCode.UNSET, SpanStatusCode.UNSET, SpanStatusCode.UNSET])
    expect(named(spans(), 'chat m')[0]?.events.map(({ name }) => name)).toEqual(['modelyard.route.hedged'])
  })

  it("mark calls of the router's own", async () => {
    const { tracerProvider, spans } = sdk()
    const client = createRouter({ ...chain({ script: stream(['Hel', 'lo']) }), telemetry: openTelemetry({ tracerProvider }) })
    await client.compare({ prompts: ['a secret prompt'], targets: ['one/large'] })
    expect(spans()).toHaveLength(2)
    expect(new Set(spans().map(({ attributes }) => attributes['modelyard.aside']))).toEqual(new Set(['compare']))
  })

  it('are made of embeddings, moderations and what is handed on too', async () => {
    const { tracerProvider, spans } = sdk()
    const usage = { prompt_tokens: 3, total_tokens: 3 }
    const client = createRouter({
      providers: [
        fakeProvider({
          id: 'one',
          models: ['vectors'],
          embed: () => ({ object: 'list', model: 'vectors', data: [{ object: 'embedding', index: 0, embedding: [1] }], usage }),
          moderate: () => ({ id: 'modr-1', model: 'judge', results: [verdict] }),
          forward: () => Response.json({ object: 'list', data: [] }),
        }),
      ],
      telemetry: openTelemetry({ tracerProvider }),
    })
    await client.embeddings.create({ model: 'one/vectors', input: 'a secret text', encoding_format: 'float' })
    await client.moderations.create({ input: 'a secret text', model: 'one/judge' })
    await client.files.list()
    expect(spans().map(({ name }) => name)).toEqual([
      'embeddings vectors',
      'embeddings one/vectors',
      'moderations judge',
      'moderations one/judge',
      'forward files',
      'forward GET /files',
    ])
    expect(spans().map(({ attributes }) => attributes['gen_ai.operation.name'])).toEqual([
      'embeddings',
      'embeddings',
      'moderations',
      'moderations',
      'forward',
      'forward',
    ])
    expect(spans()[0]?.attributes['gen_ai.usage.input_tokens']).toBe(3)
  })

  it('go to the provider that is registered, also where that came after the router', async () => {
    const { tracerProvider, spans } = sdk()
    const client = createRouter({ ...chain({ script: answer('Hello') }), telemetry: openTelemetry() })
    await client.chat.completions.create(ask)
    expect(spans()).toEqual([])
    trace.setGlobalTracerProvider(tracerProvider)
    await client.chat.completions.create(ask)
    expect(spans()).toHaveLength(2)
  })

  it('SE-07 have no content, no header and no key anywhere, and no parent where nothing is active', async () => {
    const { tracerProvider, spans } = sdk()
    const key = 'sk-canary-0123456789abcdefghijklmnop'
    const rejected = fail({ status: 401, message: `Incorrect API key: ${key}`, code: key })
    const client = createRouter({
      ...chain({ key: 'ONE_KEY', script: rejected }, { script: stream(['a secret', ' answer']) }),
      keys: memoryKeys({ ONE_KEY: key }),
      telemetry: openTelemetry({ tracerProvider }),
    })
    const headers = { 'x-secret': 'a secret header' }
    await context.with(ROOT_CONTEXT, async () => {
      const tools = [{ type: 'function' as const, function: { name: 'f', description: 'a secret tool' } }]
      const body = { ...ask, stream: true, stop: 'a secret word', tools, metadata: { note: 'a secret note' } } as const
      for await (const chunk of await client.chat.completions.create(body, { headers })) void chunk
    })
    expect(parentOf(named(spans(), 'chat m')[0])).toBeUndefined()
    const told = JSON.stringify(
      spans().map(({ name, attributes, events, status, links }) => ({ name, attributes, events, status, links })),
    )
    expect(told).not.toContain('secret')
    expect(told).not.toContain(key)
  })
})
