import { setImmediate as turn } from 'node:timers/promises'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import type { AuditEvent, KeyStore, RouterOptions } from '../src/index.ts'
import { AllCircuitsOpenError, attemptsOf, createRouter, memoryAudit, memoryKeys, Secret } from '../src/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import type { FaultName, FaultOptions } from '../src/testing/index.ts'
import { fakeClock, vendorSimulator } from '../src/testing/index.ts'
import { thrownBy } from './thrown-by.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]
const [model, other] = ['openai/gpt-4o', 'openai/gpt-4o-mini']
const minute = 60_000

type EventOf<Type extends AuditEvent['type']> = Extract<AuditEvent, { type: Type }>

/** A router with the keys `sk-a`, `sk-b` and so on for one vendor, which is simulated. */
async function pool(names: readonly string[] = ['A', 'B'], options: Partial<RouterOptions> = {}) {
  const simulator = await vendorSimulator()
  const clock = fakeClock()
  const audit = memoryAudit()
  const keys = memoryKeys(Object.fromEntries(names.map((name) => [name, keyOf(name)])))
  const client = createRouter({
    providers: [openai({ baseURL: simulator.openai.baseURL, key: names })],
    keys,
    clock,
    audit,
    maxRetries: 0,
    ...options,
  })
  const events = async <Type extends AuditEvent['type']>(...types: readonly Type[]): Promise<readonly EventOf<Type>[]> => {
    await client.flush()
    return audit.records.flatMap(({ event }) => (isOf(event, types) ? [event] : []))
  }
  return {
    simulator,
    client,
    clock,
    keys,
    audit,
    events,
    /** From now on the vendor answers this key so. */
    fault: (name: string, fault: FaultName, more: FaultOptions = {}) =>
      simulator.fail('openai', fault, { ...more, match: ({ key }) => key === keyOf(name) }),
    ask: (asked = model) => client.chat.completions.create({ model: asked, messages }),
    /** The keys of the requests on the wire, in order; those so far are forgotten. */
    wire: (() => {
      let seen = 0
      return () => {
        const fresh = simulator.requests.slice(seen).map(({ key = '' }) => key.replace('sk-', '').toUpperCase())
        seen = simulator.requests.length
        return fresh.join(' ')
      }
    })(),
    async [Symbol.asyncDispose]() {
      await client.close()
      await simulator.close()
    },
  }
}

const keyOf = (name: string) => `sk-${name.toLowerCase()}`

function isOf<Type extends AuditEvent['type']>(event: AuditEvent, types: readonly Type[]): event is EventOf<Type> {
  return types.some((type) => type === event.type)
}

