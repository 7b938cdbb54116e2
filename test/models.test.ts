import { NotFoundError } from 'openai'
import { describe, expect, it, vi } from 'vitest'
import { models } from '../src/catalog/models.ts'
import { createRouter, memoryKeys } from '../src/index.ts'
import type { ModelCard, ProviderAdapter, RouterClient } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import { builtinAdapters } from '../src/providers/builtin.ts'
import { openaiCompatible } from '../src/providers/family/index.ts'
import { google, vertex } from '../src/providers/google/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { fakeClock, fakeProvider } from '../src/testing/index.ts'

const clock = fakeClock({ wallMs: Date.parse('2026-11-22T12:00:00Z') })

const card = (provider: string, id: string, more: Partial<ModelCard> = {}): ModelCard => ({
  provider,
  id,
  tier: 'standard',
  input: ['text'],
  features: [],
  prices: null,
  ...more,
})

/** A router of these providers, each with its key. */
function routerOf(providers: readonly ProviderAdapter[]) {
  const keys = memoryKeys(Object.fromEntries(providers.flatMap(({ key }) => (typeof key === 'string' ? [[key, 'a-key']] : []))))
  return createRouter({ providers, keys, clock })
}

async function idsOf(client: RouterClient): Promise<string[]> {
  return (await client.models.list()).data.map(({ id }) => id)
}

const mine = azure({ resource: 'mine', deployments: { prod: 'gpt-4o', own: card('azure', 'sora-mine') } })
const house = openaiCompatible({
  id: 'house',
  baseURL: 'http://127.0.0.1:9/v1',
  // The first would lead to OpenAI, were it listed bare.
  models: [card('house', 'openai/gpt-4o'), card('house', 'tiny', { aliases: ['tiny-1'], released: '2026-01-02' })],
})
const everyone: readonly ProviderAdapter[] = [
  ...builtinAdapters.map((make) => make()),
  mine,
  bedrock({ region: 'us-east-1' }),
  vertex({ project: 'mine', googleAuthOptions: {} }),
  house,
]

describe('models.list()', () => {
  it('lists the models of every provider, and each name leads to that provider and model alone', async () => {
    const client = routerOf(everyone)
    const { data } = await client.models.list()
    for (const { id, owned_by: owner } of data) {
      const { chain, rejected } = await client.explain({ model: id, messages: [{ role: 'user', content: 'Hi' }] })
      const reached = [...chain, ...rejected].map(({ target }) => target)
      expect(reached, id).toEqual([id.startsWith(`${owner}/`) ? id : `${owner}/${id}`])
    }
    const owners = new Set(data.map(({ owned_by: owner }) => owner))
    const known = new Set(models.map(({ provider }) => provider))
    expect(everyone.map(({ id }) => id).filter((id) => !owners.has(id) && known.has(id))).toEqual([])
    expect(owners).toContain('vertex')
  })

  it('lists what embeds and what moderates along with the rest', async () => {
    const keys = memoryKeys({ OPENAI_API_KEY: 'a-key', COHERE_API_KEY: 'a-key', MISTRAL_API_KEY: 'a-key' })
    const ids = await idsOf(createRouter({ keys, clock }))
    expect(ids).toEqual(expect.arrayContaining(['text-embedding-3-small', 'embed-v4.0', 'mistral-embed', 'omni-moderation-latest']))
  })

  it("lists a resource's deployments by the names they were given", async () => {
    const { data } = await routerOf([mine]).models.list()
    expect(data.slice(0, 2)).toEqual([
      { id: 'prod', object: 'model', created: Date.parse('2024-05-13') / 1000, owned_by: 'azure' },
      { id: 'own', object: 'model', created: 0, owned_by: 'azure' },
    ])
    expect(data.map(({ id }) => id)).toContain('gpt-4o')
  })

  it('names the provider where several serve a model, and only there', async () => {
    const ids = await idsOf(routerOf([openai(), mine, house]))
    expect(ids).toEqual(expect.arrayContaining(['openai/gpt-4o', 'azure/gpt-4o', 'house/openai/gpt-4o', 'gpt-6-astra', 'tiny']))
    expect(ids).not.toContain('gpt-4o')
  })

  it('leaves out what is retired, and the providers whose keys are not there', async () => {
    const own = [card('house', 'old', { lifecycle: { shutdownDate: '2026-11-21' } }), card('house', 'new')]
    const providers = [fakeProvider({ id: 'house', models: own }), openai()]
    expect(await idsOf(createRouter({ providers, keys: memoryKeys({}), clock }))).toEqual(['new'])
  })

  it('asks nobody, and says the same each time', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>()
    vi.stubGlobal('fetch', fetch)
    try {
      const client = routerOf([openai(), anthropic(), google()])
      expect(await idsOf(client)).toEqual(await idsOf(client))
    } finally {
      vi.unstubAllGlobals()
    }
    expect(fetch).not.toHaveBeenCalled()
  })
})

describe('models.retrieve()', () => {
  const client = routerOf(everyone)

  it.each([
    ['tiny', 'house', Date.parse('2026-01-02') / 1000],
    ['house/tiny-1', 'house', Date.parse('2026-01-02') / 1000],
    ['house/openai/gpt-4o', 'house', 0],
    ['prod', 'azure', Date.parse('2024-05-13') / 1000],
    ['text-embedding-ada-002', 'openai', Date.parse('2022-12-15') / 1000],
    // What the catalog does not know may be there all the same.
    ['openai/of-tomorrow', 'openai', 0],
    ['auto', 'modelyard', 0],
  ])('gives %s', async (id, owner, created) => {
    expect(await client.models.retrieve(id)).toEqual({ id, object: 'model', created, owned_by: owner })
  })

  it('gives every model that is listed', async () => {
    for await (const model of client.models.list()) expect(await client.models.retrieve(model.id)).toEqual(model)
  })

  it('is an error for a name that leads nowhere', async () => {
    await expect(client.models.retrieve('gpt-nothing')).rejects.toThrow(NotFoundError)
  })
})
