import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLatencies } from '../src/ledger/latencies.ts'
import { noTokens } from '../src/contracts/usage.ts'
import { createLedger } from '../src/ledger/ledger.ts'
import type { LedgerKey } from '../src/contracts/ledger.ts'
import { attempt, baseline } from './ledger/entries.ts'

/** The sample that the share `q` of the samples does not exceed. */
function exact(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN
}

describe('what was spent', () => {
  const ledger = createLedger({ baseline: baseline('anthropic/claude-opus-5-5') })
  // 1,000 x 0.10 + 100 x 0.50 = 150 millionths; on the baseline 1,000 x 4 + 100 x 20 = 6,000
  ledger.add(attempt('openai/gpt-6-luna', { input: 1000, output: 100 }, { tier: 'simple', agent: 'support', durationMs: 300 }))
  ledger.add(attempt('openai/gpt-6-luna', { input: 1000, output: 100 }, { tier: 'simple', durationMs: 500 }))
  // 1,000 x 2 + 100 x 10 = 3,000; on the baseline 6,000
  ledger.add(attempt('openai/gpt-6.1-sol', { input: 1000, output: 100 }, { tier: 'complex', usageSource: 'estimated' }))
  // A failure that cost 2,000 and gave nothing; a refusal that cost nothing; a model without a price
  ledger.add(attempt('openai/gpt-6.1-sol', { input: 1000 }, { tier: 'complex', outcome: 'failure' }))
  ledger.add(attempt('openai/gpt-6.1-sol', null, { tier: 'complex', outcome: 'failure' }))
  ledger.add(attempt('anthropic/claude-fable-5-2', { input: 1000, output: 100 }, { tier: 'complex' }))

  it('is summed without grouping into one row', () => {
    const [total, ...others] = ledger.totals()
    expect(others).toEqual([])
    expect(total).toMatchObject({
      calls: 6,
      successes: 4,
      failures: 2,
      cancelled: 0,
      spentUsd: 0.0053,
      unpricedCalls: 1,
      estimatedCalls: 1,
    })
    expect(total?.tokens).toEqual({ ...noTokens, input: 5000, output: 400 })
  })

  it('is summed by any of agent, provider, model and tier', () => {
    expect(ledger.totals({ by: ['tier'] }).map(({ tier, calls, spentUsd }) => ({ tier, calls, spentUsd }))).toEqual([
      { tier: 'simple', calls: 2, spentUsd: 0.0003 },
      { tier: 'complex', calls: 4, spentUsd: 0.005 },
    ])
    expect(ledger.totals({ by: ['agent', 'model'] }).map(({ agent, model, calls }) => [agent, model, calls])).toEqual([
      ['support', 'gpt-6-luna', 1],
      [undefined, 'gpt-6-luna', 1],
      [undefined, 'gpt-6.1-sol', 3],
      [undefined, 'claude-fable-5-2', 1],
    ])
    expect(ledger.totals({ by: ['model'], where: { provider: 'openai', tier: 'complex' } })).toMatchObject([
      { model: 'gpt-6.1-sol', calls: 3 },
    ])
    expect(ledger.totals({ where: { agent: 'nobody' } })).toEqual([])
  })

  it('is set against the same answers on the baseline; failures count as spent only', () => {
    const saving = ledger.saving()
    expect(saving).toMatchObject({
      baseline: 'anthropic/claude-opus-5-5',
      spentUsd: 0.0053,
      baselineUsd: 0.018,
      savedUsd: 0.0127,
      pricedCalls: 4,
      unpricedCalls: 1,
      estimatedCalls: 1,
    })
    expect(saving.savedShare).toBeCloseTo(0.0127 / 0.018, 12)
  })

  it('prints as JSON and as a table', () => {
    const json: unknown = JSON.parse(JSON.stringify(ledger))
    expect(json).toMatchObject({ saving: { savedUsd: 0.0127 }, rows: [{ agent: 'support' }, {}, {}, {}] })
    const table = String(ledger)
    expect(table).toContain('openai/gpt-6.1-sol')
    expect(table).toMatch(/total +6 +2 +5,000 +400 +\$0\.0053 \+ 1 unpriced/)
    expect(table).toContain('the same calls on anthropic/claude-opus-5-5: $0.02; saved $0.01, 70.6 %')
  })

  it('is never negative nonsense before the first call', () => {
    const empty = createLedger()
    expect(empty.totals()).toEqual([])
    expect(empty.saving()).toEqual({
      baseline: null,
      spentUsd: 0,
      baselineUsd: 0,
      savedUsd: 0,
      savedShare: 0,
      pricedCalls: 0,
      unpricedCalls: 0,
      estimatedCalls: 0,
      estimatedSavedUsd: 0,
      interval: null,
      answerLength: { evenAt: null, savedUsd: null },
    })
    expect(String(empty)).toContain('spent $0.00')
  })

  it('says so where more was spent than the baseline would have cost', () => {
    const dear = createLedger({ baseline: baseline('openai/gpt-6-luna') })
    dear.add(attempt('openai/gpt-6-astra', { input: 1_000_000 }))
    expect(dear.saving().savedShare).toBeLessThan(0)
    expect(String(dear)).toContain('more')
  })
})

