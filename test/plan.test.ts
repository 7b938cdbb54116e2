import OpenAI, { BadRequestError, NotFoundError } from 'openai'
import { describe, expect, it } from 'vitest'
import type { ModelCard, ProviderAdapter, RouterOptions } from '../src/index.ts'
import { createRouter, memoryKeys, routeOf } from '../src/index.ts'
import { answer, fakeClock, fakeProvider } from '../src/testing/index.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]
const image = [
  { role: 'user' as const, content: [{ type: 'image_url' as const, image_url: { url: 'https://example.com/a.png' } }] },
]
const tools = [{ type: 'function' as const, function: { name: 'f', parameters: {} } }]

function card(vendor: string, id: string, more: Partial<ModelCard> = {}): ModelCard {
  return { provider: vendor, id, tier: 'standard', input: ['text'], features: ['tools', 'streaming'], prices: null, ...more }
}

function provider(
  id: string,
  models: readonly (string | ModelCard)[],
  more: Parameters<typeof fakeProvider>[0] = {},
): ProviderAdapter {
  return fakeProvider({
    id,
    models: models.map((model) => (typeof model === 'string' ? card(id, model) : model)),
    script: answer('ok'),
    ...more,
  })
}

const one = provider('one', ['small', 'large', 'both'])
const two = provider('two', ['other', 'both'])
const router = (options: RouterOptions = {}) =>
  createRouter({
    providers: [one, two],
    tiers: { simple: ['one/small'], standard: ['two/other'], complex: ['one/large', 'two/other'] },
    ...options,
  })
const chainOf = async (
  client: ReturnType<typeof router>,
  body: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> & { readonly model: string },
) => (await client.explain({ messages, ...body })).chain.map(({ target }) => target)

describe('model strings', () => {
  it.each([
    ['one/small', ['one/small']],
    ['small', ['one/small']],
    ['both', ['one/both', 'two/both']],
    ['one/not-in-any-catalog', ['one/not-in-any-catalog']],
    ['tier:complex', ['one/large', 'two/other']],
    ['nick', ['two/other', 'one/small']],
    ['agent:helper', ['one/large', 'two/other']],
  ])('%s means %j', async (model, chain) => {
    const client = router({
      models: { nick: ['two/other', 'small'] },
      agents: { helper: { primary: 'one/large', fallback: ['tier:standard'] } },
    })
    expect(await chainOf(client, { model })).toEqual(chain)
  })

  it('auto goes by the classifier, and unsure means standard', async () => {
    const sure = router({ classifier: { classify: () => ({ tier: 'simple', score: 0, confidence: 1, signals: ['short'] }) } })
    expect(await sure.explain({ model: 'auto', messages })).toMatchObject({ tier: 'simple', complexity: { signals: ['short'] } })
    expect(await chainOf(sure, { model: 'auto' })).toEqual(['one/small'])
    const broken = router({ classifier: { classify: () => Promise.reject(new Error('no')) } })
    expect((await broken.explain({ model: 'auto', messages })).tier).toBe('standard')
  })

  it("an agent's auto is its primary; a model that the call names comes before its fallbacks", async () => {
    const client = router({ agents: { helper: { primary: 'one/large', fallback: ['two/other'] } } }).agent('helper')
    expect(await chainOf(client, { model: 'auto' })).toEqual(['one/large', 'two/other'])
    expect(await chainOf(client, { model: 'one/small' })).toEqual(['one/small', 'two/other'])
  })

  it('with() lays options over the call, and names no target twice', async () => {
    expect(await chainOf(router().with({ fallback: ['tier:complex', 'small'] }), { model: 'small' })).toEqual([
      'one/small',
      'one/large',
      'two/other',
    ])
  })

  it('says what is nearest to a name that nothing serves, and sends nothing', async () => {
    const client = router()
    const error: unknown = await client.chat.completions.create({ model: 'smal', messages }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(NotFoundError)
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' })
    expect(String(error)).toMatch(/"smal".*small/)
    await expect(client.explain({ model: 'three/x', messages })).rejects.toThrow(/No provider "three".*one, two/)
    await expect(client.explain({ model: 'claude-opus-5-5', messages })).rejects.toThrow(/not configured; add its adapter/)
  })
})

describe('constraints', () => {
  it('keep their reason: what the model cannot take is not tried', async () => {
    const seeing = provider('seeing', [card('seeing', 'eyes', { input: ['text', 'image'], features: [] })])
    const client = createRouter({ providers: [one, seeing], models: { pair: ['one/small', 'seeing/eyes'] } })
    expect(await client.explain({ model: 'pair', messages: image })).toMatchObject({
      chain: [{ target: 'seeing/eyes' }],
      rejected: [{ target: 'one/small', reason: 'modality', field: 'messages[0].content[0]' }],
    })
    expect(await client.explain({ model: 'pair', messages, tools })).toMatchObject({
      chain: [{ target: 'one/small' }],
      rejected: [{ target: 'seeing/eyes', reason: 'unsupported', field: 'tools' }],
    })
  })

  it('name the field when no target is left', async () => {
    const error: unknown = await router()
      .chat.completions.create({ model: 'small', messages: image })
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ code: 'unsupported_parameter', param: 'messages[0].content[0]' })
  })

  it('turn away what cannot fit the window, and leave doubtful cases to the vendor', async () => {
    const narrow = provider('narrow', [card('narrow', 'n', { contextWindow: 1000 })])
    const client = createRouter({ providers: [narrow] })
    const asking = (length: number) => client.explain({ model: 'n', messages: [{ role: 'user', content: 'word '.repeat(length) }] })
    expect((await asking(4000)).rejected).toMatchObject([{ reason: 'context_window' }])
    expect((await asking(850)).chain).toHaveLength(1)
  })

  it('residency keeps only targets that declare the region', async () => {
    const eu = provider('eu', ['m'], { region: 'eu' })
    const client = createRouter({ providers: [provider('us', ['m'], { region: 'us' }), provider('nowhere', ['m']), eu] })
    expect(await chainOf(client.with({ region: 'eu' }), { model: 'm' })).toEqual(['eu/m'])
    await expect(client.with({ region: 'ch' }).chat.completions.create({ model: 'm', messages })).rejects.toMatchObject({
      code: 'region_unavailable',
    })
  })

  it('a field that only tunes is dropped with a warning, and an error under strict', async () => {
    const plain = provider('plain', ['m'], {
      supports: (request) => ({ level: 'yes', dropped: request.seed === undefined || request.seed === null ? [] : ['seed'] }),
    })
    const client = createRouter({ providers: [plain] })
    expect(await client.explain({ model: 'm', messages, seed: 1 })).toMatchObject({
      chain: [{ dropped: ['seed'] }],
      warnings: ['plain/m lacks seed: left out'],
    })
    await expect(client.with({ strict: true }).chat.completions.create({ model: 'm', messages, seed: 1 })).rejects.toMatchObject({
      code: 'parameter_dropped',
      param: 'seed',
    })
  })

  it('a tier without a model that can serve gives way to the next one up', async () => {
    const client = createRouter({
      providers: [one, provider('seeing', [card('seeing', 'eyes', { input: ['text', 'image'] })])],
      tiers: { simple: ['one/small'], standard: ['one/large'], complex: ['seeing/eyes'] },
    })
    expect(await client.explain({ model: 'tier:simple', messages: image })).toMatchObject({
      tier: 'complex',
      chain: [{ target: 'seeing/eyes' }],
    })
  })
})

