import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LedgerEntry, LedgerKey, LedgerQuery, LedgerStore } from '../src/contracts/ledger.ts'
import { noTokens } from '../src/contracts/usage.ts'
import type { Books, LedgerReport } from '../src/ledger/ledger.ts'
import { createLedger } from '../src/ledger/ledger.ts'
import type { LedgerRow } from '../src/ledger/rows.ts'
import type { Range } from '../src/ledger/saving.ts'
import { fakeClock } from '../src/testing/index.ts'
import { database, databaseUrl } from './ledger/database.ts'
import { attempt, baseline, dayMs, noon } from './ledger/entries.ts'

const opus = baseline('anthropic/claude-opus-5-5')

type Shelf = AsyncDisposable & { readonly ledger: (options?: { readonly baseline?: typeof opus }) => Books }

function inMemory(): Promise<Shelf> {
  return Promise.resolve({
    ledger: (options = { baseline: opus }) => createLedger(options),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })
}

async function inPostgres(): Promise<Shelf> {
  const { store, [Symbol.asyncDispose]: dispose } = await database()
  return {
    ledger: (options = { baseline: opus }) => createLedger({ ...options, shared: shared(store) }),
    [Symbol.asyncDispose]: dispose,
  }
}

function shared(store: LedgerStore) {
  const listener = { lost: () => expect.fail('the store was lost'), regained: () => undefined }
  return { store, clock: fakeClock(), listener }
}

function nameOf({ agent, provider, model, tier, role, day }: LedgerRow): string {
  return JSON.stringify([day, agent, provider, model, tier, role])
}

/** Sums of squares are rounded in whatever order they are added up. */
function expectClose(got: Range | undefined, expected: Range | undefined): void {
  expect(got === undefined).toBe(expected === undefined)
  for (const [at, end] of (expected ?? []).entries()) expect(got?.[at]).toBeCloseTo(end, 9)
}

/** Without order, which no store promises. */
function sorted(rows: readonly LedgerRow[]): readonly LedgerRow[] {
  return rows.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
}

async function asked(ledger: Books, query: LedgerQuery): Promise<LedgerReport> {
  const report = await ledger.report(query)
  return { ...report, rows: sorted(report.rows) }
}

const stores = [
  { name: 'memory', make: inMemory, isThere: true },
  { name: 'PostgreSQL (skipped without DATABASE_URL)', make: inPostgres, isThere: databaseUrl() !== undefined },
]

