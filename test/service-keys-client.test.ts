import { inspect } from 'node:util'
import OpenAI, { APIError, APIUserAbortError, AuthenticationError, PermissionDeniedError } from 'openai'
import { describe, expect, it } from 'vitest'
import { ModelyardError, createRouter, memoryAudit, routeOf } from '../src/index.ts'
import type { RouterOptions, RoutingOptions, ServiceKey, ServiceKeyGate, ServiceKeyOptions, ServiceKeyStore } from '../src/index.ts'
import { storePatienceMs } from '../src/access.ts'
import { memoryServiceKeys, serviceKeys } from '../src/service-keys/index.ts'
import { answer, fail, fakeClock, fakeProvider, findSecrets, stream } from '../src/testing/index.ts'
import { thrownBy } from './thrown-by.ts'

const messages = [{ role: 'user' as const, content: 'Hello' }]

/** What a provider moderates nothing with. */
const judged = <Value>(value: Value) => ({
  harassment: value,
  'harassment/threatening': value,
  hate: value,
  'hate/threatening': value,
  illicit: value,
  'illicit/violent': value,
  'self-harm': value,
  'self-harm/instructions': value,
  'self-harm/intent': value,
  sexual: value,
  'sexual/minors': value,
  violence: value,
  'violence/graphic': value,
})
const harmless: OpenAI.Moderation = {
  flagged: false,
  categories: judged(false),
  category_scores: judged(0),
  category_applied_input_types: judged([]),
}

/** A key that some other service has given. */
const keyOf = (id: string, budget: ServiceKey['budget'] = null): ServiceKey => ({
  id,
  agent: 'support',
  models: ['first/*'],
  budget,
  label: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
})

/** Takes those keys, and asks nobody whether they still hold. */
const gate = (open: (token: unknown) => ServiceKey | undefined): ServiceKeyGate => ({
  async open(token) {
    const key = open(token)
    return key === undefined ? { fault: 'unknown' } : { key, fault: async () => undefined }
  },
  subscribe: () => ({ [Symbol.dispose]() {} }),
})

/** A router of two providers and two agents, and keys to it. */
function ground(options: Partial<RouterOptions> = {}, store: ServiceKeyStore = memoryServiceKeys()) {
  const clock = fakeClock()
  const audit = memoryAudit()
  const embedding = { object: 'embedding' as const, index: 0, embedding: [1] }
  const first = fakeProvider({
    id: 'first',
    models: ['model-a', 'model-b'],
    script: answer('from first'),
    clock,
    embed: ({ model }) => ({ object: 'list', model, data: [embedding], usage: { prompt_tokens: 1, total_tokens: 1 } }),
    moderate: ({ model }) => ({ id: 'm', model, results: [harmless] }),
    forward: () => expect.unreachable('nothing is handed on'),
  })
  const second = fakeProvider({ id: 'second', models: ['model-c'], script: answer('from second'), clock })
  const keys = serviceKeys({ store, now: () => clock.wall() })
  const client = createRouter({
    providers: [first, second],
    models: { mine: ['first/model-a', 'second/model-c'] },
    tiers: { simple: ['first/model-a'], standard: ['first/model-b'], complex: ['second/model-c'] },
    agents: {
      support: { primary: 'first/model-a', fallback: ['second/model-c'] },
      boss: { primary: 'second/model-c' },
    },
    serviceKeys: keys,
    clock,
    audit,
    ...options,
  })
  const letIn = async (terms: Partial<ServiceKeyOptions> = {}) => {
    const created = await keys.create({ agent: 'support', ...terms })
    return { ...created, client: await client.forServiceKey(created.key) }
  }
  const calls = () => first.calls.length + second.calls.length
  return { client, keys, clock, audit, first, second, letIn, calls }
}

const ask = (client: OpenAI, model = 'auto') => client.chat.completions.create({ model, messages })

/** The models that a client lists. */
const names = async ({ client }: { client: OpenAI }) => (await client.models.list()).data.map(({ id }) => id)

