import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError, BadRequestError, RateLimitError } from 'openai'
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { ModelyardError, StreamInterruptedError, attemptsOf, createRouter, memoryKeys, routeOf } from '../src/index.ts'
import type { ChatCompletionChunk, ProviderAdapter, RouterOptions } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { google } from '../src/providers/google/index.ts'
import { mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { retryWait } from '../src/retry.ts'
import { answer, fail, fakeClock, fakeProvider, stall, stream, toolCalls } from '../src/testing/index.ts'
import type { FakeClock } from '../src/testing/index.ts'
import { until } from './faults/bench.ts'
import { two } from './two-providers.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]

const ask = (client: OpenAI, options?: OpenAI.RequestOptions) =>
  client.chat.completions.create({ model: 'auto', messages }, options)
const open = (client: OpenAI) => client.chat.completions.create({ model: 'auto', messages, stream: true })
const textOf = (completion: OpenAI.ChatCompletion) => completion.choices[0]?.message.content
const thrownBy = (call: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(call).then(
    () => undefined,
    (error: unknown) => error,
  )

async function drain(opened: AsyncIterable<ChatCompletionChunk>) {
  let text = ''
  let error: unknown
  try {
    for await (const { choices } of opened) text += choices[0]?.delta.content ?? ''
  } catch (thrown) {
    error = thrown
  }
  return { text, error }
}

const tell = async (client: OpenAI) => drain(await open(client))

type Delta = ChatCompletionChunk['choices'][number]['delta']
type Finish = ChatCompletionChunk['choices'][number]['finish_reason']

const chunk = (delta: object, finish_reason: Finish = null): ChatCompletionChunk => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: delta satisfies Delta, finish_reason }],
})
const opening = chunk({ role: 'assistant', content: '' })

/** A router whose first target streams what `make` gives, with a sound one behind it. */
function streaming(make: (clock: FakeClock) => AsyncIterable<ChatCompletionChunk>, options: Partial<RouterOptions> = {}) {
  const clock = fakeClock()
  const first: ProviderAdapter = { ...fakeProvider({ id: 'first', models: ['m'], clock }), stream: () => make(clock) }
  const second = fakeProvider({ id: 'second', models: ['m'], clock, script: answer('fallback') })
  const client = createRouter({
    providers: [first, second],
    agents: { a: { primary: 'first/m', fallback: ['second/m'] } },
    clock,
    maxRetries: 0,
    ...options,
  })
  return { agent: client.agent('a'), client, clock }
}

/** Lets a wait on the router's clock pass. */
const pause = (clock: FakeClock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.setTimeout(() => resolve(), ms)
  })

/** A chunk every so often, for ever. */
async function* every(clock: FakeClock, ms: number, delta: object): AsyncGenerator<ChatCompletionChunk> {
  for (;;) {
    await pause(clock, ms)
    yield chunk(delta)
  }
}

async function* of(...chunks: readonly ChatCompletionChunk[]): AsyncGenerator<ChatCompletionChunk> {
  yield* chunks
}

async function advance(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) await clock.advanceAsync(100)
}

/** An empty chunk of this size. */
const padded = (kib: number): ChatCompletionChunk => Object.assign(chunk({}), { padding: 'x'.repeat(kib * 1024) })

/** A chunk as it stands in an event stream. */
const event = (delta: object, finish_reason: Finish = null) => `data: ${JSON.stringify(chunk(delta, finish_reason))}\n\n`