for (const { name, make, isThere } of stores) {
  describe.skipIf(!isThere)(`a ledger in ${name}`, () => {
    it('has nothing to tell before the first attempt', async () => {
      await using shelf = await make()
      const report = await shelf.ledger().report()
      expect(report).toMatchObject({ rows: [], total: null })
      expect(report.saving).toMatchObject({ baseline: opus.name, pricedCalls: 0, savedUsd: 0, interval: null })
      expect(report.toCSV().split('\r\n')).toHaveLength(2)
    })

    it('sums by day, agent, provider, model, tier and role', async () => {
      await using shelf = await make()
      const ledger = shelf.ledger()
      // 1,000 x 0.10 + 100 x 0.50 = 150 millionths
      ledger.add(attempt('openai/gpt-6-luna', { input: 1000, output: 100 }, { agent: 'support', tier: 'simple' }))
      ledger.add(attempt('openai/gpt-6-luna', { input: 1000, output: 100 }, { at: noon + dayMs, role: 'retry' }))
      // 1,000 x 2 = 2,000
      ledger.add(attempt('openai/gpt-6.1-sol', { input: 1000 }, { tier: 'complex', outcome: 'failure', at: noon + dayMs }))
      const days = await asked(ledger, { by: ['day'] })
      expect(days.rows).toMatchObject([
        { day: '2026-11-22', calls: 1, spentPicoUsd: '150000000', errorRate: 0 },
        { day: '2026-11-23', calls: 2, spentPicoUsd: '2150000000', failures: 1, errorRate: 0.5 },
      ])
      expect(days.total).toMatchObject({ calls: 3, spentPicoUsd: '2300000000', tokens: { ...noTokens, input: 3000, output: 200 } })
      const all = await asked(ledger, { by: ['agent', 'provider', 'model', 'tier', 'role'] })
      expect(all.rows).toMatchObject([
        { agent: 'support', provider: 'openai', model: 'gpt-6-luna', tier: 'simple', role: 'first', calls: 1 },
        { provider: 'openai', model: 'gpt-6-luna', role: 'retry', calls: 1 },
        { provider: 'openai', model: 'gpt-6.1-sol', tier: 'complex', role: 'first', calls: 1 },
      ])
      expect(all.rows.map((row) => ['agent' in row, 'tier' in row, 'day' in row])).toEqual([
        [true, true, false],
        [false, false, false],
        [false, true, false],
      ])
    })

    it('answers for a range of days and for single agents, providers, models, tiers and roles', async () => {
      await using shelf = await make()
      const ledger = shelf.ledger()
      for (const day of [0, 1, 2, 3]) {
        ledger.add(attempt('openai/gpt-6-luna', { input: 10 }, { at: noon + day * dayMs, agent: day % 2 === 0 ? 'even' : 'odd' }))
      }
      const calls = async (query: LedgerQuery): Promise<number> => (await ledger.report(query)).total?.calls ?? 0
      expect(await calls({ from: '2026-11-23' })).toBe(3)
      expect(await calls({ to: '2026-11-23' })).toBe(2)
      expect(await calls({ from: '2026-11-23', to: '2026-11-24' })).toBe(2)
      expect(await calls({ from: '2026-12-01' })).toBe(0)
      expect(await calls({ where: { agent: 'even' }, from: '2026-11-23' })).toBe(1)
      expect(await calls({ where: { provider: 'openai', model: 'gpt-6-luna', role: 'first' } })).toBe(4)
      expect(await calls({ where: { tier: 'simple' } })).toBe(0)
      expect(await calls({ where: { agent: "even' OR true --" } })).toBe(0)
    })

    it('gives latency, time to first token and speed as quantiles, of whoever has them', async () => {
      await using shelf = await make()
      const ledger = shelf.ledger()
      for (let ms = 1; ms <= 100; ms += 1) {
        const isStream = ms % 2 === 0
        ledger.add(attempt('openai/gpt-6-luna', { output: 10 }, { durationMs: ms * 10, ...(isStream && { firstTokenMs: ms }) }))
      }
      ledger.add(attempt('openai/gpt-6-luna', null, { durationMs: 5, outcome: 'failure' }))
      // 10 tokens in 10, 20, ... 1,000 ms are 1,000, 500, ... 10 a second
      expect((await ledger.report()).total).toMatchObject({
        p50Ms: 500,
        p95Ms: 950,
        firstTokenP50Ms: 50,
        firstTokenP95Ms: 96,
        tokensPerSecond: 10_000 / 510,
      })
    })

    it('tells unknown and estimated apart from nothing', async () => {
      await using shelf = await make()
      const ledger = shelf.ledger()
      ledger.add(attempt('openai/gpt-6-luna', null, { outcome: 'failure' }))
      ledger.add(attempt('openai/gpt-6-luna', null))
      ledger.add(attempt('anthropic/claude-fable-5-2', { input: 1000 }))
      ledger.add(attempt('openai/gpt-6-luna', { input: 1000, searches: 2 }, { usageSource: 'estimated', outcome: 'cancelled' }))
      const { total, saving } = await ledger.report()
      expect(total).toMatchObject({ calls: 4, successes: 2, failures: 1, cancelled: 1, unpricedCalls: 2, estimatedCalls: 1 })
      expect(total?.tokens).toMatchObject({ input: 2000, searches: 2 })
      expect(saving).toMatchObject({ pricedCalls: 1, unpricedCalls: 2, estimatedCalls: 1, estimatedSavedUsd: saving.savedUsd })
    })

    it('flags the attempts whose counts cannot be right', async () => {
      await using shelf = await make()
      const ledger = shelf.ledger()
      ledger.add(attempt('openai/gpt-6-luna', { cached: 10 }, { usageSource: 'implausible' }))
      ledger.add(attempt('openai/gpt-6-luna', { input: 10 }))
      const { total } = await ledger.report()
      expect(total).toMatchObject({ calls: 2, implausibleCalls: 1, estimatedCalls: 0, tokens: { cached: 10, input: 10 } })
      expect(String(await ledger.report())).toContain('(1 implausible)')
      const [names = '', figures = ''] = (await ledger.report({ by: [] })).toCSV().split('\r\n')
      expect(figures.split(',')[names.split(',').indexOf('implausible_calls')]).toBe('1')
    })

    it('sets what was served against the baseline, and counts everything else as spent only', async () => {
      await using shelf = await make()
      const ledger = shelf.ledger()
      const tokens = { input: 1000, output: 100 }
      // On the baseline 1,000 x 4 + 100 x 20 = 6,000 millionths; here 1,000 x 2 + 100 x 10 = 3,000.
      ledger.add(attempt('openai/gpt-6.1-sol', tokens))
      ledger.add(attempt('openai/gpt-6.1-sol', tokens, { role: 'hedge', outcome: 'cancelled', served: false }))
      ledger.add(attempt('openai/gpt-6.1-sol', tokens, { role: 'escalation', outcome: 'failure' }))
      // Nobody asked the router for these.
      ledger.add(attempt('openai/gpt-6.1-sol', tokens, { role: 'shadow' }))
      ledger.add(attempt('openai/gpt-6.1-sol', tokens, { role: 'compare' }))
      const { saving, rows } = await asked(ledger, { by: ['role'] })
      expect(saving).toMatchObject({ spentUsd: 0.009, baselineUsd: 0.006, savedUsd: -0.003, savedShare: -0.5, pricedCalls: 3 })
      expect(rows.map(({ role, spentUsd, baselineUsd, savedUsd }) => [role, spentUsd, baselineUsd, savedUsd])).toEqual([
        ['compare', 0.003, null, null],
        ['escalation', 0.003, 0, -0.003],
        ['first', 0.003, 0.006, 0.003],
        ['hedge', 0.003, 0, -0.003],
        ['shadow', 0.003, null, null],
      ])
    })

    it('keeps amounts exact where numbers end, and names that are hard to write down', async () => {
      await using shelf = await make()
      const ledger = shelf.ledger({})
      const picoUsd = 9_007_199_254_740_993_000_001n
      const model = 'a\0b\ud800 "x", \'y\'\\'
      for (const agent of ['=cmd', 'Ünï ☃', '']) {
        ledger.add(attempt('openai/any', {}, { cost: { picoUsd, usd: 0, snapshot: 's' }, model, agent }))
      }
      const { total, rows } = await ledger.report({ by: ['agent'] })
      expect(total?.spentPicoUsd).toBe(String(3n * picoUsd))
      expect(rows.map(({ agent }) => agent)).toEqual(expect.arrayContaining(['=cmd', 'Ünï ☃', '']))
    })

    it('refuses a query that means nothing, by its field', async () => {
      await using shelf = await make()
      const ledger = shelf.ledger()
      await expect(ledger.report({ from: '2026-02-30' })).rejects.toMatchObject({ code: 'BAD_OPTION', field: 'from' })
      await expect(ledger.report({ from: '2026-11-23', to: '2026-11-22' })).rejects.toMatchObject({ field: 'from' })
      // @ts-expect-error -- as from JavaScript
      await expect(ledger.report({ by: ['price'] })).rejects.toMatchObject({ field: 'by' })
      // @ts-expect-error -- from JavaScript
      await expect(ledger.report({ by: 'agent' })).rejects.toMatchObject({ field: 'by' })
      // @ts-expect-error -- from JavaScript
      await expect(ledger.report({ where: { agnet: 'x' } })).rejects.toMatchObject({ field: 'where' })
    })
  })
}

