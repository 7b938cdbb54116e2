import { inspect } from 'node:util'
import type OpenAI from 'openai'
import { APIConnectionError, APIConnectionTimeoutError, APIUserAbortError } from 'openai'
import { describe, expect, it } from 'vitest'
import type { ChatCompletionChunk, KeyStore, ProviderAdapter } from '../src/index.ts'
import { createRouter, memoryAudit, memoryKeys, routeOf } from '../src/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { answer, fail, fakeClock, fakeProvider, stream } from '../src/testing/index.ts'
import { ask } from './faults/bench.ts'
import { two } from './two-providers.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]
const never = (): Promise<never> => new Promise(() => undefined)
const thrownBy = (call: PromiseLike<unknown>) =>
  Promise.resolve(call).then(
    () => undefined,
    (error: unknown) => error,
  )

function opened(keys: KeyStore) {
  const clock = fakeClock()
  const audit = memoryAudit()
  const locked = fakeProvider({ id: 'locked', models: ['m'], clock, key: 'KEY', script: answer('x') })
  const open = fakeProvider({ id: 'open', models: ['n'], clock, script: answer('from the open one') })
  return {
    clock,
    audit,
    locked,
    client: createRouter({ providers: [locked, open], keys, clock, audit, clocks: { totalMs: 1000 } }),
  }
}

const abortedByItself = () => Promise.reject(new DOMException('This operation was aborted', 'AbortError'))

/** As HTTP clients do that put the whole request on their errors. */
const tellingAll = (_url: unknown, init?: RequestInit) =>
  Promise.reject(
    Object.assign(new TypeError('fetch failed: Bearer sk-canary-0123456789'), {
      request: init,
      config: { headers: init?.headers },
    }),
  )

describe('a key store', () => {
  it('RT-07 that never answers is ended by totalMs', async () => {
    const { clock, client, locked } = opened({ get: never })
    const error = thrownBy(client.chat.completions.create({ model: 'locked/m', messages }))
    await clock.advanceAsync(1001)
    expect(await error).toBeInstanceOf(APIConnectionTimeoutError)
    expect(locked.calls).toHaveLength(0)
    expect(clock.pending).toBe(0)
  })

  it('AB-02 that never answers does not keep a caller who gives up', async () => {
    const { client, audit } = opened({ get: never })
    const controller = new AbortController()
    const error = thrownBy(client.chat.completions.create({ model: 'locked/m', messages }, { signal: controller.signal }))
    controller.abort()
    expect(await error).toBeInstanceOf(APIUserAbortError)
    await client.flush()
    expect(audit.records.at(-1)?.event.type).toBe('request.cancelled')
  })

  it.each([
    ['a bare string', 'sk-secret-value-1234'],
    ['null', null],
    ['a number', 5],
  ])('that gives %s is passed over, and what it gave is not repeated', async (_name, given) => {
    const keys: unknown = { get: () => Promise.resolve(given) }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JavaScript would pass
    const { client } = opened(keys as KeyStore)
    const fallback = await client.with({ fallback: ['open/n'] }).chat.completions.create({ model: 'locked/m', messages })
    expect(routeOf(fallback)?.target).toBe('open/n')
    const error = await thrownBy(client.chat.completions.create({ model: 'locked/m', messages }))
    expect(error).toMatchObject({ code: 'MISSING_KEY' })
    expect(inspect(error, { depth: Infinity })).not.toContain('secret-value')
  })
})

describe('a classifier', () => {
  it.each([
    ['never answers', never],
    ['answers null', () => null],
    ['names a tier that there is not', () => ({ tier: 'trivial', score: 0, confidence: 1, signals: [] })],
  ])('that %s knows nothing, and unsure means standard', async (_name, classify) => {
    const clock = fakeClock()
    const provider = fakeProvider({ id: 'p', models: ['m'], clock, script: answer('x') })
    const made: unknown = { classify }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JavaScript would pass
    const classifier = made as { classify: () => never }
    const client = createRouter({
      providers: [provider],
      tiers: { simple: ['p/m'], standard: ['p/m'], complex: ['p/m'] },
      clock,
      classifier,
    })
    const decision = client.explain({ model: 'auto', messages })
    await clock.advanceAsync(2001)
    expect((await decision).tier).toBe('standard')
  })
})