describe('several keys for one provider', () => {
  it('are used in their order: while nothing is known against the first, no other is', async () => {
    await using bench = await pool()
    for (let call = 0; call < 3; call++) await bench.ask()
    expect(bench.wire()).toBe('A A A')
  })

  it.each([
    ['bad-key', 'auth', 'high'],
    ['no-credit', 'quota', 'normal'],
    ['quota', 'quota', 'normal'],
    ['permission', 'not_found', 'normal'],
    ['html-403', 'permission', 'normal'],
  ] as const)(
    '%s rests one of them alone: the caller is served with the next, at the same target',
    async (fault, reason, severity) => {
      await using bench = await pool()
      bench.fault('A', fault)
      await expect(bench.ask()).resolves.toMatchObject({ choices: [{ finish_reason: 'stop' }] })
      await bench.ask()
      expect(bench.wire()).toBe('A B B')
      expect(bench.client.breakers.snapshot(model)).toMatchObject({ state: 'closed', consecutiveErrors: 0 })
      expect(bench.client.breakers.snapshot(model).retryInMs).toBeUndefined()
      const { fingerprint } = new Secret('sk-a')
      expect(await bench.events('key.rested')).toEqual([
        { type: 'key.rested', target: model, key: 'A', fingerprint, reason, forMs: minute, severity },
      ])
    },
  )

  it('AU-02 writes every attempt down, with the name of its key, and no switch where the target stays', async () => {
    await using bench = await pool(['A', 'B', 'C'])
    bench.fault('A', 'bad-key')
    bench.fault('B', 'no-credit')
    await bench.ask()
    expect(bench.wire()).toBe('A B C')
    const told = await bench.events(
      'key.used',
      'attempt.started',
      'attempt.failed',
      'key.rested',
      'attempt.succeeded',
      'route.switched',
    )
    expect(told.map((event) => ('key' in event ? `${event.type} ${event.key}` : event.type))).toEqual([
      'key.used A',
      'attempt.started',
      'attempt.failed',
      'key.rested A',
      'key.used B',
      'attempt.started',
      'attempt.failed',
      'key.rested B',
      'key.used C',
      'attempt.started',
      'attempt.succeeded',
    ])
  })

  it('rotates where retries are switched off, and stops at maxAttempts', async () => {
    await using bench = await pool(['A', 'B', 'C'], { maxAttempts: 2 })
    for (const name of ['A', 'B', 'C']) bench.fault(name, 'bad-key')
    const error = await thrownBy(bench.ask())
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(attemptsOf(error)).toHaveLength(2)
    expect(bench.wire()).toBe('A B')
  })

  it('what is no fault of a key moves none: the table holds as with a single one', async () => {
    await using bench = await pool()
    bench.fault('A', 'http-500', { times: 1 })
    expect(await thrownBy(bench.ask())).toBeInstanceOf(OpenAI.InternalServerError)
    await bench.ask()
    expect(bench.wire()).toBe('A A')
    bench.fault('A', 'invalid-request', { times: 1 })
    expect(await thrownBy(bench.ask())).toBeInstanceOf(OpenAI.BadRequestError)
    expect(bench.wire()).toBe('A')
  })

  it('is named by health() with its name, where it rests and how long still', async () => {
    await using bench = await pool()
    bench.fault('A', 'bad-key')
    bench.fault('B', 'html-403', { times: 1 })
    await expect(bench.ask()).rejects.toMatchObject({ status: 403 })
    bench.clock.advance(20_000)
    const resting = { retryInMs: 40_000 }
    expect(bench.client.health().restingKeys).toEqual([
      { key: 'A', fingerprint: new Secret('sk-a').fingerprint, at: 'openai', ...resting },
      { key: 'B', fingerprint: new Secret('sk-b').fingerprint, at: model, ...resting },
    ])
    bench.clock.advance(40_000)
    expect(bench.client.health().restingKeys).toEqual([])
  })

  it('rests a key that may not use a model for that model alone', async () => {
    await using bench = await pool()
    bench.fault('A', 'permission', { model: 'gpt-4o', times: 1 })
    await bench.ask(model)
    await bench.ask(other)
    await bench.ask(model)
    expect(bench.wire()).toBe('A B A B')
  })

  it('rests a key without money for every model of its provider, and for no other provider', async () => {
    await using bench = await pool(['A', 'B'])
    const second = createRouter({
      providers: ['one', 'two'].map((id) => openai({ id, baseURL: bench.simulator.openai.baseURL, key: ['A', 'B'] })),
      keys: bench.keys,
      clock: bench.clock,
    })
    bench.fault('A', 'no-credit', { times: 1 })
    for (const asked of ['one/gpt-4o', 'one/gpt-4o-mini', 'two/gpt-4o'])
      await second.chat.completions.create({ model: asked, messages })
    expect(bench.wire()).toBe('A B B A')
    await second.close()
  })
})