const entries = fc.array(
  fc
    .record({
      target: fc.constantFrom('openai/gpt-6-luna', 'anthropic/claude-haiku-5-5', 'anthropic/claude-mythos-5-2'),
      agent: fc.constantFrom('a', 'b', undefined),
      tier: fc.constantFrom('simple' as const, 'complex' as const, undefined),
      role: fc.constantFrom('first' as const, 'retry' as const, 'hedge' as const, 'shadow' as const),
      day: fc.nat(3),
      input: fc.nat(500_000),
      output: fc.nat(100_000),
      counted: fc.constantFrom('provider' as const, 'estimated' as const, null),
      outcome: fc.constantFrom('success' as const, 'failure' as const, 'cancelled' as const),
      durationMs: fc.integer({ min: 1, max: 100_000 }),
    })
    .map(({ target, agent, tier, role, day, input, output, counted, outcome, durationMs }): LedgerEntry =>
      attempt(target, counted === null ? null : { input, output }, {
        outcome,
        role,
        durationMs,
        at: noon + day * dayMs,
        usageSource: counted ?? 'unknown',
        ...(agent !== undefined && { agent }),
        ...(tier !== undefined && { tier }),
      }),
    ),
  { maxLength: 60 },
)
const by = fc.subarray<LedgerKey>(['agent', 'provider', 'model', 'tier', 'role', 'day'])

describe.skipIf(databaseUrl() === undefined)('memory and PostgreSQL (skipped without DATABASE_URL)', () => {
  it('give the same answers to the same questions', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(entries, by, fc.boolean(), async (booked, keys, isRange) => {
        await using shelf = await inPostgres()
        const [one, other] = [createLedger({ baseline: opus }), shelf.ledger()]
        for (const entry of booked) {
          one.add(entry)
          other.add(entry)
        }
        const query = { by: keys, ...(isRange && { from: '2026-11-23', to: '2026-11-24' }) }
        const [expected, got] = [await asked(one, query), await asked(other, query)]
        expect(got.rows).toEqual(expected.rows)
        expect(got.total).toEqual(expected.total)
        const { interval, ...saving } = got.saving
        const { interval: expectedInterval, ...expectedSaving } = expected.saving
        expect(saving).toEqual(expectedSaving)
        expectClose(interval?.savedShare, expectedInterval?.savedShare)
        expectClose(interval?.savedUsd, expectedInterval?.savedUsd)
      }),
      { numRuns: 25 },
    )
  })
})
