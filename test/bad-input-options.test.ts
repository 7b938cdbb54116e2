import { describe, expect, it } from 'vitest'
import { models as knownCards } from '../src/catalog/models.ts'
import { cardFault } from '../src/contracts/check-card.ts'
import { ModelyardError, createRouter, memoryKeys } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { google } from '../src/providers/google/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { answer, fakeProvider } from '../src/testing/index.ts'

const make = (id = 'fake') => fakeProvider({ id, models: ['m'], script: answer('ok') })

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** As an application without types would call it. */
const untyped = (called: object, ...given: readonly unknown[]): unknown => {
  if (typeof called !== 'function') throw new TypeError('not a function')
  return Reflect.apply(called, undefined, given)
}

const router = (options: Record<string, unknown>): unknown => untyped(createRouter, { providers: [make()], ...options })

function refused(
  run: () => unknown,
  expected: { readonly code?: string; readonly field: string; readonly message?: RegExp },
): void {
  const error = thrownBy(run)
  expect(error).toBeInstanceOf(ModelyardError)
  expect(error).toMatchObject({ code: expected.code ?? 'BAD_OPTION', field: expected.field })
  expect(String(error)).toMatch(expected.message ?? /./)
}

const card = { provider: 'fake', id: 'x', tier: 'simple', input: ['text'], features: [], prices: null }
const prices = { input: 1, output: 2, source: 'a price list', asOf: '2026-01-01' }

const badCards: readonly (readonly [name: string, card: unknown, path: string, message: RegExp])[] = [
  ['that is none', 'x', '', /an object, got a string/],
  ['without a provider', { ...card, provider: '' }, '.provider', /non-empty/],
  ['of a tier that there is not', { ...card, tier: 'cheap' }, '.tier', /simple, standard, complex/],
  [
    'without what it takes as input',
    { ...card, input: undefined },
    '.input',
    /an array, got undefined|is missing: the catalog does not know/,
  ],
  ['of a feature that there is not', { ...card, features: ['tool'] }, '.features[0]', /one of tools, /],
  ['whose features are a text', { ...card, features: 'tools' }, '.features', /an array, got a string/],
  ['without prices', { ...card, prices: undefined }, '.prices', /an object or null|is missing: the catalog does not know/],
  ['of a price in letters', { ...card, prices: { ...prices, input: '1' } }, '.prices.input', /a number of dollars.*got a string/],
  ['of a price below 0', { ...card, prices: { ...prices, output: -1 } }, '.prices.output', /at least 0, got -1/],
  ['of a price that is none', { ...card, prices: { ...prices, cachedInput: Number.NaN } }, '.prices.cachedInput', /got NaN/],
  ['of prices from nowhere', { ...card, prices: { ...prices, source: undefined } }, '.prices.source', /non-empty string/],
  ['of prices of no day', { ...card, prices: { ...prices, asOf: 'today' } }, '.prices.asOf', /YYYY-MM-DD/],
  [
    'of a price step without a size',
    { ...card, prices: { ...prices, longContext: [prices] } },
    '.prices.longContext[0].source',
    /known are/,
  ],
  ['of a fee below 0', { ...card, prices: { ...prices, perSearch: -0.01 } }, '.prices.perSearch', /at least 0/],
  ['of a unit that nothing counts', { ...card, prices: { ...prices, perPage: 1 } }, '.prices.perPage', /known are .*perRequest/],
  ['of another currency', { ...card, prices: { ...prices, currency: 'EUR' } }, '.prices.currency', /known are /],
  [
    'of a service tier without a price',
    { ...card, prices: { ...prices, serviceTiers: { flex: 'half' } } },
    '.prices.serviceTiers.flex',
    /how many times/,
  ],
  [
    'of an hour that there is not',
    { ...card, prices: { ...prices, hours: [{ from: '24:00', to: '04:00', factor: 2 }] } },
    '.prices.hours[0].from',
    /HH:MM/,
  ],
  [
    'of a day that there is not',
    { ...card, prices: { ...prices, hours: [{ from: '01:00', to: '04:00', days: [7], factor: 2 }] } },
    '.prices.hours[0].days[0]',
    /0 for Sunday/,
  ],
  [
    'of a region without a factor',
    { ...card, prices: { ...prices, regions: { us: null } } },
    '.prices.regions.us',
    /how many times/,
  ],
  ['of answers that there are not', { ...card, output: ['smell'] }, '.output[0]', /one of text, image/],
  ['of a window below 1', { ...card, contextWindow: 0 }, '.contextWindow', /above 0, got 0/],
  ['of a window in letters', { ...card, maxOutput: '4k' }, '.maxOutput', /whole number/],
  ['of a shutdown on no day', { ...card, lifecycle: { shutdownDate: '2026-13-40' } }, '.lifecycle.shutdownDate', /YYYY-MM-DD/],
  ['that replaces itself', { ...card, lifecycle: { replacement: 'x' } }, '.lifecycle.replacement', /another model/],
  ['of a field that there is not', { ...card, contextwindow: 5 }, '.contextwindow', /known are .*contextWindow/],
]