describe('a stream', () => {
  it('ST-08 that is read late is whole: nobody was waiting for the provider', async () => {
    const { client, clock, agent } = two([stream(['one ', 'two'])], [], { clocks: { firstTokenMs: 100, idleMs: 100 } })
    const late = await agent.chat.completions.create({ model: 'auto', messages, stream: true })
    await clock.advanceAsync(5000)
    let text = ''
    for await (const chunk of late) text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe('one two')
    expect(client.breakers.snapshot('first/model-a').consecutiveErrors).toBe(0)
  })

  it('ST-10 that nobody reads until totalMs says nothing about the provider', async () => {
    const { client, clock, agent } = two([stream(['one'])], [], { clocks: { totalMs: 1000 } })
    await agent.chat.completions.create({ model: 'auto', messages, stream: true })
    await clock.advanceAsync(1001)
    expect(client.breakers.snapshot('first/model-a').consecutiveErrors).toBe(0)
  })

  it('45 keeps its order whoever asks first', async () => {
    const { agent } = two([stream(['a', 'b', 'c', 'd'])], [])
    const iterator = (await agent.chat.completions.create({ model: 'auto', messages, stream: true }))[Symbol.asyncIterator]()
    const pulls = Array.from({ length: 5 }, () => iterator.next())
    await pulls[0]
    const more = iterator.next()
    const chunks = await Promise.all([...pulls, more])
    const texts = chunks.map((result) => (result.done === true ? '' : (result.value.choices[0]?.delta.content ?? '')))
    expect(texts.join('')).toBe('abcd')
  })

  it.each([
    ['nothing', null],
    ['no choices', {}],
    ['a choice without a delta', { choices: [{ index: 0 }] }],
  ])('CL-26 of a broken adapter, with %s for a chunk, is left for the fallback', async (_name, chunk) => {
    const garbage: unknown = chunk
    const broken: ProviderAdapter = {
      ...fakeProvider({ id: 'broken', models: ['m'] }),
      async *stream() {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JavaScript would pass
        yield garbage as ChatCompletionChunk
      },
    }
    const client = createRouter({ providers: [broken, fakeProvider({ id: 'good', models: ['n'], script: answer('good') })] })
    const answered = await client
      .with({ fallback: ['good/n'] })
      .chat.completions.create({ model: 'broken/m', messages, stream: true })
    let text = ''
    for await (const each of answered) text += each.choices[0]?.delta.content ?? ''
    expect(text).toBe('good')
  })
})

it('RT-02 the last target that was called gets the retries when the fallback turns out to have no key', async () => {
  const clock = fakeClock()
  const first = fakeProvider({
    id: 'first',
    models: ['m'],
    clock,
    script: [fail({ status: 503 }), fail({ status: 503 }), answer('third time')],
  })
  const locked = fakeProvider({ id: 'locked', models: ['n'], clock, key: 'KEY', script: [] })
  const client = createRouter({ providers: [first, locked], keys: { get: () => Promise.resolve(undefined) }, clock })
  const completion = Promise.resolve(
    client.with({ fallback: ['locked/n'] }).chat.completions.create({ model: 'first/m', messages }),
  )
  for (let step = 0; step < 4; step++) await clock.advanceAsync(8000)
  expect(routeOf(await completion)).toMatchObject({ target: 'first/m', attempts: 3 })
})

it("CL-04 a transport's own AbortError is the connection's fault, not the caller's wish", async () => {
  const client = createRouter({
    providers: [openai({ fetch: abortedByItself })],
    keys: memoryKeys({ OPENAI_API_KEY: 'sk-test-key' }),
    maxRetries: 0,
  })
  const error = await thrownBy(client.chat.completions.create({ model: 'gpt-4o', messages }))
  expect(error).toBeInstanceOf(APIConnectionError)
  expect(error).not.toBeInstanceOf(APIUserAbortError)
})

it('SE-08 a transport whose errors carry the request puts neither key nor prompt into what the caller catches', async () => {
  const client = createRouter({
    providers: [openai({ fetch: tellingAll })],
    keys: memoryKeys({ OPENAI_API_KEY: 'sk-canary-0123456789' }),
    maxRetries: 0,
  })
  const error = await thrownBy(
    client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'canary prompt' }] }),
  )
  expect(error).toBeInstanceOf(APIConnectionError)
  expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(/0123456789|canary prompt/)
})