describe('classification', () => {
  it('CL-01 a broken connection goes on to the next target; alone it is tried again, and ends in an APIConnectionError', async () => {
    const { agent, client } = two([fail({ kind: 'network' })], [answer('fallback')])
    expect(textOf(await ask(agent))).toBe('fallback')
    expect(client.breakers.snapshot('first/model-a').consecutiveErrors).toBe(1)
    const alone = two(fail({ kind: 'network' }), [])
    const failed = thrownBy(alone.client.chat.completions.create({ model: 'first/model-a', messages }))
    await advance(alone.clock, 16_000)
    expect(await failed).toBeInstanceOf(APIConnectionError)
    expect(alone.first.calls).toHaveLength(3)
  })

  it('CL-02 a limit that runs out goes on to the next target; alone it is not tried again', async () => {
    const { agent, clock, client, first } = two([stall()], [answer('fallback')], { clocks: { attemptMs: 1000 } })
    const served = ask(agent).then(textOf)
    await clock.advanceAsync(1001)
    expect(await served).toBe('fallback')
    expect([client.breakers.snapshot('first/model-a').consecutiveErrors, first.calls.length]).toEqual([1, 1])
    const alone = two(stall(), [], { clocks: { attemptMs: 1000 } })
    const failed = thrownBy(alone.client.chat.completions.create({ model: 'first/model-a', messages }))
    await alone.clock.advanceAsync(1001)
    expect(await failed).toBeInstanceOf(APIConnectionTimeoutError)
    expect(alone.first.calls).toHaveLength(1)
  })

  it('CL-23 a stream that breaks before content goes on to the next target; alone it is tried again', async () => {
    const cut = stream([], { failAfter: 0 })
    expect((await tell(two([cut], [answer('fallback')]).agent)).text).toBe('fallback')
    const alone = two([cut, answer('second try')], [])
    const told = alone.client.chat.completions.create({ model: 'first/model-a', messages, stream: true }).then(drain)
    await advance(alone.clock, 1000)
    expect((await told).text).toBe('second try')
  })

  it('CL-25 a stream that breaks after content counts, and is neither tried again nor taken over', async () => {
    const { agent, first, second, client } = two([stream(['one'], { failAfter: 1 })], [])
    expect((await tell(agent)).error).toBeInstanceOf(StreamInterruptedError)
    expect([first.calls.length, second.calls.length]).toEqual([1, 0])
    expect(client.breakers.snapshot('first/model-a').consecutiveErrors).toBe(1)
  })

  it('CL-27 a target that cannot serve the request is passed over, and its circuit is untouched', async () => {
    const locked = fakeProvider({ id: 'locked', key: 'MISSING', models: ['m'] })
    const unable = fakeProvider({
      id: 'unable',
      models: ['m'],
      supports: () => ({ level: 'no', field: 'messages', reason: 'it does not speak' }),
    })
    const able = fakeProvider({ id: 'able', models: ['m'], script: answer('able') })
    const client = createRouter({ providers: [locked, unable, able], keys: memoryKeys({ OTHER: 'key' }) })
    const completion = await client
      .with({ fallback: ['unable/m', 'able/m'] })
      .chat.completions.create({ model: 'locked/m', messages })
    expect(routeOf(completion)).toMatchObject({
      target: 'able/m',
      attempts: 1,
      decision: {
        rejected: [
          { target: 'locked/m', reason: 'missing_key' },
          { target: 'unable/m', reason: 'unsupported' },
        ],
      },
    })
    expect([locked.calls.length, unable.calls.length]).toEqual([0, 0])
    expect(
      client.breakers
        .list()
        .filter(({ target }) => target !== 'able/m')
        .every(({ consecutiveErrors }) => consecutiveErrors === 0),
    ).toBe(true)
  })

  it.each([undefined, null, 'text', 7, [], {}, { choices: [] }, { choices: [{}] }, { choices: [{ message: 'text' }] }])(
    'CL-30 %j is no answer, and no caller gets it',
    async (body) => {
      const first = fakeProvider({ id: 'first', models: ['m'] })
      const giving: ProviderAdapter = Object.assign({ ...first }, { complete: () => Promise.resolve(body) })
      const client = createRouter({ providers: [giving], maxRetries: 0 })
      const error = await thrownBy(client.chat.completions.create({ model: 'm', messages }))
      expect(error).toBeInstanceOf(APIConnectionError)
      expect(error).toMatchObject({ code: 'malformed_response' })
    },
  )

  it.each([
    [400, OpenAI.BadRequestError],
    [401, OpenAI.AuthenticationError],
    [403, OpenAI.PermissionDeniedError],
    [404, OpenAI.NotFoundError],
    [409, OpenAI.ConflictError],
    [422, OpenAI.UnprocessableEntityError],
    [429, OpenAI.RateLimitError],
    [500, OpenAI.InternalServerError],
    [418, OpenAI.APIError],
  ])("CL-31 a %i is the OpenAI client's own class, with status, code, type and request id", async (status, type) => {
    const { client } = two([fail({ status, code: 'its_code', type: 'its_type', requestId: 'req_of_vendor' })], [], {
      maxRetries: 0,
    })
    const error = await thrownBy(client.chat.completions.create({ model: 'first/model-a', messages }))
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({ status, code: 'its_code', type: 'its_type', requestID: 'req_of_vendor' })
  })

  it.each([
    new TypeError('terminated'),
    new SyntaxError('Unexpected token'),
    new DOMException('gone', 'NetworkError'),
    Object.assign(new Error('of an SDK'), { name: 'ZodError' }),
    'a string',
    null,
  ])('CL-32 what an adapter throws never escapes as it is: %s', async (thrown) => {
    // oxlint-disable-next-line prefer-promise-reject-errors -- adapters throw what they like
    const first: ProviderAdapter = { ...fakeProvider({ id: 'first', models: ['m'] }), complete: () => Promise.reject(thrown) }
    const client = createRouter({ providers: [first], maxRetries: 0 })
    const error = await thrownBy(client.chat.completions.create({ model: 'm', messages }))
    expect(error).toBeInstanceOf(APIError)
    expect(error).not.toBe(thrown)
  })
})