describe('a model card', () => {
  it.each(badCards)('%s is refused by field, wherever it comes from', (_name, bad, path, message) => {
    refused(() => router({ catalog: [bad] }), { field: `catalog[0]${path}`, message })
    for (const [name, factory] of Object.entries({ openai, anthropic, google }))
      refused(() => untyped(factory, { models: [bad] }), { field: `${name}.models[0]${path}`, message })
    refused(() => router({ providers: [{ ...make(), models: [bad] }] }), { field: `providers[0].models[0]${path}`, message })
  })

  it('that is right is taken, and so would be every card of the package', () => {
    expect(() => router({ catalog: [card, { ...card, prices }] })).not.toThrow()
    expect(knownCards.map((known) => cardFault(known)).filter((fault) => fault !== undefined)).toEqual([])
  })
})

describe('a provider refuses', () => {
  it.each(['sk-proj-0123456789', 'AIzaSyA0123456789', '0123456789abcdef0123456789abcdef', 'aB3dEfGhIjKlMn0pQrStUvWxYz012345'])(
    'a key in place of the name of one, without repeating it: %s',
    (key) => {
      refused(() => openai({ key }), { field: 'openai.key', message: /the name under which the key store holds/ })
      expect(String(thrownBy(() => anthropic({ key })))).not.toContain(key)
    },
  )

  it.each([
    'OPENAI_API_KEY',
    'openai-eu',
    'tenants/4711/openai',
    'a3b8d1b6-0b3b-4b1a-9c1a-1a2b3c4d5e6f',
    'TEAM_PLATFORM_PRODUCTION_OPENAI_API_KEY_2',
  ])('no name that people give to keys: %s', (key) => {
    expect(openai({ key }).key).toBe(key)
  })

  it.each(['', 'a/b', 'a:b', 'a b', 'auto'])('an id that model strings cannot name: %j', (id) => {
    refused(() => openai({ id }), { field: 'openai.id', message: /white space, and not "auto"/ })
    refused(() => router({ providers: [{ ...make(), id }] }), { field: 'providers[0].id' })
  })

  it.each([
    ['openai', openai],
    ['anthropic', anthropic],
    ['google', google],
  ])('options that are no object: %s', (name, factory) => {
    for (const options of [null, 'sk-0123', 5, []])
      refused(() => untyped(factory, options), { field: name, message: /takes an object of options/ })
    expect(String(thrownBy(() => untyped(factory, 'sk-0123')))).not.toContain('0123')
  })
})

describe('memoryKeys(), createRouter() and with() refuse what is no object', () => {
  it.each([null, 'sk-0123', 5, []])('%j', (options) => {
    refused(() => untyped(memoryKeys, options), { field: 'keys' })
    refused(() => untyped(createRouter, options), { field: '', message: /the options must be an object/ })
    const client = createRouter({ providers: [make()] })
    refused(() => untyped(client.with.bind(client), options), { field: '', message: /the options must be an object/ })
  })
})

