import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCatalog, retirement, successor } from '../src/catalog/catalog.ts'
import { models } from '../src/catalog/models.ts'
import { compilePrices } from '../src/catalog/prices.ts'
import type { ModelCard } from '../src/contracts/catalog.ts'
import { defaultTiers } from '../src/policy/tiers.ts'

const catalog = createCatalog(models)
const today = Date.parse('2026-11-22T12:00:00Z')

function card(provider: string, id: string, rest: Partial<ModelCard> = {}): ModelCard {
  return { provider, id, tier: 'standard', input: ['text'], features: [], prices: null, ...rest }
}

/** The names in a union of string literals in a declaration file of an SDK. */
function declared(file: string, union: string): string[] {
  const text = readFileSync(new URL(`../node_modules/${file}`, import.meta.url), 'utf8')
  const line = text.split('\n').find((candidate) => candidate.includes(`type ${union} = `)) ?? ''
  return [...line.matchAll(/['"]([^'"]+)['"]/g)].map((match) => match[1] ?? '')
}

describe('finding a model', () => {
  it('finds a card by its id, by an alias, and a dated snapshot that is not listed under its name', () => {
    expect(catalog.find('openai', 'gpt-4o')?.id).toBe('gpt-4o')
    expect(catalog.find('openai', 'gpt-4o-2024-08-06')?.id).toBe('gpt-4o')
    expect(catalog.find('openai', 'gpt-6-luna-2026-09-01')?.id).toBe('gpt-6-luna')
    expect(catalog.find('anthropic', 'claude-opus-5-5-20260901')?.id).toBe('claude-opus-5-5')
    expect(catalog.find('anthropic', 'claude-sonnet-4-5@20250929')?.id).toBe('claude-sonnet-4-5')
  })

  it('keeps a snapshot with a price of its own apart', () => {
    expect(catalog.find('openai', 'gpt-4o-2024-05-13')?.prices?.input).toBe(5)
  })

  it('never takes a newer version for an older one, as matching by prefix would', () => {
    expect(catalog.find('anthropic', 'claude-sonnet-5-5')?.prices?.cachedInput).toBe(0.1)
    expect(catalog.find('anthropic', 'claude-sonnet-5')?.prices?.cachedInput).toBe(0.2)
    expect(catalog.find('anthropic', 'claude-sonnet-5-6')).toBeUndefined()
    expect(catalog.find('openai', 'gpt-4o-realtime')).toBeUndefined()
  })

  it('does not find a model at a provider that does not have it', () => {
    expect(catalog.find('anthropic', 'gpt-4o')).toBeUndefined()
    expect(catalog.find('nobody', 'gpt-4o')).toBeUndefined()
    expect(catalog.find('openai', '__proto__')).toBeUndefined()
    expect(catalog.serving('constructor')).toEqual([])
  })

  it('names every provider that serves a bare name, in the order of the cards', () => {
    const shared = createCatalog([card('one', 'm'), card('two', 'other', { aliases: ['m'] }), card('three', 'm')])
    expect(shared.serving('m').map((each) => each.provider)).toEqual(['one', 'two', 'three'])
    expect(shared.serving('m-2026-01-01').map((each) => each.provider)).toEqual(['one', 'two', 'three'])
    expect(shared.serving('unknown')).toEqual([])
  })

  it('lets later cards replace earlier ones, and overrides all of them', () => {
    const replaced = createCatalog([card('p', 'm', { tier: 'simple' }), card('p', 'm')], [card('p', 'm', { tier: 'complex' })])
    expect(replaced.list()).toHaveLength(1)
    expect(replaced.find('p', 'm')?.tier).toBe('complex')
  })

  it("puts an id before another card's alias, and a later alias before an earlier one", () => {
    const aliased = createCatalog([card('p', 'a', { aliases: ['b', 'c'] }), card('p', 'b'), card('p', 'd', { aliases: ['c'] })])
    expect(aliased.find('p', 'b')?.id).toBe('b')
    expect(aliased.find('p', 'c')?.id).toBe('d')
    expect(aliased.serving('b').map((each) => each.id)).toEqual(['b'])
  })
})

describe('naming the nearest models', () => {
  it.each([
    ['gpt4o', 'gpt-4o'],
    ['gpt-4o-mni', 'gpt-4o-mini'],
    ['claude-sonnet-5.5', 'claude-sonnet-5-5'],
    ['Gemini-3.8-Flash', 'gemini-3.8-flash'],
    ['gtp-6-luna', 'gpt-6-luna'],
    ['claude-3.5-sonnet', 'claude-3-5-sonnet-20241022'],
  ])('for %s names %s first', (name, expected) => {
    expect(catalog.nearest(name)[0]).toBe(expected)
  })

  it('answers with providers where the name has one, also a wrong one', () => {
    expect(catalog.nearest('openai/gpt-6-lunar')[0]).toBe('openai/gpt-6-luna')
    expect(catalog.nearest('antropic/claude-opus-5-5')[0]).toBe('anthropic/claude-opus-5-5')
  })

  it('names at most as many as asked, three by default, and nothing where nothing is near', () => {
    expect(catalog.nearest('gpt-5')).toHaveLength(3)
    expect(catalog.nearest('gpt-5', 1)).toHaveLength(1)
    expect(catalog.nearest('my-own-finetuned-llama-derivative')).toEqual([])
  })

  it('puts a known name first, whatever it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...models), ({ provider, id }) => {
        // What stands before a slash in a request names a provider, so an id with one of its own is no name by itself.
        if (!id.includes('/')) expect(catalog.nearest(id)[0]).toBe(id)
        expect(catalog.nearest(`${provider}/${id}`)[0]).toBe(`${provider}/${id}`)
      }),
    )
  })

  it('survives any name in bounded time', () => {
    fc.assert(fc.property(fc.string({ maxLength: 400, unit: 'binary' }), (name) => catalog.nearest(name).length <= 3))
    expect(catalog.nearest('x'.repeat(1_000_000))).toEqual([])
  })
})