describe('retry and failover', () => {
  it('RT-03 waits between two tries of a target for any time up to half a second, doubled with each, and 8 s at most', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(12), (share, spent) => {
        const wait = retryWait({ kind: 'server', message: '' }, { left: 1, spent, random: () => share })
        expect(wait).toBeCloseTo(share * Math.min(8000, 500 * 2 ** spent))
      }),
    )
  })

  it('RT-05 never waits for Retry-After while another target is left', async () => {
    const { agent, clock } = two([fail({ status: 429, retryAfterMs: 20_000 })], [answer('fallback')])
    const before = clock.now()
    expect(textOf(await ask(agent))).toBe('fallback')
    expect(clock.now()).toBe(before)
  })

  it('RT-10 skips a fallback that cannot do what was asked, and says what it leaves out of a fallback that can', async () => {
    const script = answer('x')
    const providers = [
      fakeProvider({ id: 'first', models: ['m'], script: fail({ status: 500 }) }),
      fakeProvider({ id: 'unable', models: ['m'], script, supports: () => ({ level: 'no', field: 'tools', reason: 'none' }) }),
      fakeProvider({ id: 'poor', models: ['m'], script, supports: () => ({ level: 'yes', dropped: ['seed'] }) }),
    ]
    const client = createRouter({ providers })
    const completion = await client
      .with({ fallback: ['unable/m', 'poor/m'] })
      .chat.completions.create({ model: 'first/m', messages })
    expect(routeOf(completion)).toMatchObject({
      target: 'poor/m',
      decision: {
        rejected: [{ target: 'unable/m', reason: 'unsupported', field: 'tools' }],
        warnings: ['poor/m lacks seed: left out'],
      },
    })
  })

  it('RT-11 throws the last error where all failed, with every attempt, frozen', async () => {
    const { agent } = two([fail({ status: 500 })], [fail({ status: 429, code: 'slow_down' })], { maxRetries: 0 })
    const error = await thrownBy(ask(agent))
    expect(error).toBeInstanceOf(RateLimitError)
    const attempts = attemptsOf(error)
    expect(attempts).toMatchObject([
      { target: 'first/model-a', kind: 'server', status: 500 },
      { target: 'second/model-b', kind: 'rate_limit', status: 429, code: 'slow_down' },
    ])
    expect([attempts, ...attempts].every((each) => Object.isFrozen(each))).toBe(true)
  })

  it("RT-12 gives the caller the fallback's own 400", async () => {
    const { agent } = two([fail({ status: 500 })], [fail({ status: 400, code: 'of_the_fallback' })])
    const error = await thrownBy(ask(agent))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ code: 'of_the_fallback' })
  })

  it('RT-13 asks nobody beside a slow target unless it is told to', async () => {
    const { agent, clock, second } = two([answer('late', { delayMs: 100_000 })], [])
    const served = ask(agent).then(textOf)
    await advance(clock, 100_100)
    expect(await served).toBe('late')
    expect(second.calls).toHaveLength(0)
  })
})