/** Status and code of what a call fails with. */
async function faultOf(work: Promise<unknown>): Promise<string> {
  const error = await thrownBy(work)
  if (ModelyardError.is(error)) return error.code
  return error instanceof APIError ? `${String(error.status)} ${String(error.code)}` : expect.unreachable(String(error))
}

describe('the client of a service key', () => {
  it('is an OpenAI client, and that of the key’s agent', async () => {
    const { letIn } = ground()
    const { client, id } = await letIn()
    expect(client).toBeInstanceOf(OpenAI)
    const completion = await ask(client)
    expect(completion.choices[0]?.message.content).toBe('from first')
    expect(routeOf(completion)?.decision).toMatchObject({ agent: 'support', serviceKey: id })
  })

  it('streams, parses, embeds and moderates', async () => {
    const { letIn, first } = ground()
    const { client } = await letIn()
    let text = ''
    for await (const chunk of await client.chat.completions.create({ model: 'auto', messages, stream: true }))
      text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe('from first')
    expect(await client.chat.completions.stream({ model: 'auto', messages }).finalContent()).toBe('from first')
    const vectors = await client.embeddings.create({ model: 'first/model-a', input: 'a' })
    expect([vectors.data.length, routeOf(vectors)?.decision.agent]).toEqual([1, 'support'])
    expect((await client.moderations.create({ model: 'first/model-a', input: 'a' })).results[0]?.flagged).toBe(false)
    expect(first.calls.length).toBe(2)
  })

  it.each([true, false])('serves only as long as the key holds, call by call (fastPath: %s)', async (fastPath) => {
    const { letIn, keys, calls } = ground({ fastPath })
    const { client, id } = await letIn()
    await ask(client)
    await keys.revoke(id)
    const before = calls()
    const doors = [
      () => ask(client),
      () => client.chat.completions.create({ model: 'auto', messages, stream: true }),
      () => client.chat.completions.stream({ model: 'auto', messages }).done(),
      () => client.post('/chat/completions', { body: { model: 'auto', messages } }),
      () => client.embeddings.create({ model: 'first/model-a', input: 'a' }),
      () => client.moderations.create({ input: 'a' }),
      () => client.models.list(),
      () => client.models.retrieve('model-a'),
      () => client.files.list(),
      () => client.explain({ model: 'auto', messages }),
      () => ask(client.with({ maxCostUsd: 1 })),
      () => ask(client.withOptions({ maxRetries: 0 })),
      () => ask(client.agent('support')),
      // Whatever else would be wrong with a call: first its key.
      () => client.post('/chat/completions', { body: { nonsense: true } }),
    ]
    for (const door of doors) {
      const error = await thrownBy(Promise.resolve().then(door))
      expect(error, String(door)).toBeInstanceOf(AuthenticationError)
      expect(error).toMatchObject({ status: 401, code: 'invalid_api_key' })
    }
    expect(calls()).toBe(before)
  })

  it('keeps what it has begun when the key is revoked', async () => {
    const { letIn, keys } = ground({
      providers: [
        fakeProvider({ id: 'first', models: ['model-a'], script: stream(['one ', 'two']) }),
        fakeProvider({ id: 'second' }),
      ],
      agents: { support: { primary: 'first/model-a' } },
      models: {},
      tiers: { simple: ['first/model-a'], standard: ['first/model-a'], complex: ['first/model-a'] },
    })
    const { client, id } = await letIn()
    const answering = await client.chat.completions.create({ model: 'auto', messages, stream: true })
    await keys.revoke(id)
    let text = ''
    for await (const chunk of answering) text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe('one two')
    expect(await faultOf(ask(client))).toBe('401 invalid_api_key')
  })

  it('ends with the key’s time', async () => {
    const { letIn, clock } = ground()
    const { client } = await letIn({ expiresAt: new Date(clock.wall() + 1_000) })
    await ask(client)
    await clock.advanceAsync(1_000)
    expect(await faultOf(ask(client))).toBe('401 invalid_api_key')
  })

  it('is given to no other key: whatever is wrong with one, the error is the same', async () => {
    const { client, keys, clock } = ground()
    const [revoked, expiring, other] = [
      await keys.create({ agent: 'support' }),
      await keys.create({ agent: 'support', expiresAt: new Date(clock.wall() + 1) }),
      await serviceKeys({ store: memoryServiceKeys() }).create({ agent: 'support' }),
    ]
    await keys.revoke(revoked.id)
    await clock.advanceAsync(1)
    const errors = await Promise.all(
      ['', 'gk_svc_', revoked.key, expiring.key, other.key, 'a'.repeat(1_000_000)].map(async (key) => {
        const error = await thrownBy(client.forServiceKey(key))
        if (!(error instanceof AuthenticationError)) throw error
        const { status, code, message, type, param, headers, cause } = error
        return { status, code, message, type, param, headers: [...(headers ?? [])], cause }
      }),
    )
    expect(errors[0]).toMatchObject({ status: 401, code: 'invalid_api_key', cause: undefined })
    for (const error of errors) expect(error).toEqual(errors[0])
  })

  it('needs an agent that the router has, and a router that has service keys', async () => {
    const { client, keys } = ground()
    const { key } = await keys.create({ agent: 'suport' })
    expect(await faultOf(client.forServiceKey(key))).toBe('UNKNOWN_AGENT')
    const bare = ground()
    const without = createRouter({ providers: [bare.first] })
    expect(await thrownBy(without.forServiceKey(key))).toMatchObject({ code: 'BAD_OPTION', field: 'serviceKeys' })
    // @ts-expect-error -- as an application without types may do it
    expect(() => createRouter({ providers: [bare.first], serviceKeys: {} })).toThrow(
      expect.objectContaining({ field: 'serviceKeys' }),
    )
  })
})