describe('createRouter() says', () => {
  it('that a name is unknown before it says that the right one is missing', () => {
    refused(() => router({ agents: { a: { primry: 'm' } } }), { field: 'agents.a.primry', message: /did you mean primary\?/ })
  })

  it.each([
    ['x tenant', 'a', /a name that no header can have/],
    ['x-tenant', 'a\nb', /a line break/],
    ['x-tenant', '通', /cannot carry/],
  ])('which default header could never be sent: %j', (name, value, message) => {
    refused(() => router({ defaultHeaders: { [name]: value } }), { field: `defaultHeaders.${name}`, message })
  })

  it.each([
    ['auto', /word of the router's own/],
    ['tier:mine', /word of the router's own/],
    ['agent:mine', /word of the router's own/],
    ['fake/mine', /already means a model of the provider fake/],
    [' mine', /white space/],
  ])('which alias would hide another meaning: %j', (alias, message) => {
    refused(() => router({ models: { [alias]: 'm' } }), { field: `models.${alias}`, message })
  })

  it.each(['tier:simple', 'tier:complex', 'auto'])('that a tier cannot stand in a tier: %s', (name) => {
    refused(() => router({ tiers: { simple: [name] } }), { field: 'tiers.simple[0]', message: /cannot stand in a tier/ })
  })

  it('that a tier leads back to itself through an alias, and takes one that does not', () => {
    refused(() => router({ models: { mine: 'tier:simple' }, tiers: { simple: ['mine'] } }), {
      field: 'models.mine',
      message: /leads back to itself/,
    })
    expect(() => router({ models: { mine: 'm' }, tiers: { simple: ['mine'] } })).not.toThrow()
  })

  it('which agent has options for a provider that is not configured', () => {
    refused(() => router({ agents: { a: { primary: 'm', providerOptions: { fakr: {} } } } }), {
      code: 'UNKNOWN_PROVIDER',
      field: 'agents.a.providerOptions.fakr',
      message: /did you mean fake\?/,
    })
  })

  const keys = { get: () => Promise.resolve(undefined), has: (name: string) => name === 'OPENAI_API_KEY' }

  it('which agent has no model whose key is there, and which keys would do', () => {
    const agents = { a: { primary: 'anthropic/claude-sonnet-5-5', fallback: ['google/gemini-3.8-flash'] } }
    refused(() => createRouter({ keys, agents }), {
      code: 'MISSING_KEY',
      field: 'agents.a',
      message: /set ANTHROPIC_API_KEY or GEMINI_API_KEY/,
    })
    expect(() =>
      createRouter({ keys, agents: { a: { primary: 'anthropic/claude-sonnet-5-5', fallback: ['gpt-4o'] } } }),
    ).not.toThrow()
    expect(() => createRouter({ keys, agents: { a: { primary: 'auto' } } })).not.toThrow()
  })

  it('that a store to which keys can be added may get them yet', () => {
    const agents = { a: { primary: 'anthropic/claude-sonnet-5-5' } }
    expect(() => createRouter({ keys: memoryKeys({ OPENAI_API_KEY: 'k' }), agents })).not.toThrow()
  })

  it.each([
    ['m', /price of fake\/m is not known/],
    ['auto', /leaves the choice open/],
  ])('that a baseline could not be priced: %s', (baseline, message) => {
    refused(() => router({ baseline }), { field: 'baseline', message })
  })
})

describe('providerOptions that JSON cannot hold', () => {
  const circular: Record<string, unknown> = { inner: {} }
  Object.assign(Object(circular['inner']), { circular })

  it.each<readonly [name: string, value: unknown, path: string, message: RegExp]>([
    ['a bigint', { seed: 5n }, '.seed', /got a bigint/],
    ['a function in a list', { list: [1, () => 1] }, '.list[1]', /got a function/],
    ['a circle', circular, '.inner.circular', /leads back/],
    ['a number that is none', { a: { b: Number.NaN } }, '.a.b', /got NaN/],
  ])('are refused when they are given: %s', (_name, value, path, message) => {
    const providerOptions = { fake: value }
    const client = createRouter({ providers: [make()] })
    refused(() => untyped(client.with.bind(client), { providerOptions }), { field: `providerOptions.fake${path}`, message })
    refused(() => router({ agents: { a: { primary: 'm', providerOptions } } }), {
      field: `agents.a.providerOptions.fake${path}`,
      message,
    })
  })

  it('are no obstacle where the same object stands twice, or a field is undefined', () => {
    const shared = { a: 1 }
    const client = createRouter({ providers: [make()] })
    expect(() => client.with({ providerOptions: { fake: { one: shared, two: shared, three: undefined } } })).not.toThrow()
  })
})

describe('a model string that nothing serves', () => {
  const client = createRouter({
    providers: [openai(), anthropic(), make()],
    keys: memoryKeys({ OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' }),
    models: { quick: 'fake/m' },
  })

  it.each([
    ['tier:simpel', /Did you mean tier:simple\?/],
    ['TIER:simple', /Did you mean tier:simple\?/],
    ['tier:', /tier:simple or tier:standard or tier:complex/],
    ['AUTO', /Did you mean auto\?/],
    ['quik', /Did you mean quick/],
    ['antropic/claude-opus-5-5', /Did you mean anthropic\/claude-opus-5-5\?/],
    ['openai', /names a provider but no model; write openai\/MODEL, for example openai\//],
    ['anthropic/', /names a provider but no model/],
    ['opnai', /Did you mean openai\/MODEL/],
    [' gpt-4o', /white space; write "gpt-4o"/],
    ['openai/gpt-4o ', /white space; write "openai\/gpt-4o"/],
  ])('is answered with what was meant: %j', async (model, message) => {
    const error: unknown = await client.explain({ model, messages: [{ role: 'user', content: 'x' }] }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' })
    expect(String(error)).toMatch(message)
  })
})