it('residency holds for embeddings too', async () => {
  const vector = {
    object: 'list' as const,
    model: 'e',
    data: [{ object: 'embedding' as const, index: 0, embedding: [1] }],
    usage: { prompt_tokens: 1, total_tokens: 1 },
  }
  const us = fakeProvider({ id: 'us', models: ['e'], region: 'us', embed: () => vector })
  const eu = fakeProvider({ id: 'eu', models: ['e'], region: 'eu', embed: () => vector })
  const client = createRouter({ providers: [us, eu], region: 'eu' })
  await expect(client.embeddings.create({ model: 'us/e', input: 'x' })).rejects.toMatchObject({ code: 'region_unavailable' })
  expect((await client.embeddings.create({ model: 'eu/e', input: 'x' })).data).toHaveLength(1)
})

it('close() ends what is still running, so that every request has its end in the trail', async () => {
  const clock = fakeClock()
  const audit = memoryAudit()
  const client = createRouter({
    providers: [fakeProvider({ id: 'p', models: ['m'], clock, script: answer('x', { delayMs: 1000 }) })],
    clock,
    audit,
  })
  const error = thrownBy(client.chat.completions.create({ model: 'm', messages }))
  const open = createRouter({ providers: [fakeProvider({ id: 'q', models: ['m'], script: stream(['a']) })], audit })
  await open.chat.completions.create({ model: 'm', messages, stream: true })
  expect(await Promise.all([client.close(), open.close()])).toEqual([0, 0])
  expect(await error).toBeInstanceOf(APIUserAbortError)
  expect(audit.records.filter(({ event }) => event.type === 'request.cancelled')).toHaveLength(2)
})

it('RT-08 no adapter can change the request for the next one', async () => {
  const vandal: ProviderAdapter = {
    ...fakeProvider({ id: 'vandal', models: ['m'] }),
    complete({ request }) {
      const [message] = request.messages
      if (message !== undefined) Reflect.set(message, 'content', 'changed')
      return Promise.reject(new Error('and then it fails'))
    },
  }
  const good = fakeProvider({ id: 'good', models: ['n'], script: answer('good') })
  const client: OpenAI = createRouter({ providers: [vandal, good] }).with({ fallback: ['good/n'] })
  await client.chat.completions.create({ model: 'vandal/m', messages })
  expect(good.calls[0]?.request.messages).toEqual(messages)
})

/** An adapter of a user's own, which knows no fault but its vendor's. */
const knowsLittle = (changes: Partial<ProviderAdapter>): ProviderAdapter => ({
  ...fakeProvider({ id: 'own', models: ['m'] }),
  failure: () => ({ kind: 'internal', message: 'None of the errors of the vendor.' }),
  ...changes,
})
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what code without types may give
const streamed = (...chunks: unknown[]) => ({ stream: () => ReadableStream.from(chunks) }) as unknown as Partial<ProviderAdapter>
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what code without types may give
const answered = (given: unknown) => ({ complete: () => Promise.resolve(given) }) as unknown as Partial<ProviderAdapter>

describe('what the router finds wrong with an answer', () => {
  it.each([
    ['no answer', 'malformed', answered({ id: 'x' })],
    ['no chunk', 'malformed', streamed(null)],
    ['a stream without an end', 'truncated', streamed()],
  ] as const)('is not for its adapter to tell: %s', async (_what, kind, changes) => {
    const audit = memoryAudit()
    const good = fakeProvider({ id: 'good', models: ['n'], script: 'stream' in changes ? stream(['good']) : answer('good') })
    const client = createRouter({ providers: [knowsLittle(changes), good], audit })
    const asked = await ask(client.with({ fallback: ['good/n'] }), { stream: 'stream' in changes, model: 'own/m' })
    await client.flush()
    const failed = audit.records.flatMap(({ event }) => (event.type === 'attempt.failed' ? [event.kind] : []))
    expect([asked.error, asked.text, failed]).toEqual([undefined, 'good', [kind]])
  })
})

it('16 one object that an adapter gives twice becomes two results', async () => {
  const same = await fakeProvider({ script: answer('x') }).complete({
    model: 'm',
    card: undefined,
    request: { model: 'm', messages },
    secret: await memoryKeys({ K: 'sk-test-key' })
      .get('K', { provider: 'p' })
      .then((secret) => secret ?? Promise.reject(new Error('no key'))),
    signal: new AbortController().signal,
  })
  const client = createRouter({
    providers: [{ ...fakeProvider({ id: 'p', models: ['m'] }), complete: () => Promise.resolve(same) }],
  })
  const [one, other] = await Promise.all([1, 2].map(() => client.chat.completions.create({ model: 'm', messages })))
  expect(one).not.toBe(other)
  expect(routeOf(one)?.requestId).not.toBe(routeOf(other)?.requestId)
})