describe('what a service key is for', () => {
  it('is one agent, by whatever name it is called', async () => {
    const { letIn } = ground()
    const { client } = await letIn()
    expect(routeOf(await ask(client, 'agent:support'))?.target).toBe('first/model-a')
    expect(routeOf(await ask(client.agent('support')))?.decision.agent).toBe('support')
    expect(await faultOf(ask(client, 'agent:boss'))).toBe('403 agent_not_allowed')
    expect(await faultOf(client.explain({ model: 'agent:boss', messages }))).toBe('403 agent_not_allowed')
    expect(() => client.agent('boss')).toThrow(PermissionDeniedError)
    expect(() => client.with({ agent: 'boss' })).toThrow(expect.objectContaining({ status: 403, code: 'agent_not_allowed' }))
  })

  it.each<readonly [models: readonly string[], asked: string, outcome: string]>([
    [['first/model-a'], 'first/model-a', 'first/model-a'],
    [['first/model-a'], 'model-a', 'first/model-a'],
    [['model-a'], 'first/model-a', 'first/model-a'],
    [['first/*'], 'model-b', 'first/model-b'],
    [['*/model-c'], 'model-c', 'second/model-c'],
    [['model-*'], 'model-c', 'second/model-c'],
    [['*'], 'auto', 'second/model-c'],
    [['f*t/m*-a', 'nothing'], 'model-a', 'first/model-a'],
    [['first/model-b'], 'auto', '403 model_not_allowed'],
    [['first/model'], 'model-a', '403 model_not_allowed'],
    [['irst/model-a'], 'model-a', '403 model_not_allowed'],
    [['model-a*a'], 'model-a', '403 model_not_allowed'],
    [['m*-*-a'], 'model-a', '403 model_not_allowed'],
    [['second/*'], 'first/model-a', '403 model_not_allowed'],
    [['second/*'], 'mine', 'second/model-c'],
    [['first/*'], 'mine', 'first/model-a'],
    [['second/*'], 'tier:simple', 'second/model-c'],
    [['first/model-b'], 'tier:complex', '403 model_not_allowed'],
  ])('is, with models %j, for %s: %s', async (models, asked, outcome) => {
    const { letIn } = ground({ agents: { support: { primary: 'second/model-c' } } })
    const { client } = await letIn({ models })
    const called = ask(client, asked).then((completion) => routeOf(completion)?.target)
    expect(outcome.startsWith('403') ? await faultOf(called) : await called).toBe(outcome)
  })

  it('is no other model by way of a fallback, a step up, or an option of the call', async () => {
    const { letIn } = ground({
      providers: [
        fakeProvider({ id: 'first', models: ['model-a', 'model-b'], script: fail({ status: 503 }) }),
        fakeProvider({ id: 'second', models: ['model-c'], script: () => expect.unreachable('it was called') }),
      ],
      escalate: { validate: () => false, to: ['second/model-c'] },
      hedge: { afterMs: 0, maxCostUsd: 1 },
      maxRetries: 0,
    })
    const { client } = await letIn({ models: ['first/model-a'] })
    expect(await faultOf(ask(client))).toMatch(/^503/)
    expect(await faultOf(ask(client.with({ fallback: ['second/model-c', 'first/model-b'] })))).toMatch(/^503/)
    const { chain, rejected, escalation } = await client.explain({ model: 'auto', messages })
    expect(chain.map(({ target }) => target)).toEqual(['first/model-a'])
    expect(rejected).toEqual([expect.objectContaining({ target: 'second/model-c', reason: 'model_not_allowed' })])
    expect(escalation).toEqual([])
  })

  it('is, for some models, no body field that only one vendor knows', async () => {
    const { letIn, calls } = ground()
    const some = await letIn({ models: ['first/*'] })
    const body = { model: 'auto', messages, models: ['second/model-c'] }
    expect(await thrownBy(some.client.chat.completions.create(body))).toMatchObject({
      status: 403,
      code: 'model_not_allowed',
      param: 'models',
    })
    expect(await faultOf(some.client.explain(body))).toBe('403 model_not_allowed')
    const vectors = { model: 'model-a', input: 'a', models: [] }
    expect(await faultOf(some.client.embeddings.create(vectors))).toBe('403 model_not_allowed')
    expect(await faultOf(some.client.moderations.create(vectors))).toBe('403 model_not_allowed')
    expect(calls()).toBe(0)
    const all = await letIn()
    await all.client.chat.completions.create(body)
    expect(calls()).toBe(1)
  })

  it('is told last: what else keeps a request from the key’s own models comes first', async () => {
    const { letIn } = ground({
      providers: [
        fakeProvider({ id: 'first', models: ['model-a', 'model-b'] }),
        fakeProvider({
          id: 'second',
          models: ['model-c'],
          supports: () => ({ level: 'no', field: 'tools', reason: 'it has none' }),
        }),
      ],
    })
    const { client } = await letIn({ models: ['second/*'] })
    expect(await faultOf(ask(client))).toBe('400 unsupported_parameter')
  })

  it('says so where embeddings and moderations would go to another model', async () => {
    const { letIn } = ground()
    const { client } = await letIn({ models: ['second/*'] })
    expect(await faultOf(client.embeddings.create({ model: 'first/model-a', input: 'a' }))).toBe('403 model_not_allowed')
    expect(await faultOf(client.moderations.create({ model: 'first/model-a', input: 'a' }))).toBe('403 model_not_allowed')
  })

  it('is what models.list() has', async () => {
    const { letIn } = ground()
    expect(await names(await letIn())).toEqual(['model-a', 'model-b', 'model-c'])
    const some = await letIn({ models: ['model-b', 'second/*'] })
    expect(await names(some)).toEqual(['model-b', 'model-c'])
    expect(await some.client.models.retrieve('mine')).toMatchObject({ owned_by: 'second' })
    expect(await faultOf(some.client.models.retrieve('model-a'))).toBe('403 model_not_allowed')
    expect(await faultOf(some.client.models.retrieve('no-model'))).toBe('404 model_not_found')
  })

  it('is a budget of its own, beside the agent’s and the router’s', async () => {
    const { client, letIn } = ground({ budget: { requests: { perDay: 4 } } })
    const [one, other] = [
      await letIn({ budget: { requests: { perDay: 1 } } }),
      await letIn({ budget: { requests: { perDay: 9 } } }),
    ]
    await ask(one.client)
    expect(await thrownBy(ask(one.client))).toMatchObject({ code: 'budget_exceeded', budget: `service-key:${one.id}` })
    for (let call = 0; call < 3; call += 1) await ask(other.client)
    expect(await thrownBy(ask(other.client))).toMatchObject({ code: 'budget_exceeded', budget: 'router' })
    expect(client.budgets.list().map(({ budget, spent }) => [budget, spent])).toEqual([
      ['router', 4],
      [`service-key:${one.id}`, 1],
      [`service-key:${other.id}`, 3],
    ])
  })

  it('is the same budget for every client of the key', async () => {
    const { client, letIn } = ground()
    const { key, client: mine } = await letIn({ budget: { requests: { perDay: 2 } } })
    const again = await client.forServiceKey(key)
    await Promise.all([ask(mine), ask(again)])
    expect(await faultOf(ask(await client.forServiceKey(key)))).toBe('429 budget_exceeded')
  })

  it('is nothing that goes to a provider as it is', async () => {
    const { letIn } = ground()
    const { client } = await letIn()
    for (const call of [
      client.files.list(),
      client.responses.create({ model: 'first/model-a', input: 'Hello' }),
      client.images.generate({ prompt: 'a house' }),
      client.get('/batches'),
    ])
      expect(await faultOf(Promise.resolve(call))).toBe('403 endpoint_not_allowed')
  })

  it.each(['ledger', 'budgets', 'breakers', 'shadow'] as const)('is not %s of the whole router', async (name) => {
    const { client } = await ground().letIn()
    expect(() => client[name]).toThrow(expect.objectContaining({ code: 'NOT_FOR_SERVICE_KEYS', field: `client.${name}` }))
  })

  it('is nothing that is done to the whole router', async () => {
    const { client: router, letIn } = ground()
    const { client, key } = await letIn()
    const forbidden = [
      client.compare({ targets: ['first/model-a'], prompts: [] }),
      client.verify(),
      client.replay([]),
      client.flush(),
      client.close(),
      client.forServiceKey(key),
    ]
    for (const each of forbidden) expect(await faultOf(each)).toBe('NOT_FOR_SERVICE_KEYS')
    expect(() => client.health()).toThrow(expect.objectContaining({ code: 'NOT_FOR_SERVICE_KEYS' }))
    expect(await ask(client)).toBeDefined()
    expect(router.health()).toBeDefined()
  })

  it('is, of routing, what cannot lead beyond it', async () => {
    const { client } = await ground({ agents: { support: { primary: 'first/model-a', region: 'eu' } } }).letIn()
    for (const routing of [
      { region: 'us' },
      { strict: false },
      { hedge: false },
      { escalate: false },
      { providerOptions: { first: { model: 'model-b' } } },
      { forwardTo: 'first' },
      { tenant: 'another' },
    ] as const) {
      const [name = ''] = Object.keys(routing)
      expect(() => client.with(routing)).toThrow(
        expect.objectContaining({ code: 'NOT_FOR_SERVICE_KEYS', field: `with({ ${name} })` }),
      )
    }
    const allowed = { fallback: ['model-b'], order: 'cheapest', clocks: { totalMs: 1 }, maxCostUsd: 1, maxAttempts: 1 } as const
    expect(client.with({ ...allowed, agent: 'support' })).toBeInstanceOf(OpenAI)
    expect(() => client.with({ maxCostUsd: -1 })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }))
  })

  it('keeps what was set before it was opened', async () => {
    const { client, keys } = ground({ keys: { get: async () => undefined } })
    const { key } = await keys.create({ agent: 'support' })
    const theirs = await client.with({ tenant: 'acme', agent: 'boss' }).forServiceKey(key)
    expect(routeOf(await ask(theirs))?.decision).toMatchObject({ agent: 'support', tenant: 'acme' })
  })

  it('keeps that also where it says nothing in its place', async () => {
    const { client, keys } = ground({ keys: { get: async () => undefined } })
    const { key } = await keys.create({ agent: 'support' })
    const theirs = await client.with({ tenant: 'acme', region: 'eu', strict: true }).forServiceKey(key)
    for (const name of ['tenant', 'region', 'strict'])
      expect(() => theirs.with({ [name]: undefined })).toThrow(
        expect.objectContaining({ code: 'NOT_FOR_SERVICE_KEYS', field: `with({ ${name} })` }),
      )
  })

  it('makes limits that were set before tighter, and never wider', async () => {
    const prices = { input: 0, output: 1000, source: 'test', asOf: '2026-01-01' }
    const { client, keys } = ground({
      catalog: [{ id: 'model-a', provider: 'first', input: ['text'], features: ['tools', 'streaming'], prices }],
    })
    const { key } = await keys.create({ agent: 'support' })
    const capped = client.with({ maxCostUsd: 0.001, clocks: { totalMs: 5 } })
    const theirs = await capped.forServiceKey(key)
    const body = { model: 'first/model-a', messages, max_tokens: 1000 }
    const unsaid = Object.assign<RoutingOptions, object>({}, { maxCostUsd: undefined })
    const cap = expect.objectContaining({ status: 400, code: 'price_cap_exceeded' })
    for (const view of [capped, theirs, theirs.with({ maxCostUsd: 100 }), theirs.with(unsaid)])
      await expect(view.chat.completions.create(body)).rejects.toEqual(cap)
  })
})