describe('retirement', () => {
  const gone = card('p', 'old', { lifecycle: { shutdownDate: '2026-12-01', replacement: 'new', rerouted: true } })

  it('counts the day of the shutdown itself, in UTC', () => {
    expect(retirement(gone, Date.parse('2026-11-30T23:59:59.999Z'))).toEqual({
      retired: false,
      replacement: 'new',
      rerouted: false,
    })
    expect(retirement(gone, Date.parse('2026-12-01T00:00:00Z'))).toEqual({ retired: true, replacement: 'new', rerouted: true })
    expect(retirement(card('p', 'm'), today)).toEqual({ retired: false, rerouted: false })
  })

  it('follows the chain of replacements to the first model that lives', () => {
    expect(successor(catalog, catalog.find('anthropic', 'claude-3-5-sonnet-latest') ?? gone, today)?.id).toBe('claude-sonnet-4-5')
    const later = Date.parse('2026-12-24')
    expect(successor(catalog, catalog.find('anthropic', 'claude-3-5-sonnet-latest') ?? gone, later)?.id).toBe('claude-sonnet-5-5')
    expect(successor(catalog, catalog.find('google', 'gemini-2.5-pro') ?? gone, later)?.id).toBe('gemini-3.8-flash')
    expect(successor(catalog, catalog.find('openai', 'gpt-6-luna') ?? gone, later)?.id).toBe('gpt-6-luna')
  })

  it('ends without an answer where the chain is dead, missing or a circle', () => {
    const circle = createCatalog([
      card('p', 'a', { lifecycle: { shutdownDate: '2020-01-01', replacement: 'b' } }),
      card('p', 'b', { lifecycle: { shutdownDate: '2020-01-01', replacement: 'a' } }),
    ])
    expect(successor(circle, circle.find('p', 'a') ?? gone, today)).toBeUndefined()
    expect(successor(circle, gone, Date.parse('2027-01-01'))).toBeUndefined()
  })
})

describe('the models of the package', () => {
  it.each([
    ['openai', 'openai/resources/shared.d.ts', 'ChatModel', ['gpt-5.1-mini']],
    ['anthropic', '@anthropic-ai/sdk/resources/messages/messages.d.ts', 'Model', []],
    [
      'google',
      '@google/genai/dist/genai.d.ts',
      'Model_2',
      // Pictures, speech, music, video and robots.
      ['image', 'banana', 'tts', 'transcribe', 'lyria', 'robotics', 'omni'],
    ],
  ])('know every chat model that the SDK of %s declares', (provider, file, union, exceptions) => {
    const names = declared(file, union)
    expect(names.length).toBeGreaterThan(15)
    const unknown = names.filter((name) => catalog.find(provider, name) === undefined)
    expect(unknown.filter((name) => !exceptions.some((part) => name.includes(part)))).toEqual([])
  })

  it('take shutdown dates as the OpenAI SDK declares them', () => {
    const comment = readFileSync(new URL('../node_modules/openai/resources/shared.d.ts', import.meta.url), 'utf8')
    const text = comment.slice(0, comment.indexOf('export type ChatModel')).replaceAll(/\n \*/g, ' ')
    const groups = [...text.matchAll(/- ((?:"[^"]+",?\s+)*"[^"]+"):\s+Announced\s+shutdown\s+date:\s+(\d{4}-\d{2}-\d{2})/g)]
    expect(groups.length).toBeGreaterThan(10)
    for (const [, names = '', date = ''] of groups) {
      for (const [, name = ''] of names.matchAll(/"([^"]+)"/g)) {
        expect([name, catalog.find('openai', name)?.lifecycle?.shutdownDate]).toEqual([name, date])
      }
    }
  })

  it('name replacements that exist at the same provider', () => {
    for (const { provider, lifecycle } of models) {
      if (lifecycle?.replacement !== undefined) expect(catalog.find(provider, lifecycle.replacement)).toBeDefined()
    }
  })

  it('are listed once, and no alias belongs to two of them', () => {
    const names = models.flatMap(({ provider, id, aliases = [] }) => [id, ...aliases].map((name) => `${provider}/${name}`))
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('have prices that are prices, with their source and date', () => {
    for (const { id, prices } of models) {
      if (prices === null) continue
      expect([id, compilePrices(prices) === null]).toEqual([id, false])
      expect(prices.source).not.toBe('')
      expect(prices.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/)
      expect([id, (prices.cachedInput ?? 0) <= prices.input]).toEqual([id, true])
    }
  })
})

describe('the default tiers', () => {
  const targets = Object.entries(defaultTiers).flatMap(([tier, names]) => names.map((name) => ({ tier, name })))

  it.each(targets)('$name belongs to $tier, has a price and lives beyond January 2027', ({ tier, name }) => {
    const [provider = '', id = ''] = name.split('/')
    const found = catalog.find(provider, id)
    expect(found).toMatchObject({ id, tier })
    expect(found?.prices).not.toBeNull()
    expect(found !== undefined && retirement(found, Date.parse('2027-02-01')).retired).toBe(false)
  })

  it('offer every tier at several vendors, so that one of them may fail', () => {
    for (const names of Object.values(defaultTiers)) {
      const vendors = new Set(names.map((name) => name.split('/')[0]))
      expect([...vendors]).toEqual(expect.arrayContaining(['openai', 'anthropic', 'google', 'mistral']))
    }
  })
})
