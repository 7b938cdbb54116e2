import * as fc from 'fast-check'
import { APIUserAbortError, InternalServerError } from 'openai'
import { describe, expect, it } from 'vitest'
import type { AuditOptions } from '../src/audit-options.ts'
import type { AuditRecord, AuditSink } from '../src/contracts/audit.ts'
import { ModelyardError, createRouter } from '../src/index.ts'
import type { FakeProvider } from '../src/testing/index.ts'
import { answer, fakeClock, fakeProvider, stall, stream } from '../src/testing/index.ts'

const ask = { model: 'fake/m', messages: [{ role: 'user' as const, content: 'Hi' }] }
/** What one of these requests writes: accepted, decision, attempt started and succeeded, completed. */
const recordsOfOne = 5

/** A sink that is given records at once, and keeps them when the test says so. */
class StuckSink implements AuditSink {
  readonly records: AuditRecord[] = []
  #pending: (() => void)[] = []
  #isFree = false

  write(record: AuditRecord): Promise<void> {
    this.records.push(record)
    return this.#isFree ? Promise.resolve() : new Promise((resolve) => this.#pending.push(resolve))
  }

  /** Keeps the oldest records that it has not kept yet. */
  keep(count: number): void {
    for (const resolve of this.#pending.splice(0, count)) resolve()
  }

  /** Keeps everything, also what comes later. */
  free(): void {
    this.#isFree = true
    this.keep(this.#pending.length)
  }

  get requests(): number {
    return new Set(this.records.map(({ requestId }) => requestId)).size
  }
}

/** Lets everything that is ready run, without time. */
async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function bench(options: Partial<AuditOptions> & { readonly provider?: FakeProvider } = {}) {
  const { provider = fakeProvider({ models: ['m'], script: answer('Hello') }), ...audit } = options
  const sink = new StuckSink()
  const clock = fakeClock()
  const client = createRouter({ providers: [provider], clock, audit: { sinks: sink, onFull: 'block', ...audit } })
  return { sink, clock, client, provider }
}

/** A bench whose sink has taken as much as makes the next request wait. */
async function fullBench(options: Parameters<typeof bench>[0] = {}) {
  const made = bench({ queueLimit: 2 * recordsOfOne, ...options })
  await made.client.chat.completions.create(ask)
  await turns()
  expect(made.sink.records).toHaveLength(recordsOfOne)
  return made
}

async function failureOf(call: PromiseLike<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe("SI-06 with onFull: 'block'", () => {
  it('a new request waits until its records have room, and nobody is called before', async () => {
    const { client, sink, provider } = await fullBench()
    let isAnswered = false
    const call = client.chat.completions.create(ask).then(() => (isAnswered = true))
    await turns()
    expect(isAnswered).toBe(false)
    expect(provider.calls).toHaveLength(1)
    expect(sink.records).toHaveLength(recordsOfOne)
    sink.keep(1)
    await call
    expect(provider.calls).toHaveLength(2)
    expect(client.health().auditDropped).toBe(0)
    sink.free()
    expect(await client.close()).toBe(0)
    expect(sink.records.map(({ seq }) => seq)).toEqual(sink.records.map((_, index) => index + 1))
  })

  it('so does every kind of call', async () => {
    const provider = fakeProvider({
      models: ['m'],
      script: answer('Hello'),
      embed: ({ model }) => ({ object: 'list', model, data: [], usage: { prompt_tokens: 1, total_tokens: 1 } }),
      moderate: ({ model }) => ({ id: 'x', model, results: [] }),
      forward: () => Response.json({ data: [] }),
    })
    const { client, sink } = await fullBench({ provider })
    const calls = {
      chat: () => client.chat.completions.create(ask),
      stream: () => client.chat.completions.create({ ...ask, stream: true }),
      helper: () => client.chat.completions.stream(ask).finalChatCompletion(),
      'the long way': () => client.chat.completions.create(ask).asResponse(),
      embeddings: () => client.embeddings.create({ model: 'fake/m', input: 'Hi' }),
      moderations: () => client.moderations.create({ model: 'fake/m', input: 'Hi' }),
      forward: () => client.files.list(),
    }
    for (const [name, call] of Object.entries(calls)) {
      let isOver = false
      void failureOf(call()).then(() => (isOver = true))
      await turns(3)
      expect({ name, isOver, records: sink.records.length }).toEqual({ name, isOver: false, records: recordsOfOne })
    }
    expect(provider.calls).toHaveLength(1)
    sink.free()
    await client.close()
  })

  it.each([
    { name: 'the totalMs of the router', limit: 600_000, options: {} },
    { name: 'a timeout of the caller that is shorter', limit: 7_000, options: { timeout: 7_000 } },
  ])('waits as long as the request may take, $name, and then fails with a clear error', async ({ limit, options }) => {
    const { client, sink, clock, provider } = await fullBench()
    const failed = failureOf(client.chat.completions.create(ask, options))
    await turns()
    await clock.advanceAsync(limit - 1)
    sink.records.length = 0
    expect(provider.calls).toHaveLength(1)
    await clock.advanceAsync(1)
    const error = await failed
    expect(error).toBeInstanceOf(InternalServerError)
    expect(error).toMatchObject({ status: 503, code: 'audit_blocked', type: 'router_error' })
    expect(String(error)).toContain("audit.onFull: 'block'")
    sink.keep(recordsOfOne)
    await turns()
    expect(provider.calls).toHaveLength(1)
    expect(sink.records).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('takes what a request has waited off the time that it has altogether', async () => {
    const provider = fakeProvider({ models: ['m'], script: [answer('Hello'), stall()] })
    const { client, sink, clock } = await fullBench({ provider })
    let isOver = false
    const failed = failureOf(client.with({ clocks: { totalMs: 5_000 } }).chat.completions.create(ask)).finally(
      () => (isOver = true),
    )
    await turns()
    await clock.advanceAsync(3_000)
    sink.keep(recordsOfOne)
    await turns()
    expect(provider.calls).toHaveLength(2)
    await clock.advanceAsync(1_999)
    expect(isOver).toBe(false)
    await clock.advanceAsync(1)
    expect(String(await failed)).toContain('not done within 5000 ms (clocks.totalMs)')
  })

  it('fails a forwarded call after the timeout of its caller', async () => {
    const provider = fakeProvider({ models: ['m'], script: answer('Hello'), forward: () => Response.json({ data: [] }) })
    const { client, clock } = await fullBench({ provider })
    const failed = failureOf(client.files.list({}, { timeout: 3_000 }))
    await turns()
    await clock.advanceAsync(3_000)
    expect(await failed).toMatchObject({ status: 503, code: 'audit_blocked' })
  })

  it('lets a caller go who aborts, and gives its place to the next', async () => {
    const { client, sink, provider } = await fullBench()
    const controller = new AbortController()
    const left = failureOf(client.chat.completions.create({ ...ask, user: 'left' }, { signal: controller.signal }))
    const next = client.chat.completions.create({ ...ask, user: 'next' })
    await turns()
    controller.abort(new Error('changed my mind'))
    const error = await left
    expect(error).toBeInstanceOf(APIUserAbortError)
    expect(error).toMatchObject({ cause: new Error('changed my mind') })
    sink.keep(1)
    await next
    expect(provider.calls.map(({ request }) => request.user)).toEqual([undefined, 'next'])
  })

  it('nobody who has left is in the way of those who wait', async () => {
    const { client, sink, clock, provider } = await fullBench()
    const controller = new AbortController()
    const left = Array.from({ length: 100 }, () => failureOf(client.chat.completions.create(ask, { signal: controller.signal })))
    const late = Array.from({ length: 100 }, () => failureOf(client.chat.completions.create(ask, { timeout: 1_000 })))
    const next = client.chat.completions.create(ask)
    await turns()
    controller.abort()
    await clock.advanceAsync(1_000)
    await Promise.all([...left, ...late])
    sink.keep(1)
    await turns(3)
    expect(provider.calls).toHaveLength(2)
    await next
  })

  it('nobody who comes when there is room again goes before those who wait', async () => {
    const { client, sink, provider } = await fullBench()
    const first = client.chat.completions.create({ ...ask, user: 'first' })
    await turns()
    sink.keep(recordsOfOne)
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    const second = client.chat.completions.create({ ...ask, user: 'second' })
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    await turns()
    sink.free()
    await Promise.all([first, second])
    expect(provider.calls.map(({ request }) => request.user)).toEqual([undefined, 'first', 'second'])
  })

  it('lets those that wait in as they came, and of a crowd only as many as have room', async () => {
    const { client, sink, provider } = bench({ queueLimit: 80 })
    const users = Array.from({ length: 200 }, (_, index) => `user-${index}`)
    const calls = users.map((user) => client.chat.completions.create({ ...ask, user }))
    await turns()
    expect(sink.records.length).toBeGreaterThanOrEqual(40)
    expect(sink.records.length).toBeLessThanOrEqual(80)
    const isIn = sink.requests
    sink.keep(recordsOfOne)
    await turns()
    expect(sink.requests).toBeGreaterThan(isIn)
    expect(sink.requests).toBeLessThan(isIn + 8)
    sink.free()
    await Promise.all(calls)
    expect(provider.calls.map(({ request }) => request.user)).toEqual(users)
    expect(await client.close()).toBe(0)
    expect(sink.records).toHaveLength(users.length * recordsOfOne)
  })

  it('drops no record of a request under way, however full the queue is by then', async () => {
    const provider = fakeProvider({ models: ['m'], script: stream(['One ', 'two ', 'three']) })
    const { client, sink } = bench({ queueLimit: 16, provider })
    const streams = []
    for (let call = 0; call < 3; call++) {
      streams.push(await client.chat.completions.create({ ...ask, stream: true }))
      await turns(1)
    }
    const waiting = failureOf(client.chat.completions.create(ask))
    await turns()
    expect(sink.requests).toBe(3)
    for (const opened of streams) for await (const chunk of opened) expect(chunk.object).toBe('chat.completion.chunk')
    await turns()
    // accepted, decision, started, committed, succeeded, completed
    expect(sink.records).toHaveLength(18)
    expect(client.health().auditDropped).toBe(0)
    sink.free()
    await waiting
    expect(await client.close()).toBe(0)
  })

  it('what is about no request is still dropped and counted: a circuit that is worked by hand', async () => {
    const { client, sink } = await fullBench({ queueLimit: recordsOfOne + 1 })
    for (let turn = 0; turn < 3; turn++) {
      client.breakers.trip('fake/m')
      client.breakers.reset('fake/m')
    }
    await turns()
    expect(sink.records).toHaveLength(recordsOfOne + 1)
    expect(client.health().auditDropped).toBe(5)
  })

  it('close() ends the wait', async () => {
    const { client, sink, provider } = await fullBench()
    const failed = failureOf(client.chat.completions.create(ask))
    await turns()
    const closed = client.close()
    // The sink has kept nothing yet.
    const error = await failed
    sink.free()
    await closed
    expect(ModelyardError.is(error) && error.code).toBe('CLOSED')
    expect(provider.calls).toHaveLength(1)
  })

  it('is as quick as the slowest of several sinks', async () => {
    const [quick, slow] = [new StuckSink(), new StuckSink()]
    quick.free()
    const { client, provider } = bench({ sinks: [quick, slow], queueLimit: 2 * recordsOfOne })
    await client.chat.completions.create(ask)
    await turns()
    const call = client.chat.completions.create(ask)
    await turns()
    expect(provider.calls).toHaveLength(1)
    slow.free()
    await call
    expect(quick.records).toHaveLength(2 * recordsOfOne)
  })

  it('waits for nobody where there is no sink', async () => {
    const { client, provider } = bench({ sinks: [] })
    for (let call = 0; call < 20; call++) await client.chat.completions.create(ask)
    expect(provider.calls).toHaveLength(20)
  })
})

/** What may happen around a full trail. */
type Step =
  | { readonly does: 'ask'; readonly streamed: boolean }
  | { readonly does: 'leave'; readonly which: number }
  | { readonly does: 'keep'; readonly count: number }
  | { readonly does: 'turn' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constant('ask' as const), streamed: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('leave' as const), which: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('keep' as const), count: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 4, arbitrary: fc.constant({ does: 'turn' as const }) },
)

/** Asks, reads the answer to its end, and says what became of it. */
async function outcomeOf(client: ReturnType<typeof createRouter>, streamed: boolean, signal: AbortSignal): Promise<string> {
  try {
    if (streamed) {
      for await (const chunk of await client.chat.completions.create({ ...ask, stream: true }, { signal }))
        if (chunk.id === '') break
    } else {
      await client.chat.completions.create(ask, { signal })
    }
    return signal.aborted ? 'left' : 'answered'
  } catch (error) {
    return error instanceof APIUserAbortError ? 'left' : String(error)
  }
}

describe('SI-06 whatever comes, keeps and leaves in whatever order', () => {
  it('no record of a request is lost, nobody waits for ever, and who is turned away leaves no trace', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 2, max: 40 }), async (steps, queueLimit) => {
        const { client, sink, provider } = bench({ queueLimit })
        const calls: { readonly controller: AbortController; readonly outcome: Promise<string> }[] = []
        for (const each of steps) {
          if (each.does === 'ask') {
            const controller = new AbortController()
            calls.push({ controller, outcome: outcomeOf(client, each.streamed, controller.signal) })
          } else if (each.does === 'leave') calls[each.which]?.controller.abort()
          else if (each.does === 'keep') sink.keep(each.count)
          else await turns(1)
        }
        await turns(5)
        sink.free()
        const outcomes = await Promise.all(calls.map(({ outcome }) => outcome))
        expect(outcomes.filter((outcome) => outcome !== 'answered' && outcome !== 'left')).toEqual([])
        expect(await client.close()).toBe(0)
        expect(sink.records.map(({ seq }) => seq)).toEqual(sink.records.map((_, index) => index + 1))
        const types = Map.groupBy(sink.records, ({ requestId }) => requestId)
        for (const records of types.values()) {
          expect(records[0]?.event.type).toBe('request.accepted')
          expect(records.at(-1)?.event.type).toMatch(/^request\.(completed|cancelled)$/)
        }
        expect(types.size).toBeLessThanOrEqual(calls.length)
        expect(types.size).toBeGreaterThanOrEqual(outcomes.filter((outcome) => outcome === 'answered').length)
        expect(provider.calls.length).toBeLessThanOrEqual(types.size)
      }),
      { seed: 36, numRuns: 150 },
    )
  })
})

