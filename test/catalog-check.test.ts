import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { findingsIn } from '../scripts/catalog-check/findings.ts'
import { genaiPrices } from '../src/catalog/genai-prices.ts'
import { models } from '../src/catalog/models.ts'
import type { ModelCard, Prices } from '../src/index.ts'

const today = '2026-11-22'
const prices: Prices = { source: 'a test', asOf: '2026-11-01', input: 1, output: 2, cachedInput: 0.5 }
/** A card that does not say how much goes in and out. */
const bare: ModelCard = { provider: 'house', id: 'm', tier: 'simple', input: ['text'], features: ['streaming'], prices }
const sound: ModelCard = { ...bare, contextWindow: 1000, maxOutput: 100 }

function found(card: ModelCard, more: Partial<Parameters<typeof findingsIn>[1]> = {}) {
  return findingsIn([card], { today, ...more }).map(({ kind, detail }) => `${kind}: ${detail}`)
}

describe('the check of the catalog', () => {
  it('has nothing to say of a sound card', () => {
    expect(found(sound)).toEqual([])
  })

  it.each<[string, ModelCard, readonly string[]]>([
    [
      'a price that was read long ago',
      { ...sound, prices: { ...prices, asOf: '2026-10-22' } },
      ['stale: read 31 days ago (a test)'],
    ],
    ['a price that is just young enough', { ...sound, prices: { ...prices, asOf: '2026-10-23' } }, []],
    ['figures that are no price', { ...sound, prices: { ...prices, input: -1 } }, ['broken: its figures are no price']],
    ['no price', { ...sound, prices: null }, ['unpriced: no price is known']],
    [
      'a model that is gone, of which nothing else matters',
      { ...bare, lifecycle: { shutdownDate: today, replacement: 'm' }, prices: null },
      ['retired: since 2026-11-22, replaced by m'],
    ],
    [
      'one that is answered by another',
      { ...sound, lifecycle: { shutdownDate: '2026-01-01', replacement: 'm', rerouted: true } },
      ['retired: since 2026-01-01, answered by m'],
    ],
    [
      'one that goes soon, without a successor',
      { ...sound, lifecycle: { shutdownDate: '2027-01-21' } },
      ['retiring: in 60 days, and nothing is named in its place'],
    ],
    ['one that goes later', { ...sound, lifecycle: { shutdownDate: '2027-01-22' } }, []],
    [
      'a successor that nobody knows',
      { ...sound, lifecycle: { shutdownDate: '2028-01-01', replacement: 'n' } },
      ['lost: its replacement n is in no card'],
    ],
    ['what a card does not say', { ...bare, features: [] }, ['missing: contextWindow, maxOutput, features']],
    ['what a model without text need not say', { ...bare, contextWindow: 1000, features: [], output: ['embedding'] }, []],
  ])('tells of %s', (_what, card, expected) => {
    expect(found(card)).toEqual(expected)
  })

  it('tells where another list says otherwise, figure by figure', () => {
    const other = { pricesOf: () => ({ ...prices, input: 1.5, cachedInput: 0.5, cacheWrite: 9 }) }
    expect(found(sound, { other })).toEqual(['disagrees: input $1 here, $1.5 there (ours: a test)'])
    expect(found({ ...sound, prices: null }, { other })).toEqual(['unpriced: only the other list has a price'])
  })

  it('compares what holds today', () => {
    const other = { pricesOf: () => ({ ...prices, changes: [{ from: '2026-11-22', ...prices, output: 3 }] }) }
    expect(found(sound, { other })).toEqual([expect.stringContaining('output $2 here, $3 there')])
    expect(found(sound, { other, today: '2026-11-21' })).toEqual([])
  })

  it('finds no broken price, no lost successor and no disagreement in our own', async () => {
    const other = genaiPrices()
    await other.load?.()
    const findings = findingsIn(models, { today, other })
    expect(findings.filter(({ kind }) => ['broken', 'lost', 'disagrees', 'stale'].includes(kind))).toEqual([])
  })
})

describe('npm run catalog:check', () => {
  const script = fileURLToPath(new URL('../scripts/catalog-check.ts', import.meta.url))
  const run = (...args: readonly string[]): string => execFileSync(process.execPath, [script, ...args], { encoding: 'utf8' })

  it('ends well with --strict on the day of the figures, and says so a year later', () => {
    expect(run('--strict', `--today=${today}`)).toMatch(/\d+ cards, \d+ findings, 2026-11-22\./)
    expect(() => run('--strict', '--today=2027-11-22')).toThrow(expect.objectContaining({ status: 1 }))
  })
})