describe('where the store of the keys cannot say', () => {
  it('no key holds: 503, and nothing is sent', async () => {
    const store = memoryServiceKeys()
    let isAway = false
    const error = new Error('connection refused')
    const failing = { ...store, find: async (id: string) => (isAway ? Promise.reject(error) : store.find(id)) }
    const { client, keys, letIn, calls } = ground({}, failing)
    const { client: theirs, key } = await letIn()
    isAway = true
    for (const work of [ask(theirs), theirs.models.list(), client.forServiceKey(key)])
      expect(await thrownBy(Promise.resolve(work))).toMatchObject({ status: 503, code: 'service_keys_unavailable', cause: error })
    expect(await thrownBy(keys.verify(key))).toBe(error)
    expect(calls()).toBe(0)
    isAway = false
    expect(await ask(theirs)).toBeDefined()
  })

  it('in time, it is the same; and who does not wait gets an abort', async () => {
    const store = memoryServiceKeys()
    let hangs = false
    const { clock, letIn, calls } = ground(
      {},
      {
        ...store,
        find: (id) => (hangs ? new Promise<never>(() => undefined) : store.find(id)),
      },
    )
    const { client } = await letIn()
    hangs = true
    const late = faultOf(ask(client))
    await clock.advanceAsync(storePatienceMs)
    expect(await late).toBe('503 service_keys_unavailable')
    const leaving = new AbortController()
    const left = thrownBy(client.chat.completions.create({ model: 'auto', messages }, { signal: leaving.signal }))
    leaving.abort()
    expect(await left).toBeInstanceOf(APIUserAbortError)
    expect(calls()).toBe(0)
  })
})

