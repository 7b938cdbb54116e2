import fc from 'fast-check'
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import type { KeyContext, KeyStore, RouterOptions } from '../src/index.ts'
import { AllCircuitsOpenError, createRouter, envKeys, firstOf, memoryAudit, memoryKeys, Secret, tenantKeys } from '../src/index.ts'
import { fileKeys } from '../src/keys/file/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import type { FaultName } from '../src/testing/index.ts'
import { answer, fakeClock, fakeProvider, vendorSimulator } from '../src/testing/index.ts'
import { card } from './compare/bench.ts'
import { folder } from './keys/key-files.ts'
import { thrownBy } from './thrown-by.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]
const model = 'openai/gpt-4o'
const keyOf = (tenant: string) => `sk-of-${tenant}`

/** A router whose tenants have keys of their own, and the simulated vendor that they are for. */
async function house(tenants: readonly string[], options: Partial<RouterOptions> = {}) {
  const simulator = await vendorSimulator()
  const clock = fakeClock()
  const audit = memoryAudit()
  const keys = memoryKeys(Object.fromEntries(tenants.map((tenant) => [`${tenant}/OPENAI_API_KEY`, keyOf(tenant)])))
  const client = createRouter({
    providers: [openai({ baseURL: simulator.openai.baseURL })],
    keys: tenantKeys(keys),
    clock,
    audit,
    maxRetries: 0,
    ...options,
  })
  return {
    simulator,
    client,
    clock,
    keys,
    audit,
    fault: (tenant: string, fault: FaultName, more: object = {}) =>
      simulator.fail('openai', fault, { ...more, match: ({ key }) => key === keyOf(tenant) }),
    ask: (tenant: string, asked = model) => client.with({ tenant }).chat.completions.create({ model: asked, messages }),
    wire: () => simulator.requests.map(({ key }) => key),
    async [Symbol.asyncDispose]() {
      await client.close()
      await simulator.close()
    },
  }
}