describe('a key that rests', () => {
  it('is tested by one request after a minute, while the others go on with the next key', async () => {
    await using bench = await pool()
    const outage = bench.fault('A', 'bad-key')
    await bench.ask()
    await bench.clock.advanceAsync(minute - 1)
    await bench.ask()
    await bench.clock.advanceAsync(1)
    outage.heal()
    bench.wire()
    await Promise.all([bench.ask(), bench.ask(), bench.ask()])
    expect(bench.wire().split(' ').toSorted()).toEqual(['A', 'B', 'B'])
    await bench.ask()
    expect(bench.wire()).toBe('A')
    expect(await bench.events('key.restored')).toEqual([
      { type: 'key.restored', target: model, key: 'A', fingerprint: new Secret('sk-a').fingerprint },
    ])
  })

  it('rests twice as long with each test that fails, up to ten minutes, and a minute again once it was restored', async () => {
    await using bench = await pool()
    const outage = bench.fault('A', 'no-credit')
    await bench.ask()
    for (const minutes of [1, 2, 4, 8, 10]) {
      await bench.clock.advanceAsync(minutes * minute - 1)
      await bench.ask()
      await bench.clock.advanceAsync(1)
      await bench.ask()
      expect(bench.wire().slice(-5)).toBe('B A B')
    }
    outage.heal()
    await bench.clock.advanceAsync(10 * minute)
    await bench.ask()
    expect(bench.wire()).toBe('A')
    bench.fault('A', 'no-credit')
    await bench.ask()
    const rested = await bench.events('key.rested')
    expect(rested.map(({ forMs }) => forMs / minute)).toEqual([1, 2, 4, 8, 10, 10, 1])
  })

  it('rests for as long as its vendor says, ten minutes at most', async () => {
    await using bench = await pool(['A', 'B', 'C'])
    bench.fault('A', 'no-credit', { retryAfter: { seconds: 300 }, times: 1 })
    bench.fault('B', 'no-credit', { retryAfter: { seconds: 86_400 }, times: 1 })
    await bench.ask()
    expect((await bench.events('key.rested')).map(({ forMs }) => forMs / minute)).toEqual([5, 10])
  })

  it('is tested again at once where its test said nothing of it', async () => {
    await using bench = await pool()
    bench.fault('A', 'bad-key', { times: 1 })
    await bench.ask()
    await bench.clock.advanceAsync(minute)
    bench.fault('A', 'http-500', { times: 1 })
    await thrownBy(bench.ask())
    await bench.ask()
    expect(bench.wire()).toBe('A B A A')
  })

  it('is tested again at once where its test was given up', async () => {
    await using bench = await pool()
    bench.fault('A', 'bad-key', { times: 1 })
    await bench.ask()
    await bench.clock.advanceAsync(minute)
    bench.fault('A', 'stall-before-headers', { times: 1 })
    const leaving = new AbortController()
    const left = thrownBy(bench.client.chat.completions.create({ model, messages }, { signal: leaving.signal }))
    while (bench.simulator.requests.length < 3) await turn()
    await bench.ask()
    leaving.abort()
    expect(await left).toBeInstanceOf(OpenAI.APIUserAbortError)
    await bench.ask()
    expect(bench.wire()).toBe('A B A B A')
  })

  it('is tested by the next request where no budget covers its test', async () => {
    await using bench = await pool(['A', 'B'], { budget: { requests: { perDay: 2 } } })
    bench.fault('A', 'bad-key', { times: 1 })
    await bench.ask()
    await bench.clock.advanceAsync(minute)
    expect(await thrownBy(bench.ask())).toMatchObject({ code: 'budget_exceeded' })
    await bench.clock.advanceAsync(24 * 60 * minute)
    await bench.ask()
    expect(bench.wire()).toBe('A B A')
  })

  it('has one test at a time, whatever becomes of calls from before', async () => {
    await using bench = await pool()
    bench.fault('A', 'stall-before-headers', { times: 1 })
    const leaving = new AbortController()
    const old = thrownBy(bench.client.chat.completions.create({ model, messages }, { signal: leaving.signal }))
    while (bench.simulator.requests.length < 1) await turn()
    bench.fault('A', 'bad-key', { times: 1 })
    await bench.ask()
    await bench.clock.advanceAsync(minute)
    bench.fault('A', 'stall-before-headers', { times: 1 })
    const test = thrownBy(bench.ask())
    while (bench.simulator.requests.length < 4) await turn()
    leaving.abort()
    await old
    await bench.ask()
    expect(bench.wire()).toBe('A A B A B')
    await bench.client.close()
    await test
  })

  it('is tested by the next request where its store gave it too late', async () => {
    const store = memoryKeys({ A: 'sk-a', B: 'sk-b' })
    const { promise: late, resolve: answerNow } = Promise.withResolvers<void>()
    let slow = false
    const keys: KeyStore = {
      async get(name, context) {
        if (slow) await late
        return store.get(name, context)
      },
    }
    await using bench = await pool(['A', 'B'], { keys })
    bench.fault('A', 'bad-key', { times: 1 })
    await bench.ask()
    await bench.clock.advanceAsync(minute)
    slow = true
    const asked = thrownBy(bench.client.chat.completions.create({ model, messages }, { timeout: 1000 }))
    await bench.clock.advanceAsync(1000)
    expect(await asked).toMatchObject({ code: 'MISSING_KEY' })
    slow = false
    answerNow()
    await turn()
    await bench.ask()
    expect(bench.wire()).toBe('A B A')
  })

  it('rests once where several requests find out at once', async () => {
    await using bench = await pool()
    bench.fault('A', 'bad-key')
    await Promise.all([bench.ask(), bench.ask(), bench.ask()])
    expect((await bench.events('key.rested')).map(({ forMs }) => forMs)).toEqual([minute])
  })

  it('is not restored by an answer to a request of before', async () => {
    await using bench = await pool()
    const stream = await bench.client.chat.completions.create({ model, messages, stream: true })
    bench.fault('A', 'bad-key')
    await bench.ask()
    for await (const { choices } of stream) expect(choices).toBeDefined()
    await bench.ask()
    expect(bench.wire()).toBe('A A B B')
    expect(await bench.events('key.restored')).toEqual([])
  })

  it('is used at once under a new value: what was known was known of the old one', async () => {
    await using bench = await pool()
    bench.fault('A', 'bad-key')
    await bench.ask()
    await bench.keys.set('A', 'sk-new')
    await bench.ask()
    expect(bench.wire()).toBe('A B NEW')
    await bench.keys.set('A', 'sk-a')
    await bench.ask()
    expect(bench.wire()).toBe('B')
  })
})

