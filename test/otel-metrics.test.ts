import { metrics } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import type { ModelCard } from '../src/index.ts'
import { createRouter } from '../src/index.ts'
import { openTelemetry } from '../src/otel/index.ts'
import { answer, fail, fakeClock, fakeProvider, stream } from '../src/testing/index.ts'
import { figures, forget, sdk } from './otel/sdk.ts'

const messages = [{ role: 'user' as const, content: 'a secret question' }]
const ask = { model: 'm', messages }
const service = { name: 'acme.ai', address: 'api.acme.test', port: 443 }
const prices = { input: 1_000, output: 2_000, source: 'the price list', asOf: '2026-11-01' }

const large: ModelCard = { provider: 'one', id: 'large', tier: 'standard', input: ['text'], features: ['streaming'], prices }
const usage = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 }

type FakeOptions = NonNullable<Parameters<typeof fakeProvider>[0]>

/** A router of one provider, or of two of which the second one takes over, with its metrics. */
function bench(first: FakeOptions, second?: FakeOptions, options: Parameters<typeof createRouter>[0] = {}) {
  const at = sdk()
  const one = { ...fakeProvider({ id: 'one', models: [large], ...first }), service }
  const two = fakeProvider({ id: 'two', models: ['small'], ...second })
  const client = createRouter({
    ...(second === undefined
      ? { providers: [one], models: { m: 'one/large' } }
      : { providers: [one, two], models: { m: ['one/large', 'two/small'] } }),
    telemetry: openTelemetry(at),
    ...options,
  })
  return { ...at, points: (name: string) => at.points(name), client }
}

const attempt = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'acme.ai',
  'gen_ai.request.model': 'large',
  'server.address': 'api.acme.test',
  'server.port': 443,
  'modelyard.target': 'one/large',
}

afterEach(forget)

