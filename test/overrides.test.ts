import { describe, expect, it } from 'vitest'
import { createCatalog } from '../src/catalog/catalog.ts'
import { models } from '../src/catalog/models.ts'
import { ModelyardError } from '../src/index.ts'
import type { ModelCard, ModelOverride } from '../src/index.ts'

const base = createCatalog(models)
const prices = { source: 'our contract', asOf: '2026-11-01', input: 0.08, output: 0.4 }

function known(provider: string, id: string): ModelCard {
  const card = base.find(provider, id)
  if (card === undefined) throw new Error(`no card for ${provider}/${id}`)
  return card
}

const over = (...overrides: readonly ModelOverride[]) => createCatalog(models, overrides)

describe('a card of your own', () => {
  it('replaces the fields that it has, each as a whole, and leaves the others', () => {
    const luna = { provider: 'openai', id: 'gpt-6-luna' }
    expect(over({ ...luna, prices }).find('openai', 'gpt-6-luna')).toEqual({ ...known('openai', 'gpt-6-luna'), prices })
    expect(over({ ...luna, prices: null }).find('openai', 'gpt-6-luna')?.prices).toBeNull()
    expect(over({ ...luna, aliases: [] }).find('openai', 'gpt-6-luna')?.aliases).toEqual([])
  })

  it('is laid over an earlier one of its model', () => {
    const luna = { provider: 'openai', id: 'gpt-6-luna' }
    const catalog = over({ ...luna, prices }, { ...luna, contextWindow: 5000 })
    expect(catalog.find('openai', 'gpt-6-luna')).toEqual({ ...known('openai', 'gpt-6-luna'), prices, contextWindow: 5000 })
    expect(catalog.list()).toHaveLength(base.list().length)
  })

  it('for an alias or a dated id makes a card of its own, and leaves the known one alone', () => {
    const dated = { provider: 'openai', id: 'gpt-6-luna-2026-11-30', prices }
    const catalog = over(dated)
    expect(catalog.find('openai', dated.id)).toMatchObject({ id: dated.id, prices, contextWindow: 1_050_000 })
    expect(catalog.find('openai', 'gpt-6-luna')).toEqual(known('openai', 'gpt-6-luna'))
    const alias = { provider: 'openai', id: 'gpt-5.6', prices }
    expect(over(alias).find('openai', 'gpt-5.6')).toMatchObject({ id: 'gpt-5.6', prices })
    expect(over(alias).find('openai', 'gpt-5.6')).not.toHaveProperty('aliases')
    expect(over(alias).find('openai', 'gpt-5.6-sol')?.prices).toEqual(known('openai', 'gpt-5.6-sol').prices)
  })

  it('of a new model is whole, and known by its aliases', () => {
    const card = { provider: 'house', id: 'm', tier: 'simple', input: ['text'], features: [], prices: null } as const
    expect(over({ ...card, aliases: ['m-latest'] }).find('house', 'm-latest')).toMatchObject(card)
  })

  it.each([
    [{ provider: 'house', id: 'm', prices }, 'catalog[0].tier', /"house\/m", and a new card needs tier, input, features too/],
    [
      { provider: 'openai', id: 'gpt-6-lunar', tier: 'simple' as const, input: ['text' as const], features: [] },
      'catalog[0].prices',
      /needs prices too/,
    ],
  ])('that is not whole is refused by its field: %j', (card, field, message) => {
    const make = () => over(card)
    expect(make).toThrow(ModelyardError)
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field, message: expect.stringMatching(message) }))
  })
})