describe('a 429', () => {
  it('lets the next key go first until Retry-After has passed', async () => {
    await using bench = await pool()
    bench.fault('A', 'rate-limit', { retryAfter: { seconds: 7 }, times: 1 })
    await bench.ask()
    await bench.ask()
    await bench.clock.advanceAsync(6_999)
    await bench.ask()
    expect(bench.wire()).toBe('A B B B')
    await bench.clock.advanceAsync(1)
    await bench.ask()
    expect(bench.wire()).toBe('A')
    expect(bench.client.breakers.snapshot(model)).toMatchObject({ state: 'closed', consecutiveErrors: 0 })
    expect(await bench.events('key.rested')).toEqual([])
  })

  it('lets it go first for half a minute where nothing says for how long', async () => {
    await using bench = await pool()
    bench.fault('A', 'http-429', { times: 1 })
    await bench.ask()
    await bench.clock.advanceAsync(29_999)
    await bench.ask()
    await bench.clock.advanceAsync(1)
    await bench.ask()
    expect(bench.wire()).toBe('A B B A')
  })

  it('holds for the model that was asked too often, not for the others', async () => {
    await using bench = await pool()
    bench.fault('A', 'http-429', { times: 1 })
    await bench.ask(model)
    await bench.ask(other)
    expect(bench.wire()).toBe('A B A')
  })

  it('for every key counts once for the target, and each is used again when it may be', async () => {
    await using bench = await pool()
    bench.fault('A', 'rate-limit', { retryAfter: { seconds: 20 }, times: 1 })
    bench.fault('B', 'rate-limit', { retryAfter: { seconds: 5 }, times: 1 })
    expect(await thrownBy(bench.ask())).toBeInstanceOf(OpenAI.RateLimitError)
    expect(bench.client.breakers.snapshot(model)).toMatchObject({ consecutiveErrors: 1 })
    const error = await thrownBy(bench.ask())
    expect(error).toBeInstanceOf(AllCircuitsOpenError)
    expect(error).toMatchObject({ retryAfterMs: 5_000, targets: [{ target: model, reason: 'key_resting' }] })
    await bench.clock.advanceAsync(5_000)
    await bench.ask()
    await bench.clock.advanceAsync(15_000)
    await bench.ask()
    expect(bench.wire()).toBe('A B B A')
  })

  it('without Retry-After forbids nothing: with every key behind the others, the one that was limited first is used', async () => {
    await using bench = await pool()
    bench.fault('A', 'http-429', { times: 1 })
    await bench.ask()
    await bench.clock.advanceAsync(1_000)
    bench.fault('B', 'http-429', { times: 1 })
    await thrownBy(bench.ask())
    await bench.ask()
    expect(bench.wire()).toBe('A B B A')
    // An answer is the end of it: what is limited now is A, from now on.
    await bench.clock.advanceAsync(1_000)
    bench.fault('A', 'http-429', { times: 1 })
    await bench.ask()
    await bench.ask()
    expect(bench.wire()).toBe('A B B')
  })

  it.each([0, 1])('that asks for no more than %d ms does not lead to the same key at once, nor twice to any', async (ms) => {
    await using bench = await pool()
    for (const name of ['A', 'B']) bench.fault(name, 'rate-limit', { retryAfter: { ms } })
    expect(await thrownBy(bench.ask())).toBeInstanceOf(OpenAI.RateLimitError)
    expect(bench.wire()).toBe('A B')
  })

  it('with several words on how long, holds for as long as any of them says', async () => {
    await using bench = await pool(['A'])
    for (const seconds of [5, 20]) bench.fault('A', 'rate-limit', { retryAfter: { seconds }, times: 1 })
    await Promise.all([thrownBy(bench.ask()), thrownBy(bench.ask())])
    await bench.clock.advanceAsync(19_999)
    expect(await thrownBy(bench.ask())).toBeInstanceOf(AllCircuitsOpenError)
    await bench.clock.advanceAsync(1)
    await bench.ask()
    expect(bench.wire()).toBe('A A A')
  })

  it('is believed for a minute at most', async () => {
    await using bench = await pool()
    bench.fault('A', 'rate-limit', { retryAfter: { seconds: 3600 }, times: 1 })
    await bench.ask()
    await bench.clock.advanceAsync(minute)
    await bench.ask()
    expect(bench.wire()).toBe('A B A')
  })

  it('leaves a limited key for the time when the others are turned down', async () => {
    await using bench = await pool()
    bench.fault('A', 'http-429', { times: 1 })
    await bench.ask()
    bench.fault('B', 'bad-key')
    await expect(bench.ask()).resolves.toMatchObject({ choices: [{ finish_reason: 'stop' }] })
    expect(bench.wire()).toBe('A B B A')
  })

  it('leaves one limited key for another that is turned down', async () => {
    await using bench = await pool()
    for (const name of ['A', 'B']) bench.fault(name, 'http-429', { times: 1 })
    await thrownBy(bench.ask())
    bench.fault('A', 'bad-key')
    await expect(bench.ask()).resolves.toMatchObject({ choices: [{ finish_reason: 'stop' }] })
    expect(bench.wire()).toBe('A B A B')
  })

  it('is waited for with the last key, as with a single one', async () => {
    await using bench = await pool(['A', 'B'], { maxRetries: 1 })
    for (const name of ['A', 'B']) bench.fault(name, 'rate-limit', { retryAfter: { seconds: 2 }, times: 1 })
    const asked = bench.ask()
    while (bench.simulator.requests.length < 2) await turn()
    await bench.simulator.settled()
    for (let turns = 0; turns < 50; turns++) await turn()
    await bench.clock.advanceAsync(2_000)
    await asked
    expect(bench.wire()).toBe('A B A')
  })
})