describe('metrics', () => {
  it('count tokens by type, and what they cost, under the attributes of the conventions', async () => {
    const { client, points } = bench({ script: answer('Hello', { usage, model: 'large-2026' }) })
    await client.chat.completions.create(ask)
    await client.chat.completions.create(ask)
    const answered = { ...attempt, 'gen_ai.response.model': 'large-2026' }
    const tokens = await points('gen_ai.client.token.usage')
    expect(tokens.map((point) => [point.attributes, figures(point)])).toEqual([
      [
        { ...answered, 'modelyard.usage.source': 'provider', 'gen_ai.token.type': 'input' },
        { count: 2, sum: 200 },
      ],
      [
        { ...answered, 'modelyard.usage.source': 'provider', 'gen_ai.token.type': 'output' },
        { count: 2, sum: 100 },
      ],
    ])
    const [cost] = await points('modelyard.cost')
    expect(cost?.attributes).toEqual(answered)
    expect(cost && figures(cost)).toEqual({ count: 2, sum: expect.closeTo(2 * (0.1 + 0.1), 10) })
  })

  it.each([
    [
      'gen_ai.client.token.usage',
      '{token}',
      [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864],
    ],
    [
      'gen_ai.client.operation.duration',
      's',
      [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    ],
    [
      'gen_ai.client.operation.time_to_first_chunk',
      's',
      [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    ],
  ])('have the unit and the boundaries that the conventions advise: %s', async (name, unit, boundaries) => {
    const { client, metric, points } = bench({ script: stream(['Hel', 'lo']) })
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) void chunk
    expect((await metric(name))?.descriptor.unit).toBe(unit)
    const [point] = await points(name)
    expect(point?.value).toMatchObject({ buckets: { boundaries } })
  })

  it('measure attempts by how they ended, and requests as a whole', async () => {
    const clock = fakeClock()
    const failing = fail({ status: 503, delayMs: 2_000 })
    const { client, points } = bench({ script: failing, clock }, { script: answer('Hello', { delayMs: 500 }), clock }, { clock })
    const completion = client.chat.completions.create(ask)
    await clock.advanceAsync(3_000)
    await completion
    const durations = await points('gen_ai.client.operation.duration')
    expect(
      durations.map((point) => [point.attributes['modelyard.target'], point.attributes['error.type'], figures(point).sum]),
    ).toEqual([
      ['one/large', 'server', 2],
      ['two/small', undefined, 0.5],
    ])
    const requests = await points('modelyard.request.duration')
    expect(requests.map((point) => [point.attributes, figures(point)])).toEqual([
      [
        { 'gen_ai.operation.name': 'chat', 'modelyard.outcome': 'completed' },
        { count: 1, sum: 2.5 },
      ],
    ])
  })

  it('measure the time to the first chunk of streams, and of nothing else', async () => {
    const clock = fakeClock()
    const { client, points } = bench({ script: [answer('Hello'), stream(['Hel', 'lo'], { chunkMs: 250 })], clock }, undefined, {
      clock,
    })
    await client.chat.completions.create(ask)
    const name = 'gen_ai.client.operation.time_to_first_chunk'
    expect(await points(name)).toEqual([])
    const reading = (async () => {
      for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) void chunk
    })()
    await clock.advanceAsync(1_000)
    await reading
    const [point] = await points(name)
    expect(point?.attributes).toMatchObject({ 'gen_ai.request.stream': true, 'gen_ai.response.model': 'large' })
    expect(point && figures(point)).toEqual({ count: 1, sum: 0.25 })
  })

  it('tell requests apart by agent, tier, outcome and error', async () => {
    const script = [answer('Hello'), fail({ status: 400 })]
    const { client, points } = bench({ script }, undefined, {
      tiers: { simple: ['one/large'] },
      agents: { support: { primary: 'tier:simple' } },
    })
    const support = client.agent('support')
    await support.chat.completions.create({ model: 'auto', messages })
    await expect(support.chat.completions.create({ model: 'auto', messages })).rejects.toMatchObject({ status: 400 })
    const aborted = client.chat.completions.create(ask, { signal: AbortSignal.abort() })
    await expect(aborted).rejects.toThrow(/aborted/)
    const requests = await points('modelyard.request.duration')
    expect(requests.map(({ attributes }) => attributes)).toEqual([
      {
        'gen_ai.operation.name': 'chat',
        'modelyard.outcome': 'completed',
        'modelyard.tier': 'simple',
        'modelyard.agent': 'support',
      },
      {
        'gen_ai.operation.name': 'chat',
        'modelyard.outcome': 'failed',
        'error.type': 'invalid_request',
        'modelyard.tier': 'simple',
        'modelyard.agent': 'support',
      },
      { 'gen_ai.operation.name': 'chat', 'modelyard.outcome': 'cancelled' },
    ])
  })

  it('count switches and faults of keys', async () => {
    const { client, points } = bench({ script: fail({ status: 401 }) }, { script: answer('Hello') })
    await client.chat.completions.create(ask)
    const reason = { 'modelyard.target': 'one/large', 'modelyard.reason': 'auth' }
    for (const name of ['modelyard.switches', 'modelyard.key.faults'])
      expect((await points(name)).map(({ attributes, value }) => [attributes, value])).toEqual([[reason, 1]])
  })

  it('show the state of each circuit: 0 closed, 1 half-open, 2 open', async () => {
    const clock = fakeClock()
    const { client, points } = bench({ script: stream(['Hel', 'lo']), clock }, undefined, { clock })
    const state = async () =>
      (await points('modelyard.breaker.state')).map(({ attributes, value }) => [attributes['modelyard.target'], value])
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) void chunk
    expect(await state()).toEqual([['one/large', 0]])
    client.breakers.trip('one/large', 1_000)
    expect(await state()).toEqual([['one/large', 2]])
    clock.advance(1_000)
    const testing = await client.chat.completions.create({ ...ask, stream: true })
    expect(await state()).toEqual([['one/large', 1]])
    for await (const chunk of testing) void chunk
    expect(await state()).toEqual([['one/large', 0]])
  })

  it('show who waits: requests for a target, audit records for a sink, and which were lost', async () => {
    const clock = fakeClock()
    const { promise: written, reject } = Promise.withResolvers<void>()
    const { client, points } = bench({ script: stream(['Hel', 'lo']), clock }, undefined, {
      clock,
      targets: { 'one/large': { maxConcurrent: 1 } },
      audit: { write: () => written },
    })
    const value = async (name: string) => (await points(name)).map((point) => point.value)
    const first = await client.chat.completions.create({ ...ask, stream: true })
    const second = client.chat.completions.create({ ...ask, stream: true })
    await clock.advanceAsync(0)
    expect(await value('modelyard.requests.running')).toEqual([2])
    expect((await points('modelyard.queue.depth')).map((point) => [point.attributes, point.value])).toEqual([
      [{ 'modelyard.target': 'one/large' }, 1],
    ])
    expect((await value('modelyard.audit.queue.depth'))[0]).toBeGreaterThan(0)
    expect(await value('modelyard.audit.dropped')).toEqual([0])
    for await (const chunk of first) void chunk
    for await (const chunk of await second) void chunk
    reject(new Error('no disk'))
    const lost = await client.flush()
    expect(await value('modelyard.requests.running')).toEqual([0])
    expect(await value('modelyard.queue.depth')).toEqual([0])
    expect(await value('modelyard.audit.queue.depth')).toEqual([0])
    expect(lost).toBeGreaterThan(0)
    expect(await value('modelyard.audit.dropped')).toEqual([lost])
    await client.close()
    expect(await value('modelyard.audit.dropped')).toEqual([lost])
  })

  it('add up what several routers of one telemetry show', async () => {
    const at = sdk()
    const telemetry = openTelemetry(at)
    const routers = ['a', 'b'].map(() =>
      createRouter({ providers: [fakeProvider({ id: 'one', models: ['m'], script: stream(['a', 'b']) })], telemetry }),
    )
    await Promise.all(routers.map(async (router) => router.chat.completions.create({ ...ask, stream: true })))
    expect((await at.points('modelyard.requests.running')).map((point) => point.value)).toEqual([2])
    routers[0]?.breakers.trip('one/m')
    expect((await at.points('modelyard.breaker.state')).map((point) => point.value)).toEqual([2])
    await routers[0]?.close()
    expect((await at.points('modelyard.requests.running')).map((point) => point.value)).toEqual([1])
    await routers[1]?.close()
    expect((await at.points('modelyard.requests.running')).map((point) => point.value)).toEqual([0])
  })

  it('are of a limited number, whatever callers name and vendors answer', async () => {
    const { client, points } = bench({ script: ({ number }) => answer('Hello', { model: `answered-${number}` }) })
    for (let index = 0; index < 250; index++) await client.chat.completions.create({ model: `one/model-${index}`, messages })
    const durations = await points('gen_ai.client.operation.duration')
    expect(durations).toHaveLength(201)
    const last = durations.at(-1)
    expect(last?.attributes).toMatchObject({
      'gen_ai.request.model': '_OTHER',
      'gen_ai.response.model': '_OTHER',
      'modelyard.target': '_OTHER',
    })
    expect(last && figures(last).count).toBe(50)
    expect(await points('modelyard.breaker.state')).toHaveLength(200)
  })

  it('hold no content, and nothing of a single request', async () => {
    const { client, meterProvider, points } = bench({ script: answer('a secret answer') })
    const { id } = await client.chat.completions.create({ ...ask, user: 'a secret user' })
    expect(meterProvider).toBeDefined()
    for (const name of ['gen_ai.client.token.usage', 'gen_ai.client.operation.duration', 'modelyard.request.duration']) {
      const told = JSON.stringify(await points(name))
      for (const secret of ['secret', id, 'req_']) expect(told).not.toContain(secret)
    }
  })

  it('go to the provider that is registered, also where that came after the router', async () => {
    const at = sdk()
    const telemetry = openTelemetry()
    const client = createRouter({ providers: [fakeProvider({ id: 'one', models: ['m'], script: answer('Hello') })], telemetry })
    await client.chat.completions.create(ask)
    metrics.setGlobalMeterProvider(at.meterProvider)
    await client.chat.completions.create(ask)
    const [duration] = await at.points('gen_ai.client.operation.duration')
    expect(duration && figures(duration).count).toBe(1)
    expect(await at.points('modelyard.requests.running')).toHaveLength(1)
  })
})
