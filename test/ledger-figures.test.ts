import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../src/contracts/ledger.ts'
import { createRouter } from '../src/index.ts'
import { createLedger } from '../src/ledger/ledger.ts'
import { fakeProvider } from '../src/testing/index.ts'
import { seededRandom } from '../src/testing/random.ts'
import { attempt, baseline, dayMs, noon } from './ledger/entries.ts'

const opus = baseline('anthropic/claude-opus-5-5')

describe('days', () => {
  it('are those of the time zone, also on the days on which clocks change', () => {
    const ledger = createLedger({ timeZone: 'Europe/Berlin' })
    const at = (time: string): void => ledger.add(attempt('openai/gpt-6-luna', {}, { at: Date.parse(time) }))
    at('2026-10-24T21:59:59Z') // 23:59:59 in summer time
    at('2026-10-24T22:00:00Z') // the first moment of a day of 25 hours
    at('2026-10-25T22:59:59Z') // its last one, in winter time
    at('2026-10-25T23:00:00Z')
    expect(ledger.totals({ by: ['day'] }).map(({ day, calls }) => [day, calls])).toEqual([
      ['2026-10-24', 1],
      ['2026-10-25', 2],
      ['2026-10-26', 1],
    ])
  })

  it('beyond the number to keep become one sum, which is said, and nothing spent is lost', () => {
    const ledger = createLedger({ keepDays: 2 })
    const on = (day: number): void => ledger.add(attempt('openai/gpt-6-luna', { input: 1000 }, { at: noon + day * dayMs }))
    on(0)
    on(1)
    expect(ledger.summedBefore).toBeNull()
    on(2)
    on(3)
    on(3)
    // A clock that went back.
    on(1)
    expect(ledger.summedBefore).toBe('2026-11-24')
    expect(ledger.totals({ by: ['day'] }).map(({ day, calls }) => [day, calls])).toEqual([
      [undefined, 3],
      ['2026-11-24', 1],
      ['2026-11-25', 2],
    ])
    expect(ledger.totals()).toMatchObject([{ calls: 6, spentUsd: 0.0006 }])
    expect(ledger.totals({ from: '2026-11-01' })).toMatchObject([{ calls: 3 }])
    expect(String(ledger.totals({ by: ['day'] }).length)).toBe('3')
  })

  it('keep the memory small whatever callers name: a thousand rows a day, then models are no longer told apart', () => {
    const ledger = createLedger()
    for (let model = 0; model < 1500; model += 1) ledger.add(attempt(`openai/model-${model}`, {}, { agent: 'a' }))
    const rows = ledger.totals({ by: ['agent', 'model'] })
    expect(rows).toHaveLength(1001)
    expect(rows.at(-1)).toMatchObject({ agent: 'a', model: '(other models)', calls: 500 })
  })
})

describe('the saving', () => {
  const tokens = { input: 1000, output: 100 }

  it('hangs on the length of the answers that the baseline would have written: from where on, and by how much', () => {
    const ledger = createLedger({ baseline: opus, answerLength: [0.5, 2] })
    // Spent 3,000 millionths; on the baseline 4,000 for the prompt and 2,000 for the answer.
    ledger.add(attempt('openai/gpt-6.1-sol', tokens))
    expect(ledger.saving()).toMatchObject({ savedUsd: 0.003, answerLength: { evenAt: null, savedUsd: [0.002, 0.005] } })
    // Spent 5,000: even with half the answer.
    const dear = attempt('openai/gpt-6.1-sol', tokens, { cost: { picoUsd: 5_000_000_000n, usd: 0.005, snapshot: 'test' } })
    const other = createLedger({ baseline: opus })
    other.add(dear)
    expect(other.saving()).toMatchObject({ savedUsd: 0.001, answerLength: { evenAt: 0.5, savedUsd: null } })
    expect(String(other)).toContain('breaks even if its answers had 0.50 times the tokens')
  })

  it('rests on estimates in the part that it names', () => {
    const ledger = createLedger({ baseline: opus })
    ledger.add(attempt('openai/gpt-6.1-sol', tokens))
    ledger.add(attempt('openai/gpt-6.1-sol', tokens, { usageSource: 'estimated', outcome: 'cancelled' }))
    expect(ledger.saving()).toMatchObject({ savedUsd: 0.006, estimatedCalls: 1, estimatedSavedUsd: 0.003 })
  })

  it('has no interval where attempts are too few to speak for others, and one of no width where all are alike', () => {
    const ledger = createLedger({ baseline: opus })
    for (let call = 0; call < 29; call += 1) ledger.add(attempt('openai/gpt-6.1-sol', tokens))
    expect(ledger.saving().interval).toBeNull()
    ledger.add(attempt('openai/gpt-6.1-sol', tokens))
    const { savedUsd, savedShare } = ledger.saving().interval ?? { savedUsd: [], savedShare: [] }
    for (const end of savedUsd) expect(end).toBeCloseTo(0.09, 9)
    for (const end of savedShare) expect(end).toBeCloseTo(0.5, 6)
  })

  it('lies within its interval 95 times in 100, for traffic as uneven as it is', () => {
    const draw = seededRandom(20261122)
    // Lengths over three orders of magnitude, three models, one attempt in twenty a failure that cost its prompt.
    const models = ['openai/gpt-6-luna', 'openai/gpt-6.1-sol', 'anthropic/claude-opus-5-5'] as const
    const entry = (): LedgerEntry => {
      const model = models[Math.floor(draw() * 3)] ?? models[0]
      const input = Math.round(10 ** (1 + 3 * draw()))
      if (draw() < 0.05) return attempt(model, { input }, { outcome: 'failure' })
      return attempt(model, { input, output: Math.round(10 ** (1 + 2 * draw())) })
    }
    const shareOf = (size: number) => {
      const ledger = createLedger({ baseline: opus })
      for (let call = 0; call < size; call += 1) ledger.add(entry())
      return ledger.saving()
    }
    const truth = shareOf(100_000).savedShare
    const samples = Array.from({ length: 400 }, () => shareOf(200).interval?.savedShare ?? [0, 0])
    const covered = samples.filter(([low, high]) => low <= truth && truth <= high).length / samples.length
    expect(covered).toBeGreaterThan(0.91)
    expect(covered).toBeLessThan(0.985)
  })

  it('takes the vendor-asked terms away: service tiers and regions are nobody else’s words', () => {
    const ledger = createLedger({ baseline: opus })
    ledger.add(
      attempt(
        'openai/gpt-6.1-sol',
        { ...tokens, region: 'eu', serviceTier: 'priority' },
        { cost: { picoUsd: 1n, usd: 1e-12, snapshot: 'test' } },
      ),
    )
    expect(ledger.saving()).toMatchObject({ baselineUsd: 0.006, pricedCalls: 1 })
  })
})