describe('a tenant', () => {
  it('calls with its own key, in every operation, and no other', async () => {
    await using bench = await house(['acme', 'globex'])
    for (const tenant of ['acme', 'globex']) {
      const client = bench.client.with({ tenant })
      await client.chat.completions.create({ model, messages })
      const stream = await client.chat.completions.create({ model, messages, stream: true })
      for await (const { choices } of stream) expect(choices).toBeDefined()
      await client.embeddings.create({ model: 'openai/text-embedding-3-small', input: 'x' })
      await client.moderations.create({ input: 'x' })
      await client.files.list()
    }
    expect(bench.wire()).toEqual(['acme', 'globex'].flatMap((tenant) => Array.from({ length: 5 }, () => keyOf(tenant))))
  })

  it('without a key of its own has none, and is told so before anything is sent', async () => {
    await using bench = await house(['acme'])
    await bench.keys.set('OPENAI_API_KEY', 'sk-of-the-house')
    expect(await thrownBy(bench.ask('globex'))).toMatchObject({
      code: 'MISSING_KEY',
      message: expect.stringContaining('holds no OPENAI_API_KEY of tenant globex for openai'),
    })
    expect(bench.wire()).toEqual([])
    const { rejected } = await bench.client.with({ tenant: 'globex' }).explain({ model, messages })
    expect(rejected).toMatchObject([{ target: model, reason: 'missing_key' }])
  })

  it('shares the key of calls without a tenant where that is said, and only as long as it has none', async () => {
    const keys = memoryKeys({ OPENAI_API_KEY: 'sk-of-the-house', 'acme/OPENAI_API_KEY': keyOf('acme') })
    await using bench = await house([], { keys: tenantKeys(keys, { shared: true }) })
    await bench.ask('acme')
    await bench.ask('globex')
    await keys.set('globex/OPENAI_API_KEY', keyOf('globex'))
    await bench.ask('globex')
    await bench.client.chat.completions.create({ model, messages })
    expect(bench.wire()).toEqual([keyOf('acme'), 'sk-of-the-house', keyOf('globex'), 'sk-of-the-house'])
  })

  it('may be an agent’s; what a call says goes before that', async () => {
    await using bench = await house(['acme', 'globex'], { agents: { support: { primary: model, tenant: 'acme' } } })
    const support = bench.client.agent('support')
    await support.chat.completions.create({ model: 'auto', messages })
    await bench.client.chat.completions.create({ model: 'agent:support', messages })
    await support.with({ tenant: 'globex' }).chat.completions.create({ model: 'auto', messages })
    expect(bench.wire()).toEqual([keyOf('acme'), keyOf('acme'), keyOf('globex')])
  })

  it('stands on every audit record of its requests, and in the decision', async () => {
    await using bench = await house(['acme'])
    await bench.ask('acme')
    await bench.client.flush()
    expect(new Set(bench.audit.records.map(({ tenant }) => tenant))).toEqual(new Set(['acme']))
    await expect(bench.client.with({ tenant: 'acme' }).explain({ model, messages })).resolves.toMatchObject({ tenant: 'acme' })
  })

  it('a changed key takes effect on its next call', async () => {
    await using bench = await house(['acme'])
    await bench.ask('acme')
    await bench.keys.set('acme/OPENAI_API_KEY', 'sk-new')
    await bench.ask('acme')
    await bench.keys.delete('acme/OPENAI_API_KEY')
    expect(await thrownBy(bench.ask('acme'))).toMatchObject({ code: 'MISSING_KEY' })
    expect(bench.wire()).toEqual([keyOf('acme'), 'sk-new'])
  })

  it('a key that another process has put into the encrypted file takes effect on its next call', { timeout: 30_000 }, async () => {
    using place = folder()
    const master = randomBytes(32).toString('base64')
    await using bench = await house([])
    const client = createRouter({
      providers: [openai({ baseURL: bench.simulator.openai.baseURL, key: ['OPENAI-0', 'OPENAI-1'] })],
      keys: tenantKeys(fileKeys({ path: place.file, masterKey: { unwrap: () => master } })),
      maxRetries: 0,
    }).with({ tenant: 'acme' })
    const ask = () => client.chat.completions.create({ model, messages })
    expect(await thrownBy(ask())).toMatchObject({ code: 'MISSING_KEY' })
    const writer = fork(join(import.meta.dirname, 'keys/writer.ts'), [place.file, master, 'acme/OPENAI', '2'], { stdio: 'inherit' })
    await once(writer, 'exit')
    bench.simulator.fail('openai', 'bad-key', { match: ({ key }) => key === 'value-of-acme/OPENAI-0' })
    await ask()
    expect(bench.wire()).toEqual(['value-of-acme/OPENAI-0', 'value-of-acme/OPENAI-1'])
    await client.close()
  })

  it('sees with models.list() and verify() what its keys open', async () => {
    await using bench = await house(['acme'])
    const namesFor = async (tenant: string) => (await bench.client.with({ tenant }).models.list()).data.length
    expect([(await namesFor('acme')) > 0, await namesFor('globex')]).toEqual([true, 0])
    const codes = async (tenant: string) =>
      (await bench.client.with({ tenant }).verify()).errors.map(({ code, where }) => `${code} ${where}`)
    expect(await codes('globex')).toContain('missing_key providers[0]')
    expect(await codes('acme')).not.toContain('missing_key providers[0]')
  })

  it('has several keys of its own where the provider has several', async () => {
    const names = ['acme/A', 'acme/B', 'globex/A']
    const keys = memoryKeys(Object.fromEntries(names.map((name) => [name, `sk-${name}`])))
    await using bench = await house([], { keys: tenantKeys(keys) })
    const client = createRouter({
      providers: [openai({ baseURL: bench.simulator.openai.baseURL, key: ['A', 'B'] })],
      keys: tenantKeys(keys),
      maxRetries: 0,
    })
    bench.simulator.fail('openai', 'bad-key', { match: ({ key }) => key?.endsWith('/A') === true })
    await client.with({ tenant: 'acme' }).chat.completions.create({ model, messages })
    await thrownBy(client.with({ tenant: 'globex' }).chat.completions.create({ model, messages }))
    expect(bench.wire()).toEqual(['sk-acme/A', 'sk-acme/B', 'sk-globex/A'])
    expect(client.breakers.snapshot(model).consecutiveErrors).toBe(0)
    await client.close()
  })
})