describe('streams', () => {
  it('ST-01 holds 64 chunks back before the first content, and no more', async () => {
    const empty = Array.from({ length: 64 }, () => chunk({}))
    const most = streaming(() => of(opening, ...empty, chunk({}, 'stop')))
    expect(await tell(most.agent)).toEqual({ text: 'fallback', error: undefined })
    const enough = streaming(() => of(opening, ...empty.slice(1), chunk({ content: 'first' }), chunk({}, 'stop')))
    expect((await tell(enough.agent)).text).toBe('first')
  })

  it('ST-01 holds 256 KiB back, and no more', async () => {
    const tooMuch = streaming(() => of(opening, padded(200), padded(60), chunk({ content: 'first' }), chunk({}, 'stop')))
    expect((await tell(tooMuch.agent)).text).toBe('fallback')
    const enough = streaming(() => of(opening, padded(200), padded(40), chunk({ content: 'first' }), chunk({}, 'stop')))
    expect((await tell(enough.agent)).text).toBe('first')
  })

  it('ST-06 waits for nothing after the finish but for usage, and for that no longer than 2 s', async () => {
    const { agent, clock, client } = streaming(async function* hanging() {
      yield opening
      yield chunk({ content: 'whole' })
      yield chunk({}, 'stop')
      await new Promise(() => undefined)
    })
    const told = tell(agent)
    await advance(clock, 2100)
    expect(await told).toEqual({ text: 'whole', error: undefined })
    expect(client.breakers.snapshot('first/m').consecutiveErrors).toBe(0)
  })

  it('ST-07 empty chunks feed neither the limit for the first token nor the one between two', async () => {
    const clocks = { firstTokenMs: 1000, idleMs: 1000 }
    const dumb = streaming((clock) => every(clock, 300, {}), { clocks })
    const first = tell(dumb.agent)
    await advance(dumb.clock, 1500)
    expect((await first).text).toBe('fallback')
    const stalled = streaming(
      async function* speaking(clock) {
        yield chunk({ role: 'assistant', content: 'Once' })
        yield* every(clock, 300, {})
      },
      { clocks },
    )
    const second = tell(stalled.agent)
    await advance(stalled.clock, 1500)
    expect((await second).error).toMatchObject({ kind: 'timeout', partialText: 'Once' })
  })

  it('ST-07 reasoning feeds both', async () => {
    const { agent, clock } = streaming(
      async function* thinking(at) {
        for (let thought = 0; thought < 10; thought++) {
          await pause(at, 800)
          yield chunk({ ...(thought === 0 && { role: 'assistant' }), reasoning_content: 'hm ' })
        }
        yield chunk({ content: 'well' })
        yield chunk({}, 'stop')
      },
      { clocks: { firstTokenMs: 1000, idleMs: 1000 } },
    )
    const told = tell(agent)
    await advance(clock, 8500)
    expect(await told).toEqual({ text: 'well', error: undefined })
  })

  it('ST-11 controller.abort() ends the stream, and it can be read once only', async () => {
    const { agent, first } = two([stream(['one', 'two'], { stallAfter: 1 })], [])
    const opened = await open(agent)
    for await (const { choices } of opened) if (choices[0]?.delta.content === 'one') opened.controller.abort()
    expect(first.calls[0]?.aborted).toBe(true)
    expect(String((await drain(opened)).error)).toMatch(/consumed stream/)
  })

  it('ST-14 bytes that are no UTF-8 become the replacement character', async () => {
    const [before = '', after = ''] = event({ role: 'assistant', content: 'a§b' }).split('§')
    const body = Buffer.concat([
      Buffer.from(before),
      Buffer.from([0xff]),
      Buffer.from(after + event({}, 'stop') + 'data: [DONE]\n\n'),
    ])
    const respond = () => Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
    const client = createRouter({
      providers: [openai({ api: 'chat', fetch: respond })],
      keys: memoryKeys({ OPENAI_API_KEY: 'sk-any' }),
    })
    const opened = await client.chat.completions.create({ model: 'openai/m', messages, stream: true })
    expect(await drain(opened)).toEqual({ text: 'a\uFFFDb', error: undefined })
  })

  it('ST-17 reads at most one chunk ahead of the consumer', async () => {
    let made = 0
    const { agent } = streaming(async function* counting() {
      for (; made < 20; made++) yield made === 0 ? opening : chunk({ content: `${made} ` })
      yield chunk({}, 'stop')
    })
    let read = 0
    for await (const each of await open(agent)) {
      expect(each).toBeDefined()
      read += 1
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
      // The role is held back until the first content is there.
      expect(made).toBeLessThanOrEqual(Math.max(read, 2) + 1)
    }
    expect(read).toBeGreaterThan(20)
  })
})

