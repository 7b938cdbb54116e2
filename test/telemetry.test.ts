import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { auditContent } from '../src/audit/content/index.ts'
import type {
  ConsoleLogger,
  AuditEvent,
  ChatRequest,
  Telemetry,
  TelemetryAbout,
  TelemetryDetails,
  TelemetrySnapshot,
} from '../src/index.ts'
import { createRouter, memoryAudit } from '../src/index.ts'
import { answer, completion, fail, fakeClock, fakeProvider, stream } from '../src/testing/index.ts'

interface Told {
  readonly event: AuditEvent
  readonly about: TelemetryAbout
  readonly details: TelemetryDetails
}

const messages = [{ role: 'user' as const, content: 'a secret question' }]

/** Writes down what it is told. */
function notes(): Telemetry & {
  readonly told: Told[]
  types(): readonly string[]
  details(type: string): TelemetryDetails | undefined
} {
  const told: Told[] = []
  return {
    told,
    types: () => told.map(({ event }) => event.type),
    details: (type) => told.find(({ event }) => event.type === type)?.details,
    event: (event, about, details) => void told.push({ event, about, details }),
  }
}

const provider = (script: Parameters<typeof fakeProvider>[0] & object) => fakeProvider({ id: 'one', models: ['m'], ...script })

async function later(): Promise<never> {
  boom()
}

function boom(): never {
  throw new Error('telemetry is broken')
}