describe('the audit trail of service keys', () => {
  it('has each that is made, revoked and refused, by its id', async () => {
    const { client, keys, audit, letIn } = ground()
    const { id, key, client: theirs } = await letIn()
    await ask(theirs)
    await keys.revoke(id)
    await thrownBy(ask(theirs))
    await thrownBy(client.forServiceKey(key))
    await thrownBy(client.forServiceKey('nonsense'))
    await client.close()
    await keys.create({ agent: 'support' })
    const told = audit.records.filter(({ event }) => event.type.startsWith('service_key.'))
    expect(told.map(({ event, serviceKey, agent }) => ({ ...event, serviceKey, agent }))).toEqual([
      { type: 'service_key.created', expiresAt: null, serviceKey: id, agent: 'support' },
      { type: 'service_key.revoked', serviceKey: id, agent: 'support' },
      { type: 'service_key.refused', reason: 'revoked', serviceKey: id, agent: 'support' },
      { type: 'service_key.refused', reason: 'revoked', serviceKey: id, agent: undefined },
      { type: 'service_key.refused', reason: 'malformed', serviceKey: undefined, agent: undefined },
    ])
  })

  it('names the key on every record of its requests, and on no other', async () => {
    const { client, audit, letIn } = ground()
    const { id, client: theirs } = await letIn()
    await ask(theirs)
    await ask(client.agent('support'))
    await client.flush()
    const byRequest = Map.groupBy(
      audit.records.filter(({ requestId }) => requestId !== undefined),
      (record) => record.requestId,
    )
    expect(Array.from(byRequest.values(), (records) => [...new Set(records.map(({ serviceKey }) => serviceKey))])).toEqual([
      [id],
      [undefined],
    ])
  })
})