describe('tenants do not get into each other’s way', () => {
  it.each(['bad-key', 'no-credit', 'quota', 'permission', 'html-403', 'model-not-found', 'rate-limit', 'http-429'] as const)(
    '%s of one, ten times over, concerns no other',
    async (fault) => {
      await using bench = await house(['noisy', 'quiet'], { maxRetries: 2 })
      bench.fault('noisy', fault, { retryAfter: { seconds: 30 } })
      for (let call = 0; call < 10; call++) {
        const asked = thrownBy(
          bench.client.with({ tenant: 'noisy' }).chat.completions.create({ model, messages }, { maxRetries: 0 }),
        )
        await asked
      }
      expect(bench.client.breakers.snapshot(model)).toMatchObject({ state: 'closed', consecutiveErrors: 0 })
      expect(bench.client.breakers.snapshot(model).retryInMs).toBeUndefined()
      await expect(bench.ask('quiet')).resolves.toMatchObject({ object: 'chat.completion' })
    },
  )

  it.each(['answer', 'refusal'] as const)(
    'what a vendor’s %s to one of them says of limits is not heeded for another',
    async (how) => {
      await using bench = await house(['noisy', 'quiet'])
      const headers = {
        'x-ratelimit-limit-requests': '10',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '60s',
      }
      if (how === 'answer') bench.simulator.answer('openai', { text: 'the last one', headers })
      else bench.fault('noisy', 'http-500', { headers, times: 1 })
      const spare = openai({ id: 'spare', baseURL: bench.simulator.openai.baseURL })
      const client = createRouter({
        providers: [openai({ baseURL: bench.simulator.openai.baseURL }), spare],
        keys: tenantKeys(bench.keys),
        models: { chain: [model, 'spare/gpt-4o'] },
      })
      const ask = (tenant: string) => client.with({ tenant }).chat.completions.create({ model: 'chain', messages }).withResponse()
      await ask('noisy').catch(() => undefined)
      const { response } = await ask('quiet')
      expect(response.headers.get('x-modelyard-provider')).toBe('openai')
      await client.close()
    },
  )

  it('nor does one use up the tries again of another', async () => {
    await using bench = await house(['noisy', 'quiet'])
    bench.fault('noisy', 'http-429')
    for (let call = 0; call < 10; call++) await thrownBy(bench.ask('noisy'))
    bench.fault('quiet', 'http-503', { times: 1, retryAfter: { ms: 1 } })
    const asked = bench.client.with({ tenant: 'quiet' }).chat.completions.create({ model, messages }, { maxRetries: 1 })
    for (let step = 0; step < 100 && bench.wire().length < 12; step++) {
      await turn()
      await bench.clock.advanceAsync(1)
    }
    await expect(asked).resolves.toMatchObject({ object: 'chat.completion' })
  })

  it('but what is the vendor’s fault is everybody’s: the circuit is one', async () => {
    await using bench = await house(['one', 'two'], { breaker: { failures: 2 } })
    bench.simulator.fail('openai', 'http-500')
    await thrownBy(bench.ask('one'))
    await thrownBy(bench.ask('two'))
    expect(bench.client.breakers.snapshot(model).state).toBe('open')
  })

  it('a tenant’s only key rests; its calls go to the fallback, and it is tested after a minute', async () => {
    await using bench = await house(['acme'])
    await bench.keys.set('acme/SPARE', 'sk-spare')
    const { baseURL } = bench.simulator.openai
    const client = createRouter({
      providers: [openai({ baseURL }), openai({ id: 'spare', baseURL, key: 'SPARE' })],
      keys: tenantKeys(bench.keys),
      models: { chain: [model, 'spare/gpt-4o'] },
      clock: bench.clock,
    }).with({ tenant: 'acme' })
    const ask = () => client.chat.completions.create({ model: 'chain', messages })
    const outage = bench.fault('acme', 'no-credit')
    for (let call = 0; call < 3; call++) await ask()
    outage.heal()
    await bench.clock.advanceAsync(60_000)
    await ask()
    expect(bench.wire()).toEqual([keyOf('acme'), 'sk-spare', 'sk-spare', 'sk-spare', keyOf('acme')])
    await client.close()
  })

  it('the error of a tenant whose only key rests says so', async () => {
    await using bench = await house(['acme'])
    bench.fault('acme', 'bad-key')
    expect(await thrownBy(bench.ask('acme'))).toBeInstanceOf(OpenAI.AuthenticationError)
    const error = await thrownBy(bench.ask('acme'))
    expect(error).toBeInstanceOf(AllCircuitsOpenError)
    expect(error).toMatchObject({ targets: [{ target: model, reason: 'key_resting', retryAfterMs: 60_000 }] })
    expect(bench.client.health().restingKeys).toMatchObject([{ tenant: 'acme', at: 'openai', retryInMs: 60_000 }])
  })

  const faults = ['bad-key', 'no-credit', 'permission', 'model-not-found', 'rate-limit', 'http-429'] as const
  const step = fc.oneof(
    fc.record({ do: fc.constant('ask' as const), tenant: fc.nat(2), model: fc.constantFrom('gpt-4o', 'gpt-4o-mini') }),
    fc.record({ do: fc.constant('break' as const), tenant: fc.nat(2), fault: fc.constantFrom(...faults) }),
    fc.record({ do: fc.constant('heal' as const), tenant: fc.nat(2) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 30_000, 60_000, 600_000) }),
  )

  it('whatever happens to whom, a tenant with a good key is served, and no circuit counts anything', async () => {
    await using bench = await house(['t0', 't1', 't2', 'healthy'])
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        bench.simulator.heal()
        const outages = new Map<string, Disposable>()
        for (const one of steps) {
          const name = 'tenant' in one ? `t${one.tenant}` : ''
          if (one.do === 'break') outages.set(name, bench.fault(name, one.fault))
          else if (one.do === 'heal') outages.get(name)?.[Symbol.dispose]()
          else if (one.do === 'wait') await bench.clock.advanceAsync(one.ms)
          else {
            await bench.ask(name, `openai/${one.model}`).catch(() => undefined)
            await expect(bench.ask('healthy', `openai/${one.model}`)).resolves.toMatchObject({ object: 'chat.completion' })
          }
        }
        const open = bench.client.breakers
          .list()
          .filter(({ consecutiveErrors, retryInMs }) => consecutiveErrors > 0 || retryInMs !== undefined)
        expect(open).toEqual([])
      }),
      { numRuns: 60 },
    )
    // Attempts in the trail are requests on the wire, each with the key of its own tenant.
    await bench.client.flush()
    const used = bench.audit.records.flatMap(({ tenant = '', event }) => (event.type === 'attempt.started' ? [keyOf(tenant)] : []))
    expect(used).toEqual(bench.wire())
  })
})

