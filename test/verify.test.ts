import fc from 'fast-check'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { KeyStore, ModelCard, ProviderAdapter, RouterOptions, Tier } from '../src/index.ts'
import { ModelyardError, Secret, createRouter, memoryKeys } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import { google } from '../src/providers/google/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import type { FakeScriptStep } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider, stall } from '../src/testing/index.ts'
import { findingTable } from '../src/verify/finding.ts'
import { codeRows } from './docs/markdown.ts'

const tiers: readonly Tier[] = ['simple', 'standard', 'complex']

/** A model that can do everything. */
function card(provider: string, id: Tier, changes: Partial<ModelCard> = {}): ModelCard {
  return {
    provider,
    id,
    tier: id,
    contextWindow: 100_000,
    maxOutput: 4000,
    input: ['text', 'image', 'audio', 'file'],
    features: ['tools', 'json_schema', 'json_object', 'streaming', 'n'],
    prices: { input: 1, output: 2, source: 'test', asOf: '2026-01-01' },
    ...changes,
  }
}

interface Vendor {
  readonly models?: Partial<Record<Tier, Partial<ModelCard>>>
  readonly changes?: Partial<ProviderAdapter>
}

/** A provider with a model for each tier. It has no answer: whoever asks it fails. */
function vendor(id: string, { models = {}, changes = {} }: Vendor = {}): ProviderAdapter {
  const cards = tiers.map((tier) => card(id, tier, models[tier]))
  return { ...fakeProvider({ id, key: `${id.toUpperCase()}_KEY`, models: cards }), ...changes }
}

const lists = Object.fromEntries(tiers.map((tier) => [tier, [`a/${tier}`, `b/${tier}`]]))
const everyKey = memoryKeys({ A_KEY: 'sk-secret-of-a', B_KEY: 'sk-secret-of-b', C_KEY: 'sk-secret-of-c' })

/** A configuration without a fault, with some of it changed. */
function optionsWith(changes: Partial<RouterOptions> = {}): RouterOptions {
  return {
    providers: [vendor('a'), vendor('b')],
    tiers: lists,
    agents: { support: { primary: 'a/standard', fallback: ['b/standard'] } },
    models: { fast: ['a/simple', 'b/simple'] },
    keys: everyKey,
    clock: fakeClock(),
    ...changes,
  }
}

const verified = (changes: Partial<RouterOptions> = {}) => createRouter(optionsWith(changes)).verify()

const found = async (changes: Partial<RouterOptions>) =>
  (await verified(changes)).findings.map(({ code, where }) => `${code} ${where}`)

/** The two providers, of which the second has another model in one tier. */
const withB = (tier: Tier, changes: Partial<ModelCard>): Partial<RouterOptions> => ({
  providers: [vendor('a'), vendor('b', { models: { [tier]: changes } })],
})