describe('CSV', () => {
  it('is what a parser of RFC 4180 reads back, whatever names contain', () => {
    const ledger = createLedger({ baseline: opus })
    const agent = 'a "quoted", broken\r\nname'
    const cost = { picoUsd: 600_000n, usd: 6e-7, snapshot: 'test' }
    const usage = { input: 1, output: 1, searches: 3 }
    ledger.add(attempt('openai/gpt-6-luna', usage, { agent, tier: 'simple', durationMs: 12.5, cost }))
    const text = ledger.toCSV()
    expect(text.endsWith('\r\n')).toBe(true)
    const rows: unknown = parse(text, { columns: true, record_delimiter: '\r\n' })
    expect(rows).toEqual([
      expect.objectContaining({
        day: '2026-11-22',
        agent,
        provider: 'openai',
        model: 'gpt-6-luna',
        tier: 'simple',
        role: '',
        calls: '1',
        input_tokens: '1',
        cache_write_1h_tokens: '0',
        searches: '3',
        spent_usd: '0.0000006',
        saved_usd: String(ledger.totals()[0]?.savedUsd),
        p50_ms: '12.5',
        first_token_p50_ms: '',
      }),
    ])
  })

  it.each(['=1+1', '+1', '-2+3', '@SUM(A1)', '\tx', '＝1'])('keeps a spreadsheet from running %j', (agent) => {
    const ledger = createLedger()
    ledger.add(attempt('openai/gpt-6-luna', {}, { agent }))
    const [row]: { agent: string }[] = parse(ledger.toCSV({ by: ['agent'] }), { columns: true })
    expect(row?.agent).toBe(`'${agent}`)
  })
})

describe('the option ledger', () => {
  it.each([
    ['a time zone that there is none of', { timeZone: 'Mars/Olympus' }, 'ledger.timeZone', /an IANA time zone such as/],
    ['no day to keep', { keepDays: 0 }, 'ledger.keepDays', /above 0|at least 1/],
    ['lengths of answers the wrong way round', { answerLength: [2, 1] }, 'ledger.answerLength', /the smaller one first/],
    ['a length of nothing', { answerLength: [0, 1] }, 'ledger.answerLength', /two numbers above 0/],
    ['a store that is none', { store: { write: () => undefined } }, 'ledger.store', /such as .*postgresLedger\(\)/],
    ['an unknown name', { zone: 'UTC' }, 'ledger.zone', /unknown option/],
  ])('refuses %s by its field', (_, ledger, field, message) => {
    // @ts-expect-error -- as from JavaScript
    const make = () => createRouter({ providers: [fakeProvider()], ledger })
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field }))
    expect(make).toThrow(message)
  })
})

describe('a query', () => {
  it('that means nothing is refused at once', () => {
    const ledger = createLedger()
    expect(() => ledger.totals({ from: 'yesterday' })).toThrow(/from must be a day such as/)
    expect(() => ledger.saving({ to: '2026-13-01' })).toThrow(/to must be a day/)
  })
})