describe('telemetry', () => {
  it('is told of the same events as an audit sink, in the same order, all of a request with one object', async () => {
    const [telemetry, audit] = [notes(), memoryAudit()]
    const providers = [
      fakeProvider({ id: 'one', models: ['m'], script: fail({ status: 503 }) }),
      fakeProvider({ id: 'two', models: ['m'], script: answer('Hello') }),
    ]
    const client = createRouter({ providers, models: { m: ['one/m', 'two/m'] }, audit, telemetry })
    await client.chat.completions.create({ model: 'm', messages })
    await client.flush()
    expect(telemetry.told.map(({ event }) => event)).toEqual(audit.records.map(({ event }) => event))
    expect(new Set(telemetry.told.map(({ about }) => about)).size).toBe(1)
    expect(telemetry.told[0]?.about).toEqual({ requestId: audit.records[0]?.requestId })
    expect(JSON.stringify(telemetry.told)).not.toContain('secret question')
  })

  it('is told without any sink, at the moment it happens and in the async context of the call', async () => {
    const callers = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const client = createRouter({
      providers: [provider({ script: answer('Hello') })],
      telemetry: { event: ({ type }) => void seen.push([type, callers.getStore()]) },
    })
    await Promise.all([
      callers.run('anna', async () => client.chat.completions.create({ model: 'm', messages })),
      callers.run('bert', async () => client.chat.completions.create({ model: 'm', messages })),
    ])
    const types = ['request.accepted', 'decision.made', 'attempt.started', 'attempt.succeeded', 'request.completed']
    for (const caller of ['anna', 'bert'])
      expect(seen.filter((each) => Array.isArray(each) && each[1] === caller)).toEqual(types.map((type) => [type, caller]))
  })

  it('is told what a request asks for beside its content, who is asked, and what the answer says of itself', async () => {
    const telemetry = notes()
    const service = { name: 'acme.ai', address: 'api.acme.test', port: 443 }
    const client = createRouter({ providers: [{ ...provider({ script: answer('Hello') }), service }], telemetry })
    const request: ChatRequest = {
      model: 'm',
      messages,
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 5,
      max_completion_tokens: 7,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
      seed: 42,
      n: 2,
      stop: ['a secret word'],
      response_format: { type: 'json_object' },
    }
    const given = await client.chat.completions.create({ ...request, stream: false })
    expect(telemetry.details('request.accepted')).toEqual({
      service,
      settings: {
        temperature: 0.5,
        topP: 0.9,
        maxTokens: 7,
        frequencyPenalty: 0.1,
        presencePenalty: 0.2,
        seed: 42,
        choices: 2,
        output: 'json',
      },
    })
    expect(telemetry.details('attempt.started')).toEqual({ service })
    const facts = { answer: { model: 'm', id: given.id, finishReasons: ['stop'] } }
    expect(telemetry.details('attempt.succeeded')).toEqual(facts)
    expect(telemetry.details('request.completed')).toEqual(facts)
    expect(JSON.stringify(telemetry.told)).not.toContain('secret word')
  })

  it('is told the same of a stream, when its verdict falls', async () => {
    const telemetry = notes()
    const client = createRouter({ providers: [provider({ script: stream(['Hel', 'lo']) })], telemetry })
    let id = ''
    for await (const chunk of await client.chat.completions.create({ model: 'm', messages, stream: true })) {
      id = chunk.id
      expect(telemetry.types()).not.toContain('request.completed')
    }
    expect(telemetry.details('request.accepted')?.settings).toEqual({})
    // Of a provider that does not say who it is the catalog's name is known.
    expect(telemetry.details('attempt.started')).toEqual({ service: { name: 'one' } })
    expect(telemetry.details('request.completed')).toEqual({ answer: { model: 'm', id, finishReasons: ['stop'] } })
  })

  it('may put every part of a wire call into a context of its own, which the caller never sees', async () => {
    const context = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const telemetry: Telemetry = {
      event() {},
      within: (_about, attempt, run) => context.run(`attempt ${attempt}`, run),
    }
    const one = provider({ script: fail({ status: 503 }) })
    const two = fakeProvider({ id: 'two', models: ['m'], script: [answer('Hello'), stream(['Hel', 'lo'])] })
    const watching = {
      ...two,
      complete: async (call: Parameters<typeof two.complete>[0]) => {
        seen.push(context.getStore())
        return two.complete(call)
      },
      async *stream(call: Parameters<typeof two.stream>[0]) {
        for await (const chunk of two.stream(call)) {
          seen.push(context.getStore())
          yield chunk
        }
      },
    }
    const client = createRouter({ providers: [one, watching], models: { m: ['one/m', 'two/m'] }, telemetry })
    await client.chat.completions.create({ model: 'm', messages })
    expect(seen.splice(0)).toEqual(['attempt 2'])
    for await (const chunk of await client.chat.completions.create({ model: 'm', messages, stream: true })) {
      expect(chunk.object).toBe('chat.completion.chunk')
      expect(context.getStore()).toBeUndefined()
    }
    expect(seen.length).toBeGreaterThan(2)
    expect(new Set(seen)).toEqual(new Set(['attempt 2']))
  })

  it('changes nothing for the caller by throwing, by not running what it is given, or by running it twice', async () => {
    const wrong: Telemetry[] = [
      { event: boom, within: boom, observe: boom },
      { event: boom, within() {}, observe: () => ({ [Symbol.dispose]: boom }) },
      {
        event: boom,
        within(_about, _attempt, run) {
          run()
          run()
          boom()
        },
      },
    ]
    const fake = provider({ script: [answer('Hello'), fail({ status: 400 })] })
    const client = createRouter({ providers: [fake], telemetry: wrong })
    const given = await client.chat.completions.create({ model: 'm', messages })
    expect(given.choices[0]?.message.content).toBe('Hello')
    await expect(client.chat.completions.create({ model: 'm', messages })).rejects.toMatchObject({ status: 400 })
    expect(fake.calls).toHaveLength(2)
    expect(await client.close()).toBe(0)
  })

  it('ends no process where it is async and rejects, nor does such a logger', async () => {
    const unheard: unknown[] = []
    const note = (error: unknown): void => void unheard.push(error)
    process.on('unhandledRejection', note)
    const client = createRouter({
      providers: [provider({ script: answer('Hello') })],
      // Types do not have it so; functions that are async are given all the same.
      telemetry: Object.assign<Telemetry, object>({ event() {} }, { event: later, within: later, observe: later }),
      logger: Object.assign<ConsoleLogger, object>({ debug() {}, warn() {} }, { debug: later, warn: later }),
    })
    try {
      await client.chat.completions.create({ model: 'm', messages })
      await client.close()
      await turn()
    } finally {
      process.off('unhandledRejection', note)
    }
    expect(unheard).toEqual([])
  })

  it('reads how the router is until it is closed', async () => {
    let read: (() => TelemetrySnapshot) | undefined
    let disposals = 0
    const telemetry: Telemetry = {
      event() {},
      observe(given) {
        read = given
        return { [Symbol.dispose]: () => void (disposals += 1) }
      },
    }
    const clock = fakeClock()
    const { promise: written, resolve } = Promise.withResolvers<void>()
    const client = createRouter({
      clock,
      providers: [provider({ script: stream(['Hel', 'lo']), clock })],
      targets: { 'one/m': { maxConcurrent: 1 } },
      audit: { write: () => written },
      telemetry,
    })
    const ask = { model: 'm', messages, stream: true } as const
    const first = await client.chat.completions.create(ask)
    const second = client.chat.completions.create(ask)
    await clock.advanceAsync(0)
    expect(read?.()).toMatchObject({
      circuits: [{ target: 'one/m', state: 'closed' }],
      running: 2,
      queued: [{ target: 'one/m', waiting: 1 }],
      audit: { dropped: 0 },
    })
    expect(read?.().audit.waiting).toBeGreaterThan(0)
    for await (const chunk of first) void chunk
    for await (const chunk of await second) void chunk
    resolve()
    await client.flush()
    expect(read?.()).toMatchObject({ running: 0, queued: [{ target: 'one/m', waiting: 0 }], audit: { waiting: 0, dropped: 0 } })
    expect(disposals).toBe(0)
    await client.close()
    expect(disposals).toBe(1)
  })

  it('is told of nothing that looks like a key, also where a caller put one into a name', async () => {
    const telemetry = notes()
    const client = createRouter({ providers: [provider({ script: fail({ status: 404 }) })], telemetry })
    const slip = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789'
    await expect(client.chat.completions.create({ model: `one/${slip}`, messages })).rejects.toThrow(/./)
    expect(telemetry.types()).toContain('request.failed')
    expect(JSON.stringify(telemetry.told)).not.toContain(slip)
  })

  it('is told no more of what a vendor puts into its answer than fits: an id, a reason, a model', async () => {
    const telemetry = notes()
    const slip = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789'
    const whole = { id: 'x'.repeat(5_000), object: 'chat.completion', created: 1, model: slip } as const
    const message = { role: 'assistant', content: 'Hello', refusal: null } as const
    const choices = [{ index: 0, message, finish_reason: 'stop' as const, logprobs: null }]
    const client = createRouter({ providers: [provider({ script: completion({ ...whole, choices }) })], telemetry })
    await client.chat.completions.create({ model: 'm', messages })
    const { answer: told } = telemetry.details('attempt.succeeded') ?? {}
    expect(told?.id).toHaveLength(256)
    expect(JSON.stringify(telemetry.told)).not.toContain(slip)
  })

  it('is told of no content, also where the audit trail keeps it', async () => {
    const [telemetry, audit] = [notes(), memoryAudit()]
    const logged: unknown[] = []
    const log = (...line: readonly unknown[]): void => void logged.push(line)
    const client = createRouter({
      providers: [provider({ script: answer('a secret answer') })],
      audit: { sinks: audit, content: auditContent({ redact: false }) },
      telemetry,
      logger: { debug: log, warn: log },
    })
    await client.chat.completions.create({ model: 'm', messages, user: 'a secret user' })
    await client.close()
    expect(JSON.stringify(audit.records)).toMatch(/secret question.*secret answer/)
    expect(JSON.stringify([telemetry.told, logged])).not.toContain('secret')
  })

  it.each([
    ['no event()', {}],
    ['a list with something else', [{ event() {} }, {}]],
  ])('is refused with %s', (_what, telemetry) => {
    const options: object = { providers: [provider({ script: answer('') })], telemetry }
    expect(() => createRouter(options)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', field: expect.stringMatching(/^telemetry/) }),
    )
  })
})