describe('the options of the trail', () => {
  it('queueLimit and drainMs hold for dropping as well', async () => {
    const { client, sink, clock } = bench({ onFull: 'drop', queueLimit: 7, drainMs: 90 })
    for (let call = 0; call < 3; call++) await client.chat.completions.create(ask)
    await turns()
    expect(sink.records).toHaveLength(7)
    expect(client.health().auditDropped).toBe(8)
    const flushed = client.flush()
    await turns()
    await clock.advanceAsync(90)
    expect(await flushed).toBe(8)
  })

  it.each([
    [{ sinks: 7 }, 'audit.sinks', /audit\.sinks must be an audit sink with write\(record\), or an array of them, got 7/],
    [{ sinks: [{}] }, 'audit.sinks', /must be an audit sink/],
    [{ sinks: [], onFull: 'wait' }, 'audit.onFull', /one of drop, block/],
    [{ sinks: [], onfull: 'block' }, 'audit.onfull', /unknown option audit\.onfull; did you mean onFull\?/],
    [{ sinks: [], queueLimit: 0 }, 'audit.queueLimit', /above 0/],
    [{ sinks: [], drainMs: -1 }, 'audit.drainMs', /above 0/],
    [{ sinks: [], content: true }, 'audit.content', /what auditContent\(\) of modelyard\/audit\/content makes, got true/],
    [{ sinks: [], subject: { pepper: 'short' } }, 'audit.subject.pepper', /at least 16 characters, got a string of 5/],
    [{ sinks: [], subject: {} }, 'audit.subject.pepper', /at least 16 characters/],
    [{}, 'audit', /an audit sink with write\(record\), an array of them, or \{ sinks \}/],
  ])('%j is refused with the field and the fix', (audit, field, message) => {
    const make = (): unknown => Reflect.apply(createRouter, undefined, [{ providers: [fakeProvider()], audit }])
    expect(make).toThrow(ModelyardError)
    expect(make).toThrow(message)
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field: expect.stringContaining(field) }))
  })
})