/** A store that has nothing, and what it was asked for. */
const seen = (asked: string[] = []): KeyStore & { readonly asked: string[] } => ({
  asked,
  get: (name) => {
    asked.push(name)
    return Promise.resolve(undefined)
  },
})

const asker = (tenant?: string): KeyContext => ({ provider: 'p', ...(tenant !== undefined && { tenant }) })

describe('tenantKeys', () => {
  it('asks any store for the tenant’s name of a key, and never for another tenant’s', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\w.:@+/-]{1,102}$/)), async (tenant) => {
        const store = seen()
        const refused = await tenantKeys(store)
          .get('NAME', asker(tenant))
          .then(
            () => undefined,
            (error: unknown) => error,
          )
        if (refused === undefined) {
          expect(store.asked).toEqual([`${tenant}/NAME`])
          expect(tenant).toMatch(/^[^/\s.][^/\s]*$/)
        } else {
          expect(refused).toMatchObject({ code: 'BAD_OPTION' })
          expect(store.asked).toEqual([])
        }
      }),
    )
    for (const tenant of ['acme', '7', 'org_1.eu:de', 'a@b.example', 'a+b-c', 'A'.repeat(100)]) {
      const store = seen()
      await tenantKeys(store).get('NAME', asker(tenant))
      expect(store.asked).toEqual([`${tenant}/NAME`])
    }
  })

  it('says of has() what it knows: nothing of tenants where nobody calls', () => {
    const store = memoryKeys({ BOTH: 'a', 'acme/BOTH': 'b', 'acme/OWN': 'c', COMMON: 'd' })
    const names = ['BOTH', 'OWN', 'COMMON', 'NONE']
    const ask = (keys: KeyStore, ...who: Parameters<NonNullable<KeyStore['has']>> extends [string, ...infer Rest] ? Rest : never) =>
      names.map((name) => keys.has?.(name, ...who))
    const [own, shared] = [tenantKeys(store), tenantKeys(store, { shared: true })]
    expect(ask(own)).toEqual([true, undefined, true, undefined])
    expect(ask(own, {})).toEqual([true, false, true, false])
    expect(ask(own, { tenant: 'acme' })).toEqual([true, true, false, false])
    expect(ask(shared, { tenant: 'acme' })).toEqual([true, true, true, false])
    expect(ask(firstOf(envKeys({ NONE: 'x' }), tenantKeys(envKeys({}))))).toEqual([undefined, undefined, undefined, true])
    expect(tenantKeys(seen()).has).toBeUndefined()
  })

  it('a store that fails for a tenant does not lead to the key of all', async () => {
    const store: KeyStore = {
      get: (name) => (name.includes('/') ? Promise.reject(new Error('away')) : Promise.resolve(new Secret('sk-of-the-house'))),
    }
    await expect(tenantKeys(store, { shared: true }).get('NAME', asker('acme'))).rejects.toThrow('away')
  })

  it('lets a router be made whose keys are all those of tenants', async () => {
    const client = createRouter({ keys: tenantKeys(envKeys({ 'acme/OPENAI_API_KEY': 'sk' })) })
    const { chain } = await client.with({ tenant: 'acme' }).explain({ model: 'auto', messages })
    expect(new Set(chain.map(({ provider }) => provider))).toEqual(new Set(['openai']))
    await client.close()
  })

  it.each([
    ['no store', () => tenantKeys(Object.create(null))],
    ['a word for shared', () => tenantKeys(memoryKeys(), { shared: Object('yes') })],
  ])('refuses %s', (_what, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }))
  })

  it.each(['', 'a/b', '../x', '.', ' acme', 'a'.repeat(101), 'ümlaut'])('a tenant is not called %j', (tenant) => {
    const client = createRouter({ providers: [fakeProvider({ id: 'a', script: answer('hi') })] })
    expect(() => client.with({ tenant })).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field: 'tenant' }))
    const agents = { one: { primary: 'a/m', tenant } }
    expect(() => createRouter({ providers: [fakeProvider({ id: 'a', script: answer('hi') })], agents })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', field: 'agents.one.tenant' }),
    )
  })
})