describe('with every key resting', () => {
  it('the target is passed over without a request, until the first one is due', async () => {
    await using bench = await pool()
    for (const name of ['A', 'B']) bench.fault(name, 'bad-key')
    expect(await thrownBy(bench.ask())).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(bench.client.breakers.snapshot(model)).toMatchObject({ consecutiveErrors: 1 })
    await bench.clock.advanceAsync(10_000)
    const error = await thrownBy(bench.ask())
    expect(error).toBeInstanceOf(AllCircuitsOpenError)
    expect(error).toMatchObject({ status: 503, retryAfterMs: 50_000 })
    expect(String(error)).toMatch(/its vendor has turned down every key for it/)
    expect(bench.wire()).toBe('A B')
    expect(await bench.events('target.skipped')).toEqual([
      { type: 'target.skipped', target: model, reason: 'key_resting', retryInMs: 50_000 },
    ])
  })

  it('is not tested before its time by whenAllOpen', async () => {
    await using bench = await pool(['A', 'B'], { whenAllOpen: 'probe' })
    for (const name of ['A', 'B']) bench.fault(name, 'bad-key')
    await thrownBy(bench.ask())
    expect(await thrownBy(bench.ask())).toBeInstanceOf(AllCircuitsOpenError)
    expect(bench.wire()).toBe('A B')
  })

  it('the chain goes on, and the switch says why', async () => {
    await using bench = await pool()
    const client = createRouter({
      providers: [
        openai({ baseURL: bench.simulator.openai.baseURL, key: ['A', 'B'] }),
        openai({ id: 'spare', baseURL: bench.simulator.openai.baseURL, key: 'SPARE' }),
      ],
      keys: memoryKeys({ A: 'sk-a', B: 'sk-b', SPARE: 'sk-spare' }),
      models: { chain: [model, 'spare/gpt-4o'] },
      clock: bench.clock,
      audit: bench.audit,
    })
    for (const name of ['A', 'B']) bench.fault(name, 'bad-key')
    await client.chat.completions.create({ model: 'chain', messages })
    await client.chat.completions.create({ model: 'chain', messages })
    expect(bench.wire()).toBe('A B SPARE SPARE')
    await client.close()
    expect((await bench.events('route.switched')).map(({ reason }) => reason)).toEqual(['auth', 'key_resting'])
  })
})