/** Every mistake with what is to be found of it, and nothing else. */
const mistakes: readonly (readonly [mistake: string, changes: Partial<RouterOptions>, expected: readonly string[]])[] = [
  [
    'a fallback with a smaller window',
    { ...withB('standard', { contextWindow: 50_000 }) },
    ['fallback_window agents.support.fallback[0]', 'fallback_window tiers.standard[1]'],
  ],
  [
    'a fallback that can write less',
    { ...withB('simple', { maxOutput: 1000 }) },
    ['fallback_output models.fast[1]', 'fallback_output tiers.simple[1]'],
  ],
  ...(
    [
      ['tools', 'tools'],
      ['a schema', 'json_schema'],
      ['streams', 'streaming'],
    ] as const
  ).map(
    ([what, feature]) =>
      [
        `a fallback without ${what}`,
        { ...withB('complex', { features: card('b', 'complex').features.filter((each) => each !== feature) }) },
        ['fallback_feature tiers.complex[1]'],
      ] as const,
  ),
  ...(['image', 'audio', 'file'] as const).map(
    (modality) =>
      [
        `a fallback that takes no ${modality}`,
        { ...withB('complex', { input: card('b', 'complex').input.filter((each) => each !== modality) }) },
        ['fallback_modality tiers.complex[1]'],
      ] as const,
  ),
  [
    'two targets in one outage domain, and a tier of one vendor',
    { providers: [vendor('a'), vendor('b', { changes: { outageDomain: 'a' } })] },
    [
      'shared_outage agents.support',
      'shared_outage models.fast',
      'tier_one_vendor tiers.complex',
      'tier_one_vendor tiers.simple',
      'tier_one_vendor tiers.standard',
    ],
  ],
  [
    'two of three targets in one outage domain',
    { agents: { support: { primary: 'a/standard', fallback: ['b/standard', 'a/complex'] } } },
    ['shared_outage agents.support.fallback[1]'],
  ],
  [
    'a model that is shut down',
    { ...withB('complex', { lifecycle: { shutdownDate: '2025-12-31' } }) },
    ['model_retired tiers.complex[1]'],
  ],
  [
    'a model that soon is',
    { ...withB('complex', { lifecycle: { shutdownDate: '2026-03-31' } }) },
    ['model_retiring tiers.complex[1]'],
  ],
  [
    'a missing key',
    { keys: { get: (name) => Promise.resolve(name === 'A_KEY' ? new Secret('sk-secret-of-a') : undefined) } },
    [
      'missing_key providers[1]',
      'single_target agents.support',
      'tier_one_vendor tiers.complex',
      'tier_one_vendor tiers.simple',
      'tier_one_vendor tiers.standard',
    ],
  ],
  [
    'a missing SDK',
    {
      providers: [
        vendor('a'),
        vendor('b', {
          changes: {
            loadSdk: () => Promise.reject(new ModelyardError('MISSING_SDK', 'not installed', { field: '@vendor/sdk' })),
          },
        }),
        vendor('c'),
      ],
      tiers: Object.fromEntries(tiers.map((tier) => [tier, [`a/${tier}`, `c/${tier}`]])),
      agents: { support: { primary: 'a/standard', fallback: ['c/standard'] } },
      models: { fast: ['a/simple', 'c/simple'], slow: 'b/simple' },
    },
    ['missing_sdk providers[1]', 'unreachable_alias models.slow'],
  ],
  [
    'a package that content of the audit trail needs',
    {
      audit: {
        sinks: [],
        content: {
          request: true,
          answer: true,
          keep: () => ({ bytes: 0, kept: Promise.resolve({}) }),
          load: () => Promise.reject(new ModelyardError('MISSING_SDK', 'not installed', { field: 'jose' })),
        },
      },
    },
    ['missing_sdk audit.content'],
  ],
  ['a missing price', { ...withB('simple', { prices: null }), prices: false }, ['missing_price tiers.simple[1]']],
  [
    'hedging and affinity without a price',
    {
      ...withB('simple', { prices: null }),
      prices: false,
      hedge: { maxCostUsd: 1 },
      affinity: { ttlMs: 60_000 },
    },
    ['affinity_unpriced tiers.simple[1]', 'hedge_unpriced tiers.simple[1]', 'missing_price tiers.simple[1]'],
  ],
  ['a chain of one target', { agents: { support: { primary: 'a/standard' } } }, ['single_target agents.support']],
  [
    'a fallback that is the primary',
    { agents: { support: { primary: 'a/standard', fallback: ['a/standard', 'b/standard'] } } },
    ['duplicate_target agents.support.fallback[0]'],
  ],
  [
    'a tier that names a model twice',
    { tiers: { ...lists, simple: ['a/simple', 'b/simple', 'a/simple'] } },
    ['duplicate_target tiers.simple[2]'],
  ],
  [
    'an alias that nobody can serve',
    {
      models: { fast: ['a/simple', 'b/simple'], gone: 'b/complex' },
      ...withB('complex', { lifecycle: { shutdownDate: '2025-12-31' } }),
    },
    ['model_retired tiers.complex[1]', 'unreachable_alias models.gone'],
  ],
  [
    'a region where nobody is',
    {
      providers: [vendor('a', { changes: { region: 'us' } }), vendor('b', { changes: { region: 'us' } })],
      agents: { support: { primary: 'a/standard', fallback: ['b/standard'], region: 'eu' } },
    },
    ['region_empty agents.support'],
  ],
  ['a budget that no call fits into', { budget: { usd: { perDay: 0.0001 } } }, ['budget_too_small budget.usd.perDay']],
  [
    'a budget that only short calls fit into',
    { agents: { support: { primary: 'a/standard', fallback: ['b/standard'], budget: { usd: { perDay: 0.008 } } } } },
    ['budget_blocks_long agents.support.budget.usd.perDay'],
  ],
  ['an attempt longer than the whole', { clocks: { attemptMs: 20_000, totalMs: 10_000 } }, ['clock_order clocks.attemptMs']],
  [
    'an agent with more time than the router gives',
    {
      clocks: { totalMs: 10_000 },
      agents: { support: { primary: 'a/standard', fallback: ['b/standard'], clocks: { totalMs: 20_000 } } },
    },
    ['clock_order agents.support.clocks.totalMs'],
  ],
  [
    'a target with more time than the whole',
    { targets: { 'a/simple': { clocks: { firstTokenMs: 700_000 } } } },
    ['clock_order targets.a/simple.clocks.firstTokenMs'],
  ],
  ['a timeout shorter than the attempt', { timeout: 1000, clocks: { attemptMs: 5000 } }, ['clock_order clocks.attemptMs']],
  ['hedging after the end', { hedge: { afterMs: 120_000, maxCostUsd: 1 } }, ['clock_order hedge.afterMs']],
  ['escalation without a step', { escalate: { validate: () => true } }, ['escalation_nowhere agents.support']],
  [
    'the key of another vendor',
    { providers: [vendor('a'), vendor('b', { changes: { key: 'A_KEY' } })] },
    ['key_used_twice providers[1]'],
  ],
  [
    'nothing to compare with',
    {
      prices: false,
      providers: ['a', 'b'].map((id) => vendor(id, { models: { complex: { prices: null } } })),
    },
    ['missing_price tiers.complex[0]', 'missing_price tiers.complex[1]', 'no_baseline baseline'],
  ],
]