describe('the key itself', () => {
  it('is nowhere to be found: not in clients, answers, errors, records or the store', async () => {
    const store = memoryServiceKeys()
    const { client, keys, audit, letIn } = ground({}, store)
    const { key, id, client: theirs } = await letIn({ label: 'a label' })
    const secret = key.slice(24, 67)
    const found: unknown[] = [
      client,
      theirs,
      theirs.with({ maxCostUsd: 1 }),
      await ask(theirs),
      await store.list(),
      await keys.list(),
    ]
    found.push(await thrownBy(client.forServiceKey(`${key}x`)), await thrownBy(ask(theirs, 'agent:boss')))
    await keys.revoke(id)
    found.push(await thrownBy(client.forServiceKey(key)), await thrownBy(ask(theirs)), audit.records, keys)
    for (const each of found) {
      expect(inspect(each, { depth: 12, showHidden: true })).not.toContain(secret)
      expect(findSecrets(each, [secret])).toEqual([])
    }
  })
})

describe('a gate of one’s own', () => {
  it('takes the place of service keys', async () => {
    const { client } = ground({ serviceKeys: gate((token) => (token === 'jwt' ? keyOf('from-elsewhere') : undefined)) })
    expect(routeOf(await ask(await client.forServiceKey('jwt')))?.decision.serviceKey).toBe('from-elsewhere')
    expect(await faultOf(client.forServiceKey('other'))).toBe('401 invalid_api_key')
  })

  it('is listened to until the router is closed', async () => {
    let listeners = 0
    const { client } = ground({
      serviceKeys: {
        ...gate(() => undefined),
        subscribe() {
          listeners += 1
          return { [Symbol.dispose]: () => void (listeners -= 1) }
        },
      },
    })
    expect(listeners).toBe(1)
    await client.close()
    expect(listeners).toBe(0)
  })

  it('has as many keys as it likes: a thousand budgets are listed, and all of them count', async () => {
    const { client } = ground({ serviceKeys: gate((token) => keyOf(String(token), { requests: { perDay: 1 } })) })
    const call = async (number: number) => ask(await client.forServiceKey(`key-${number}`))
    for (let number = 0; number < 1_000; number += 1) await call(number)
    expect(await faultOf(call(0))).toBe('429 budget_exceeded')
    await call(1_000)
    // The one that was used longest ago is listed no more.
    const listed = client.budgets.list().map(({ budget }) => budget)
    expect([listed.length, listed[0], ...listed.slice(-2)]).toEqual([
      1_000,
      'service-key:key-2',
      'service-key:key-0',
      'service-key:key-1000',
    ])
    expect(await faultOf(call(1))).toBe('429 budget_exceeded')
  })
})