describe('a list of keys', () => {
  it('is used as far as it is there; a name that its store cannot give is no reason to stop', async () => {
    await using bench = await pool(['A', 'B', 'C'])
    const inner = bench.keys
    const keys: KeyStore = {
      get: (name, context) =>
        name === 'A' ? Promise.reject(new Error('expired')) : name === 'B' ? Promise.resolve(undefined) : inner.get(name, context),
    }
    const client = createRouter({
      providers: [openai({ baseURL: bench.simulator.openai.baseURL, key: ['A', 'B', 'C'] })],
      keys,
    })
    await client.chat.completions.create({ model, messages })
    expect(bench.wire()).toBe('C')
    expect((await client.models.list()).data).not.toEqual([])
    await client.close()
  })

  it('is missing where none of it is there, and the names are told', async () => {
    const keys = memoryKeys()
    const agents = { only: { primary: model } }
    const client = createRouter({ providers: [openai({ key: ['A', 'B'] })], keys, agents })
    await expect(client.chat.completions.create({ model, messages })).rejects.toMatchObject({
      code: 'MISSING_KEY',
      message: expect.stringContaining('holds no A or B for openai'),
    })
    expect(client.health().ok).toBe(false)
    await keys.set('B', 'sk-b')
    expect(client.health().ok).toBe(true)
    await client.close()
  })

  it('a store that fails for all of them is told apart from one that has none', async () => {
    const keys: KeyStore = { get: () => Promise.reject(new Error('away')) }
    const client = createRouter({ providers: [openai({ key: ['A', 'B'] })], keys })
    await expect(client.chat.completions.create({ model, messages })).rejects.toMatchObject({
      code: 'MISSING_KEY',
      message: expect.stringContaining('failed to give A or B'),
    })
    await client.close()
  })

  it.each([
    ['empty', []],
    ['with a name twice', ['A', 'A']],
    ['with what is no name', ['A', '']],
    ['with something that looks like a key', ['A', 'sk-proj-0123456789abcdef']],
  ])('%s is refused, without showing what came', (_what, key) => {
    expect(() => openai({ key })).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field: 'openai.key' }))
    expect(() => openai({ key })).not.toThrow(/0123456789abcdef/)
  })
})