const fetch = () => Promise.reject(new Error('no call is to be made'))

describe('client.verify()', () => {
  it('finds nothing in a configuration without a fault', async () => {
    const verification = await verified()
    expect(verification.findings).toEqual([])
    expect(verification.ok).toBe(true)
    expect(String(verification)).toBe('0 errors, 0 warnings, 0 notes')
  })

  it.each(mistakes)('finds %s, and nothing else', async (_mistake, changes, expected) => {
    expect((await found(changes)).toSorted()).toEqual(expected)
  })

  it.each([
    ['contextWindow', 95_000, []],
    ['contextWindow', 94_999, ['fallback_window agents.support.fallback[0]', 'fallback_window tiers.standard[1]']],
    ['maxOutput', 3800, []],
    ['maxOutput', 3799, ['fallback_output agents.support.fallback[0]', 'fallback_output tiers.standard[1]']],
  ] as const)('lets a fallback be a few percent smaller (%s: %d)', async (limit, tokens, expected) => {
    expect((await found(withB('standard', { [limit]: tokens }))).toSorted()).toEqual(expected)
  })

  it('has every code of its table in these mistakes, but for what only calls and broken parts bring', () => {
    const seeded = new Set(mistakes.flatMap(([, , expected]) => expected.map((line) => line.split(' ')[0] ?? '')))
    const rest = Object.keys(findingTable).filter((code) => !seeded.has(code) && !code.startsWith('probe_'))
    expect(rest).toEqual(['key_store_failed', 'adapter_failed', 'check_failed'])
  })

  it('is not ok with an error, and with warnings alone it is', async () => {
    const wrong = await verified({ ...withB('complex', { lifecycle: { shutdownDate: '2025-12-31' } }) })
    expect([wrong.ok, wrong.errors.length, wrong.warnings.length]).toEqual([false, 1, 0])
    const careless = await verified({ agents: { support: { primary: 'a/standard' } } })
    expect([careless.ok, careless.errors.length, careless.warnings.length]).toEqual([true, 0, 1])
  })

  it('reads as text and as JSON: what, where, and what to do', async () => {
    const verification = await verified({ agents: { support: { primary: 'a/standard' } } })
    expect(String(verification)).toBe(
      [
        '0 errors, 1 warning, 0 notes',
        'warning  agents.support: agent support has a/standard and nobody to go on to (single_target)',
        '         Give agents.support.fallback a model of another vendor.',
      ].join('\n'),
    )
    expect(JSON.parse(JSON.stringify(verification))).toMatchObject({
      ok: true,
      findings: [{ code: 'single_target', severity: 'warning', where: 'agents.support' }],
    })
  })

  it('says what a key store that fails or hangs is, in bounded time and without its words', async () => {
    const clock = fakeClock()
    const stores: readonly KeyStore[] = [
      { get: () => Promise.reject(new Error('sk-secret-of-a')) },
      { get: () => new Promise(() => undefined) },
    ]
    for (const keys of stores) {
      const verifying = createRouter(optionsWith({ keys, clock })).verify()
      await clock.advanceAsync(5000)
      const verification = await verifying
      expect(verification.errors.map(({ code }) => code)).toEqual(['key_store_failed', 'key_store_failed'])
      expect(JSON.stringify(verification)).not.toContain('sk-secret')
    }
  })

  it('goes on where a part of the user’s own is broken', async () => {
    const broken = vendor('b', {
      changes: {
        supports() {
          throw new Error('mine')
        },
      },
    })
    const codes = (await verified({ providers: [vendor('a'), broken] })).findings.map(({ code }) => code)
    expect(new Set(codes)).toEqual(new Set(['check_failed']))
    const unloadable = vendor('b', { changes: { load: () => Promise.reject(new Error('mine')) } })
    const { errors } = await verified({ providers: [vendor('a'), unloadable] })
    expect(errors.map(({ code, where }) => [code, where])).toEqual([['adapter_failed', 'providers[1]']])
  })

  it('takes a vendor in its own cloud and in another one for two, and the same one twice for one', async () => {
    const domains = [
      anthropic(),
      bedrock({ region: 'us-east-1' }),
      bedrock({ id: 'west', region: 'us-west-2' }),
      azure({ resource: 'mine' }),
      openai(),
      openai({ id: 'again', key: 'SECOND' }),
      openai({ id: 'local', baseURL: 'http://127.0.0.1:1234/v1' }),
    ].map(({ outageDomain, catalog }) => outageDomain ?? catalog)
    expect(domains).toEqual(['anthropic', 'aws:us-east-1', 'aws:us-west-2', 'azure', 'openai', 'openai', '127.0.0.1:1234'])
  })

  it('loads the SDKs of real adapters without a call, and finds them', async () => {
    const keys = memoryKeys({ OPENAI_API_KEY: 'x', ANTHROPIC_API_KEY: 'x', GEMINI_API_KEY: 'x' })
    const client = createRouter({ providers: [openai({ fetch }), anthropic({ fetch }), google({ fetch })], keys })
    expect((await client.verify()).errors).toEqual([])
  })
})