const make = (id: string) => fakeProvider({ id, key: id.toUpperCase(), models: [card(id)], script: () => answer('hi') })

describe('calls that nobody waits for', () => {
  const keys = tenantKeys(memoryKeys({ 'acme/LIVE': 'sk-live', 'acme/NEXT': 'sk-next' }))
  const used = [[new Secret('sk-live').fingerprint], [new Secret('sk-next').fingerprint]]

  it('are made with the tenant’s own keys: mirrored traffic', async () => {
    const [live, next] = [make('live'), make('next')]
    const shadow = { share: 1, targets: ['next/m'], maxUsdPerDay: 1 }
    const client = createRouter({ providers: [live, next], keys, shadow })
    await client.with({ tenant: 'acme' }).chat.completions.create({ model: 'live/m', messages })
    await client.shadow?.idle()
    expect([live, next].map(({ calls }) => calls.map(({ fingerprint }) => fingerprint))).toEqual(used)
    await client.close()
  })

  it('are made with the tenant’s own keys: comparisons', async () => {
    const [live, next] = [make('live'), make('next')]
    const client = createRouter({ providers: [live, next], keys })
    const compared = { prompts: ['one'], targets: ['live/m', 'next/m'] }
    await client.with({ tenant: 'acme' }).compare(compared)
    expect([live, next].map(({ calls }) => calls.map(({ fingerprint }) => fingerprint))).toEqual(used)
    await expect(client.compare(compared)).rejects.toMatchObject({ code: 'MISSING_KEY' })
    await client.close()
  })
})

describe('a store of one’s own', () => {
  it('is told for whom each key is asked', async () => {
    const told: KeyContext[] = []
    const keys: KeyStore = {
      get: (_name, context) => {
        told.push(context)
        return Promise.resolve(new Secret('sk'))
      },
    }
    const provider = fakeProvider({ id: 'a', key: 'A', script: () => answer('hi') })
    const client = createRouter({ providers: [provider], keys, agents: { support: { primary: 'a/m' } } })
    const support = client.agent('support')
    for (const from of [client, support, support.with({ tenant: 'acme' })])
      await from.chat.completions.create({ model: 'a/m', messages })
    expect(told).toEqual([
      { provider: 'a' },
      { provider: 'a', agent: 'support' },
      { provider: 'a', agent: 'support', tenant: 'acme' },
    ])
    await client.close()
  })

  it('SDK clients are kept for a hundred keys at most, whoever they belong to', async () => {
    const built: string[] = []
    await using simulator = await vendorSimulator()
    const { baseURL } = simulator.openai
    const provider = openai({
      client: (secret) => {
        built.push(secret.fingerprint)
        return new OpenAI({ apiKey: secret.reveal(), baseURL, maxRetries: 0 })
      },
    })
    const names = Array.from({ length: 101 }, (_, index) => `t${index}`)
    const keys = memoryKeys(Object.fromEntries(names.map((name) => [`${name}/OPENAI_API_KEY`, keyOf(name)])))
    const client = createRouter({ providers: [provider], keys: tenantKeys(keys) })
    const ask = (tenant: string) => client.with({ tenant }).chat.completions.create({ model, messages })
    for (const name of names) await ask(name)
    await ask('t100')
    expect(built).toHaveLength(101)
    await ask('t0')
    expect(built).toHaveLength(102)
    await client.close()
  })
})