describe('sums', () => {
  const entry = fc
    .record({
      target: fc.constantFrom(
        'openai/gpt-6-luna',
        'google/gemini-3.8-flash',
        'anthropic/claude-haiku-5-5',
        'anthropic/claude-mythos-5-2',
      ),
      agent: fc.constantFrom('a', 'b', undefined),
      tier: fc.constantFrom('simple' as const, 'complex' as const, undefined),
      input: fc.nat(500_000),
      output: fc.nat(100_000),
      outcome: fc.constantFrom('success' as const, 'failure' as const, 'cancelled' as const),
      durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
    })
    .map(({ target, agent, tier, input, output, outcome, durationMs }) =>
      attempt(
        target,
        { input, output },
        { outcome, durationMs, ...(agent === undefined ? {} : { agent }), ...(tier === undefined ? {} : { tier }) },
      ),
    )
  const by = fc.subarray<LedgerKey>(['agent', 'provider', 'model', 'tier', 'role', 'day'])

  it('by any keys make up the whole, to the last pico-dollar', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), by, (entries, keys) => {
        const ledger = createLedger({ baseline: baseline('openai/gpt-6.1-sol') })
        for (const each of entries) ledger.add(each)
        const rows = ledger.totals({ by: keys })
        const sum = (value: (row: (typeof rows)[number]) => number): number => rows.reduce((total, row) => total + value(row), 0)
        expect(sum((row) => row.calls)).toBe(entries.length)
        expect(sum((row) => row.successes + row.failures + row.cancelled)).toBe(entries.length)
        const spent = entries.reduce((total, { cost }) => total + (cost?.picoUsd ?? 0n), 0n)
        expect(rows.reduce((total, row) => total + BigInt(row.spentPicoUsd), 0n)).toBe(spent)
        const saving = ledger.saving()
        expect(saving.pricedCalls + saving.unpricedCalls).toBe(entries.length)
      }),
    )
  })

  it('keep one row per agent, provider, model and tier, however many calls there were', () => {
    const ledger = createLedger()
    for (let call = 0; call < 20_000; call++) ledger.add(attempt('openai/gpt-6-luna', { input: call }, { durationMs: call }))
    expect(ledger.toJSON().rows).toHaveLength(1)
    expect(ledger.totals()[0]?.calls).toBe(20_000)
  })
})

describe('latencies', () => {
  const samples = fc.array(fc.double({ min: 0.01, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 400 })
  const share = fc.constantFrom(0, 0.5, 0.95, 1)

  it('are exact up to 128 calls and within one per cent beyond, also when rows are merged', () => {
    fc.assert(
      fc.property(samples, samples, share, (one, other, q) => {
        const merged = createLatencies()
        const second = createLatencies()
        for (const ms of one) merged.add(ms)
        for (const ms of other) second.add(ms)
        merged.merge(second)
        const expected = exact([...one, ...other], q)
        const tolerance = one.length + other.length <= 128 ? 0 : expected * 0.0101
        expect(Math.abs((merged.quantile(q) ?? Number.NaN) - expected)).toBeLessThanOrEqual(tolerance)
      }),
    )
  })

  it('survive clocks that jump', () => {
    const latencies = createLatencies()
    expect(latencies.quantile(0.5)).toBeNull()
    for (const ms of [-5, Number.NaN, Infinity]) latencies.add(ms)
    expect(latencies.quantile(1)).toBe(0)
  })
})