describe('whatever the configuration', () => {
  it('nothing is thrown, nobody is called, and no key is told', async () => {
    const names = ['a/simple', 'b/standard', 'a/complex', 'auto', 'tier:standard', 'fast']
    const model = fc.constantFrom(...names)
    const ms = fc.integer({ min: 1, max: 1_000_000 })
    const changed = fc.record(
      {
        contextWindow: fc.integer({ min: 1, max: 200_000 }),
        maxOutput: fc.integer({ min: 1, max: 8000 }),
        input: fc.subarray(['text', 'image', 'audio', 'file'] as const),
        features: fc.subarray(['tools', 'json_schema', 'streaming', 'reasoning'] as const),
        prices: fc.constant(null),
        lifecycle: fc.record({ shutdownDate: fc.constantFrom('2025-01-01', '2026-01-01', '2026-02-01', '2030-01-01') }),
      },
      { requiredKeys: [] },
    )
    const anyOptions = fc.record(
      {
        models: fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom(...tiers), changed), { maxLength: 4 }),
        agents: fc.record({ support: fc.record({ primary: model, fallback: fc.array(model, { maxLength: 3 }) }) }),
        clocks: fc.record({ attemptMs: ms, totalMs: ms }, { requiredKeys: [] }),
        budget: fc.record({ usd: fc.record({ perDay: fc.double({ min: 1e-9, max: 10, noNaN: true }) }) }),
        region: fc.constantFrom('eu', 'us'),
        strict: fc.boolean(),
        hedge: fc.record({ maxCostUsd: fc.constant(1), afterMs: ms }),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(anyOptions, async ({ models = [], ...changes }) => {
        const providers = ['a', 'b'].map((id) => {
          const own = models.filter(([provider]) => provider === id).map(([, tier, change]) => [tier, change])
          return vendor(id, { models: Object.fromEntries(own) })
        })
        const client = createRouter(optionsWith({ ...changes, providers, prices: false }))
        const verification = await client.verify()
        expect(verification.findings.filter(({ code }) => code === 'check_failed')).toEqual([])
        expect(`${String(verification)}${JSON.stringify(verification)}`).not.toContain('sk-secret')
        expect(client.ledger.totals()).toEqual([])
        for (const { message, fix, where } of verification.findings) {
          expect(where).not.toBe('')
          expect(message).not.toMatch(/undefined|NaN|\[object/)
          expect(fix).toMatch(/^[A-Z].+\.$|^Run: /)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('verify({ live: true })', () => {
  const usage = { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 }
  const small = (
    scripts: { readonly a?: FakeScriptStep; readonly b?: FakeScriptStep },
    changes: Partial<RouterOptions> = {},
    ofB: Partial<ModelCard> = {},
  ) => {
    const clock = fakeClock()
    const fakes = (['a', 'b'] as const).map((id) =>
      fakeProvider({
        id,
        key: null,
        models: [card(id, 'simple', id === 'b' ? ofB : {})],
        script: scripts[id] ?? answer('yes', { usage }),
        clock,
      }),
    )
    const client = createRouter({ providers: fakes, tiers: { simple: ['a/simple', 'b/simple'] }, clock, ...changes })
    return { client, fakes, clock }
  }

  it('asks each target once for one token, and tells how it went', async () => {
    const { client, fakes } = small({})
    const { ok, probes } = await client.verify({ live: true })
    expect(ok).toBe(true)
    expect(probes).toEqual(
      ['a/simple', 'b/simple'].map((target) => ({
        target,
        ok: true,
        latencyMs: 0,
        failure: null,
        status: null,
        costUsd: 0.000012,
      })),
    )
    expect(fakes.map(({ calls }) => calls.map(({ request }) => request.max_completion_tokens))).toEqual([[1], [1]])
  })

  it.each([
    ['a key that is refused', fail({ status: 401 }), 'probe_auth', false],
    ['a model that is not there', fail({ status: 404 }), 'probe_not_found', false],
    ['an account without money', fail({ kind: 'quota', status: 402 }), 'probe_quota', false],
    ['an outage', fail({ status: 503 }), 'probe_failed', true],
  ] as const)('finds %s', async (_what, b, code, isOk) => {
    const { client } = small({ b })
    const { ok, findings } = await client.verify({ live: true })
    expect(findings.filter((each) => each.code.startsWith('probe_'))).toMatchObject([{ code, where: 'tiers.simple[1]' }])
    expect(ok).toBe(isOk)
  })

  it('asks once more for more where one token is refused, and models that think for more at once', async () => {
    let asked = 0
    const { client, fakes } = small({
      a: () => {
        asked += 1
        return asked === 1 ? fail({ status: 400 }) : answer('yes')
      },
    })
    expect((await client.verify({ live: true })).probes?.[0]).toMatchObject({ ok: true })
    expect(fakes[0]?.calls.map(({ request }) => request.max_completion_tokens)).toEqual([1, 256])
    const thinker = fakeProvider({ id: 'a', models: [card('a', 'simple', { features: ['reasoning'] })], script: answer('yes') })
    await createRouter({ providers: [thinker], tiers: { simple: ['a/simple'] } }).verify({ live: true })
    expect(thinker.calls.map(({ request }) => request.max_completion_tokens)).toEqual([16])
  })

  it('leaves live traffic alone: circuits, fallbacks and retries; the ledger has it as a probe', async () => {
    const { client, fakes } = small({ b: fail({ status: 500 }) }, { breaker: { failures: 1 } })
    await client.verify({ live: true })
    expect(fakes.map(({ calls }) => calls.length)).toEqual([1, 1])
    expect(client.breakers.snapshot('b/simple').state).toBe('closed')
    expect(client.ledger.totals({ by: ['role'] })).toMatchObject([{ role: 'probe', calls: 2 }])
  })

  it('keeps to its cap, its time and its signal', async () => {
    const dear = answer('yes', { usage: { prompt_tokens: 1000, completion_tokens: 1, total_tokens: 1001 } })
    const capped = small({ a: dear })
    const { probes } = await capped.client.verify({ live: { maxUsd: 0.0005, concurrency: 1 } })
    expect(probes?.map(({ failure }) => failure)).toEqual([null, 'spend_cap'])
    const slow = small({ a: stall() })
    const verifying = slow.client.verify({ live: { timeoutMs: 100 } })
    await slow.clock.advanceAsync(100)
    expect((await verifying).probes?.map(({ failure }) => failure)).toEqual(['caller_timeout', null])
    const stopped = await small({}).client.verify({ live: { signal: AbortSignal.abort() } })
    expect(stopped.notes.filter(({ code }) => code === 'probe_skipped')).toHaveLength(2)
  })

  it('does not ask without a price where a cap is given', async () => {
    const { client, fakes } = small({}, { prices: false }, { prices: null })
    const { probes } = await client.verify({ live: { maxUsd: 1 } })
    expect(probes?.map(({ failure }) => failure)).toEqual([null, 'unpriced'])
    expect(fakes[1]?.calls).toEqual([])
  })

  it('refuses options that are none', async () => {
    const { client } = small({})
    // @ts-expect-error -- misspelt
    await expect(client.verify({ life: true })).rejects.toThrow(/life is no option/)
    await expect(client.verify({ live: { maxUsd: 0 } })).rejects.toThrow(/live\.maxUsd must be above 0/)
    await expect(client.verify({ live: { concurrency: 1.5 } })).rejects.toThrow(/live\.concurrency/)
  })
})

describe('docs/verify.md', () => {
  it('lists exactly the codes, with severity and meaning', () => {
    const rows = codeRows(join(import.meta.dirname, '../docs/verify.md')).filter(([code = '']) => Object.hasOwn(findingTable, code))
    const codes = Object.entries(findingTable).map(([code, { severity, meaning }]) => [code, severity, meaning])
    expect(rows.map((row) => row.slice(0, 3))).toEqual(codes)
  })
})