describe('retired models', () => {
  const clock = fakeClock({ wallMs: Date.UTC(2026, 10, 22) })
  const dead = card('one', 'dead', { lifecycle: { shutdownDate: '2026-10-23', replacement: 'heir' } })
  const gone = card('one', 'gone', { lifecycle: { shutdownDate: '2026-10-23' } })
  const dying = card('one', 'dying', { lifecycle: { shutdownDate: '2026-11-23', replacement: 'heir' } })
  const client = createRouter({
    providers: [provider('one', [dead, gone, dying, 'heir', 'live'])],
    clock,
    models: { pair: ['gone', 'live'] },
  })

  it('are replaced by the one that their vendor names, with a warning', async () => {
    const decision = await client.explain({ model: 'dead', messages })
    expect(decision).toMatchObject({ requested: 'dead', chain: [{ target: 'one/heir' }] })
    expect(decision.warnings).toEqual(['one/dead is shut down: heir is called instead'])
    expect(routeOf(await client.chat.completions.create({ model: 'dead', messages }))?.target).toBe('one/heir')
  })

  it('are an error under strict', async () => {
    await expect(client.with({ strict: true }).chat.completions.create({ model: 'dead', messages })).rejects.toMatchObject({
      status: 404,
      code: 'model_retired',
    })
  })

  it('serve until their day', async () => {
    expect(await chainOf(client, { model: 'dying' })).toEqual(['one/dying'])
  })

  it('without a successor stand back behind live ones, and are asked only when nothing else is left', async () => {
    expect(await client.explain({ model: 'pair', messages })).toMatchObject({
      chain: [{ target: 'one/live' }],
      rejected: [{ target: 'one/gone', reason: 'retired' }],
    })
    expect(await chainOf(client, { model: 'gone' })).toEqual(['one/gone'])
  })
})

describe('keys', () => {
  it('a target whose key is known to be absent is rejected with the key’s name', async () => {
    const keys = memoryKeys({ KEY_B: 'secret-b' })
    const client = createRouter({
      providers: [provider('a', ['m'], { key: 'KEY_A' }), provider('b', ['m'], { key: 'KEY_B' })],
      keys,
    })
    expect(await client.explain({ model: 'm', messages })).toMatchObject({
      chain: [{ target: 'b/m' }],
      rejected: [{ target: 'a/m', reason: 'missing_key' }],
    })
    await keys.set('KEY_A', 'secret-a')
    expect(await chainOf(client, { model: 'm' })).toEqual(['a/m', 'b/m'])
  })

  it('a store that cannot tell in advance is asked at the attempt, and the target is skipped', async () => {
    const keys = { get: () => Promise.resolve(undefined) }
    const client = createRouter({ providers: [provider('a', ['m'], { key: 'KEY_A' }), provider('b', ['m'])], keys })
    expect(routeOf(await client.chat.completions.create({ model: 'm', messages }))?.target).toBe('b/m')
    await expect(client.chat.completions.create({ model: 'a/m', messages })).rejects.toMatchObject({ code: 'MISSING_KEY' })
  })
})

it('is an OpenAI client whatever the view', () => {
  expect(router().with({ strict: true }).withOptions({ maxRetries: 0 })).toBeInstanceOf(OpenAI)
})