describe('limits, aborts and hygiene', () => {
  it.each([
    ['openai', (fetch: typeof globalThis.fetch) => openai({ api: 'chat', fetch }), 'openai/m'],
    ['anthropic', (fetch: typeof globalThis.fetch) => anthropic({ fetch }), 'anthropic/m'],
    ['mistral', (fetch: typeof globalThis.fetch) => mistral({ fetch }), 'mistral/m'],
    ['google', (fetch: typeof globalThis.fetch) => google({ fetch }), 'google/m'],
  ])("TO-02 the timers of %s's SDK never fire first", async (_id, make, model) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let signal: AbortSignal | null | undefined
      const called = Promise.withResolvers<void>()
      const provider = make((input, init) => {
        signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
        called.resolve()
        return new Promise(() => undefined)
      })
      const keys = memoryKeys({ OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k', MISTRAL_API_KEY: 'k', GEMINI_API_KEY: 'k' })
      const limits = { attemptMs: Infinity, totalMs: Infinity }
      const client = createRouter({
        providers: [provider],
        keys,
        clock: fakeClock(),
        clocks: limits,
        maxRetries: 0,
        timeout: 2 ** 31 - 1,
      })
      const outcome = { ended: false }
      const controller = new AbortController()
      const ended = thrownBy(client.chat.completions.create({ model, messages }, { signal: controller.signal }))
      void ended.then(() => (outcome.ended = true))
      await called.promise
      await vi.advanceTimersByTimeAsync(3 * 3_600_000)
      expect([outcome.ended, signal?.aborted]).toEqual([false, false])
      controller.abort()
      expect(await ended).toBeInstanceOf(OpenAI.APIUserAbortError)
    } finally {
      vi.useRealTimers()
    }
  })

  it('TO-03 ends the wire call at once when a limit runs out', async () => {
    const { agent, clock, first, second } = two([stall()], [stall()], { clocks: { attemptMs: 1000 }, maxRetries: 0 })
    const failed = thrownBy(ask(agent))
    await clock.advanceAsync(1000)
    expect([first.calls[0]?.aborted, second.calls[0]?.aborted]).toEqual([true, false])
    await clock.advanceAsync(1000)
    expect(second.calls[0]?.aborted).toBe(true)
    expect(await failed).toBeInstanceOf(APIConnectionTimeoutError)
  })

  it('TO-04 leaves no timer behind, however a call ends', async () => {
    const { agent, clock, first } = two(
      [answer('a'), answer('b'), fail({ status: 400 }), fail({ status: 500 }), stream(['x', 'y']), stall()],
      [answer('c')],
    )
    await ask(agent)
    expect((await tell(agent)).text).toBe('b')
    await thrownBy(ask(agent))
    await ask(agent)
    for await (const { choices } of await open(agent)) if (choices[0]?.delta.content === 'x') break
    const controller = new AbortController()
    const before = first.calls.length
    const aborted = thrownBy(ask(agent, { signal: controller.signal }))
    await until(() => first.calls.length > before)
    controller.abort()
    await aborted
    expect(clock.pending).toBe(0)
  })

  it("TO-05 the caller's timeout is a further upper limit of an attempt", async () => {
    const { agent, clock, first } = two([stall()], [answer('fallback')], { clocks: { attemptMs: 1000 } })
    const served = ask(agent, { timeout: 300 }).then(textOf)
    await clock.advanceAsync(301)
    expect(await served).toBe('fallback')
    expect(first.calls[0]?.aborted).toBe(true)
  })

  it('AB-04 nothing is rejected behind the caller, also by adapters that fail when nobody waits any more', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    try {
      const clock = fakeClock()
      const late = {
        ...fakeProvider({ id: 'late', models: ['m'], clock }),
        complete: () => pause(clock, 500).then(() => Promise.reject(new Error('late'))),
      }
      const client = createRouter({ providers: [late], clock, clocks: { attemptMs: 100 }, maxRetries: 0 })
      const failed = thrownBy(client.chat.completions.create({ model: 'm', messages }))
      await clock.advanceAsync(101)
      expect(await failed).toBeInstanceOf(APIConnectionTimeoutError)
      await clock.advanceAsync(500)
      const { agent } = two([stream(['one'], { failAfter: 1 })], [])
      const opened = await open(agent)
      opened.controller.abort()
      await new Promise((resolve) => setImmediate(resolve))
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  it('AB-05 leaves no wire call open once the caller has the outcome', async () => {
    const calls = toolCalls([{ name: 'f' }])
    const { agent, clock, first, second } = two([stall(), stream(['one', 'two'], { stallAfter: 1 })], [calls], {
      clocks: { attemptMs: 1000, idleMs: 1000 },
    })
    const served = ask(agent)
    await clock.advanceAsync(1001)
    await served
    const told = tell(agent)
    await advance(clock, 1100)
    expect((await told).error).toBeInstanceOf(StreamInterruptedError)
    expect(first.calls.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(second.calls.map(({ aborted }) => aborted)).toEqual([false])
  })

  it('AB-07 close() ends what runs and flushes; afterwards the router says that it is closed', async () => {
    const { agent, client, first, audit, clock } = two([stall()], [])
    const ended = thrownBy(ask(agent))
    await until(() => first.calls.length === 1)
    await client.close()
    expect(await ended).toBeInstanceOf(OpenAI.APIUserAbortError)
    expect(first.calls[0]?.aborted).toBe(true)
    expect(audit.records.at(-1)?.event.type).toBe('request.cancelled')
    expect(clock.pending).toBe(0)
    expect(await thrownBy(ask(agent))).toBeInstanceOf(ModelyardError)
  })
})
