import { describe, expect, it } from 'vitest'
import { createRouter, memoryKeys } from '../src/index.ts'
import type { ProviderAdapter } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { builtinAdapters } from '../src/providers/builtin.ts'
import * as family from '../src/providers/family/index.ts'
import { google } from '../src/providers/google/index.ts'
import { mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { perplexity } from '../src/providers/perplexity/index.ts'
import { replicate } from '../src/providers/replicate/index.ts'

const { openaiCompatible: _, ...vendors } = family

/** Every adapter that needs no more than a key. */
const named: readonly ProviderAdapter[] = [
  ...[openai, anthropic, google, mistral, perplexity, replicate].map((make) => make()),
  ...Object.values(vendors).map((make) => make()),
].filter(({ key }) => key !== null)

const known = ({ id, key, catalog = id, embed, moderate, moderationModel, forward }: ProviderAdapter) => ({
  id,
  key,
  catalog,
  embeds: embed !== undefined,
  moderates: moderate === undefined ? undefined : moderationModel,
  forwards: forward !== undefined,
})
const byId = (one: { id: string }, other: { id: string }): number => (one.id < other.id ? -1 : 1)

describe('a router without `providers`', () => {
  it('takes every adapter that needs no more than a key, and knows of each what it says of itself', () => {
    expect(builtinAdapters.map((make) => known(make())).toSorted(byId)).toEqual(named.map(known).toSorted(byId))
  })

  it.each(named.map(({ id, key }) => ({ id, key: String(key) })))('serves the models of $id by $key alone', async ({ id, key }) => {
    // Where models belong to somebody, their names say to whom.
    const model = `${id}/${id === 'replicate' ? 'owner/' : ''}some-model`
    const client = createRouter({ keys: memoryKeys({ [key]: 'a-key-for-tests' }) })
    const { chain } = await client.explain({ model, messages: [{ role: 'user', content: 'Hi' }] })
    expect(chain.map(({ target }) => target)).toEqual([model])
  })

  it.each(['MISTRAL_API_KEY', 'XAI_API_KEY', 'DEEPSEEK_API_KEY'])('finds a model for `auto` with %s alone', async (key) => {
    const client = createRouter({ keys: memoryKeys({ [key]: 'a-key-for-tests' }) })
    const { chain } = await client.explain({ model: 'auto', messages: [{ role: 'user', content: 'Summarise this page.' }] })
    expect(chain).not.toEqual([])
  })
})