describe('streams, races, and what is handed on', () => {
  it('a stream goes on with the next key before its first content', async () => {
    await using bench = await pool()
    bench.fault('A', 'bad-key')
    bench.simulator.answer('openai', { text: 'whole' })
    let text = ''
    for await (const chunk of await bench.client.chat.completions.create({ model, messages, stream: true }))
      text += chunk.choices[0]?.delta.content ?? ''
    expect([text, bench.wire()]).toEqual(['whole', 'A B'])
  })

  it('embeddings and files as well; a body that can be read only once is not sent twice', async () => {
    await using bench = await pool()
    bench.fault('A', 'bad-key')
    await bench.client.embeddings.create({ model: 'openai/text-embedding-3-small', input: 'x' })
    expect(bench.wire()).toBe('A B')
    await bench.clock.advanceAsync(minute)
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{}'))
        controller.close()
      },
    })
    const error = await thrownBy(bench.client.post('/responses', { body, headers: { 'content-type': 'application/json' } }))
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(bench.wire()).toBe('A')
  })

  it('a race goes on with the next key of whoever came first', async () => {
    const simulator = await vendorSimulator()
    const clock = fakeClock()
    const prices = { input: 1, output: 10, source: 'test', asOf: '2026-01-01' }
    const models = [{ provider: 'x', id: 'm', tier: 'standard', input: ['text'], features: ['streaming'], prices }] as const
    const make = (id: string, key: readonly string[]) =>
      openai({ id, key, baseURL: simulator.openai.baseURL, models: [{ ...models[0], provider: id }] })
    const client = createRouter({
      providers: [make('first', ['A', 'B']), make('second', ['C', 'D'])],
      keys: memoryKeys({ A: 'sk-a', B: 'sk-b', C: 'sk-c', D: 'sk-d' }),
      models: { chain: ['first/m', 'second/m'] },
      hedge: { afterMs: 1000, maxCostUsd: 1 },
      maxRetries: 0,
      clock,
    })
    simulator.fail('openai', 'stall-before-headers', { match: ({ key }) => key === 'sk-a' })
    simulator.fail('openai', 'bad-key', { match: ({ key }) => key === 'sk-c' })
    const asked = client.chat.completions.create({ model: 'chain', messages }, { timeout: 5_000 })
    const keysSeen = () => simulator.requests.map(({ key }) => key)
    while (keysSeen().length < 1) await turn()
    await clock.advanceAsync(1000)
    while (keysSeen().length < 2) await turn()
    for (let turns = 0; turns < 200; turns++) await turn()
    await clock.advanceAsync(4000)
    await asked
    expect(keysSeen()).toEqual(['sk-a', 'sk-c', 'sk-d'])
    await client.close()
    await simulator.close()
  })
})

describe('a single key without a tenant', () => {
  it('keeps to the table: every 401 is made and counts', async () => {
    await using bench = await pool(['A'])
    const client = createRouter({
      providers: [openai({ baseURL: bench.simulator.openai.baseURL, key: 'A' })],
      keys: bench.keys,
      clock: bench.clock,
      audit: bench.audit,
    })
    bench.fault('A', 'bad-key')
    for (let call = 0; call < 3; call++) await thrownBy(client.chat.completions.create({ model, messages }))
    expect(bench.wire()).toBe('A A A')
    expect(client.breakers.snapshot(model).consecutiveErrors).toBe(3)
    await client.close()
    expect(await bench.events('key.rested')).toEqual([])
  })
})
