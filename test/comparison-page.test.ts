import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderHtml } from '../src/compare/html/index.ts'
import { pageAssets } from '../scripts/page-assets.ts'
import { percent } from '../src/compare/html/numbers.ts'
import { placeLabels } from '../web/comparison/place-labels.ts'
import { scaleOf } from '../web/comparison/scale.ts'
import { estimate, promptRow, sampleReport, summary, traits, type Traits } from './comparison-page/sample-report.ts'

/** The words of the first element with this name, without its markup. */
function wordsOf(page: string, element: string): string {
  const inner = new RegExp(`<${element}[^>]*>(.*?)</${element}>`, 's').exec(page)?.[1] ?? ''
  return inner.replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' ')
}

function hash(text = ''): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

describe('the script and the style of the page', () => {
  it('are those of web/comparison (if not: `node scripts/page-assets.ts`)', async () => {
    const path = join(import.meta.dirname, '../src/compare/html/page-assets.ts')
    expect(readFileSync(path, 'utf8')).toBe(await pageAssets())
  })

  it('are the only ones that its policy lets run', () => {
    const page = renderHtml(sampleReport())
    const policy = (/Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '').replaceAll('&#39;', "'")
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`script-src ${hash(/<script>(.*?)<\/script>/s.exec(page)?.[1])};`)
    expect(policy).toContain(`style-src ${hash(/<style>(.*?)<\/style>/s.exec(page)?.[1])};`)
    expect(policy).not.toMatch(/unsafe-(inline|eval)|https?:|\*/)
  })

  it('carry the licence of the charting library', () => {
    expect(renderHtml(sampleReport())).toContain('Copyright (c) 2013 Gion Kunz')
  })
})

function headline(of: readonly (Traits | undefined)[]): string {
  return wordsOf(renderHtml(sampleReport(of.filter((one) => one !== undefined))), 'h1')
}

describe('the headline', () => {
  const [large, small] = traits
  const dear: Traits = { target: 'a/dear', medianMs: 900, perThousandUsd: 8, quality: 0.8 }
  const cheap: Traits = { target: 'b/cheap', medianMs: 500, perThousandUsd: 2, quality: 0.4 }

  it.each<[string, readonly (Traits | undefined)[], string]>([
    [
      'is about the cheaper target where chance explains the difference',
      [large, small],
      'acme/small-2 does as well as acme/large-2, as far as 40 prompts can tell, at 8% of the cost.',
    ],
    [
      'says what being better costs',
      [dear, cheap],
      'a/dear is ahead, with a win rate of 80%, and costs 4.0 times as much as b/cheap.',
    ],
    [
      'says a small difference in percent',
      [dear, { ...cheap, perThousandUsd: 7.4 }],
      'a/dear is ahead, with a win rate of 80%, and costs 8% more than b/cheap.',
    ],
    [
      'says when the best is the cheapest too',
      [{ ...dear, perThousandUsd: 1 }, cheap],
      'a/dear leads, and nothing with a known price is cheaper: win rate 80%, $1.00 per 1,000 calls.',
    ],
    ['makes nothing of an unknown price', [{ ...dear, perThousandUsd: null }, cheap], 'a/dear leads with a win rate of 80%.'],
    [
      'divides by no price of zero',
      [dear, { ...cheap, perThousandUsd: 0 }],
      'a/dear is ahead, with a win rate of 80%, where b/cheap is free.',
    ],
    [
      'is about cost and speed where nothing measures quality',
      [
        { ...dear, quality: null },
        { ...cheap, quality: null },
      ],
      'b/cheap is both the fastest, with a median of 500 ms, and the cheapest, at $2.00 per 1,000 calls.',
    ],
    [
      'names both where one is fast and the other cheap',
      [
        { ...dear, quality: null, medianMs: 300 },
        { ...cheap, quality: null },
      ],
      'b/cheap is the cheapest, at $2.00 per 1,000 calls; a/dear is the fastest, with a median of 300 ms.',
    ],
    ['describes a target that is alone', [dear], 'a/dear answers in 900 ms, for $8.00 per 1,000 calls.'],
    [
      'counts only those that have answered',
      [dear, { ...cheap, failed: 120 }],
      'a/dear answers in 900 ms, alone of 2, for $8.00 per 1,000 calls.',
    ],
    ['does not invent a finding', [{ ...dear, failed: 120 }], 'No call has succeeded.'],
  ])('%s', (_rule, of, sentence) => {
    expect(headline(of)).toBe(sentence)
  })
})

describe('what a reader must know', () => {
  it('comes before the results: interruption, missing prices, many failures', () => {
    const page = renderHtml(
      sampleReport([...traits, { target: 'd/weak', medianMs: 900, perThousandUsd: 1, quality: 0.5, failed: 30 }], {
        interrupted: { reason: 'cap', message: 'The next call might have cost more than the $0.12 that were left.' },
        calls: { planned: 720, made: 500, resumed: 100, missing: 120 },
        spend: { ...sampleReport().spend, unpricedCalls: 7 },
      }),
    )
    const notices = [...page.matchAll(/<p class="notice"[^>]*>(.*?)<\/p>/gs)].map(([, words = '']) =>
      words.replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' '),
    )
    expect(notices).toEqual([
      'Not complete: The next call might have cost more than the $0.12 that were left. 120 calls of 720 missing.',
      'Not all costs are known: 7 calls had no price and are in no sum here.',
      'Many failures: d/weak failed in 25% of its calls; its other numbers are those of the rest.',
    ])
    expect(page.indexOf('class="notice"')).toBeLessThan(page.indexOf('Targets side by side'))
    expect(page).toContain('<dt>Calls</dt><dd>600<span class="below">of 720 planned</span>')
  })

  it('is that something was left off, and where it is', () => {
    const report = sampleReport(traits, {
      prompts: Array.from({ length: 501 }, (_, index) => promptRow(index, traits)),
      flaggedTotal: 3000,
    })
    const page = renderHtml(report)
    expect(page).toContain('The first 500 of 501 are shown; the report as JSON or CSV has them all.')
    expect(page).toContain('3,000 in all. The first 2 are shown.')
  })

  it('is never a number that nobody has measured', () => {
    const unknown: Traits = { target: 'a/unknown', medianMs: 900, perThousandUsd: null, quality: null }
    const page = renderHtml(
      sampleReport([unknown, { ...unknown, target: 'b/unknown' }], { validators: [], pairs: [], judge: null }),
    )
    const shown = page.replaceAll(/<(script|style)[^>]*>.*?<\/\1>/gs, '')
    expect(shown.match(/NaN|Infinity|undefined|null/)).toBeNull()
    expect(page).toContain('Nothing measures quality here')
    expect(page).toContain('No price is known for any of the targets.')
    expect(page).toContain('No price was used.')
  })

  it('includes when it ran, at which prices, and another model that answered', () => {
    const [first] = traits
    const other = first === undefined ? [] : [{ ...summary(first), servedModels: ['large-2', 'large-1'] }]
    const page = renderHtml(sampleReport(traits, { targets: other }))
    expect(page).toContain('<time datetime="2026-11-22T20:26:41.000Z">2026-11-22 20:26 UTC</time>')
    expect(page).toContain('Prices: <bdi>modelyard 2026-11-20</bdi>.')
    expect(page).toContain('answered by <bdi>large-1</bdi>')
  })

  it('is the same each time', () => {
    expect(renderHtml(sampleReport())).toBe(renderHtml(sampleReport()))
  })

  it('is not written twice into the page: content that was not kept is not there, content that was is there once', () => {
    expect(renderHtml(sampleReport())).not.toContain('Prompts and answers')
    const page = renderHtml(sampleReport(traits.slice(0, 1), { prompts: [promptRow(0, traits.slice(0, 1), { answer: 'A b c.' })] }))
    expect(page.split('A b c.')).toHaveLength(2)
    expect(page).toContain('No answer.')
  })
})

/** A page that holds the text and the name wherever a report holds text from outside. */
function pageOf(text: string, name: string): string {
  const of: Traits[] = [{ target: `x/${name}`, medianMs: 900, perThousandUsd: 1, quality: 0.5 }]
  return renderHtml(
    sampleReport(of, {
      name: text,
      validators: ['polite', text],
      judge: { model: `y/${name}`, calls: 1, unclear: 0 },
      interrupted: { reason: 'aborted', message: text },
      prompts: [{ ...promptRow(0, of, { text: `.${text}`, answer: text }), id: name }],
      flagged: [{ code: 'failed', message: text, target: `x/${name}`, prompt: 0, repetition: null }],
    }),
  )
}

function tags(page: string): string[] {
  return [...page.matchAll(/<[a-z!/][^\s>]*/gi)].map(([tag]) => tag)
}

describe('text from outside', () => {
  it('brings no markup into the page, wherever it stands', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '</script><script>',
        '<!--',
        '"><img src=x>',
        "' onload='",
        ']]>',
        '&lt;',
        '\u2028',
        '\u202e',
        '\0',
        '\ud800',
      ),
    )
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        // A name may have more parts than one, each after a place to break; apart from that all pages have the same elements.
        const plain = tags(pageOf('a', other.replaceAll(/[^/]/g, 'b')))
        expect(tags(pageOf(one, other))).toEqual(plain)
      }),
      { numRuns: 60 },
    )
  })
})

describe('an axis', () => {
  const format = String

  it('has room for all values and round ticks in rising order, never more than wanted', () => {
    const value = fc.double({ min: 1e-9, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), fc.integer({ min: 3, max: 9 }), (values, ticks) => {
        const scale = scaleOf(values, { format, ticks })
        const slack = (scale.high - scale.low) * 1e-9
        for (const one of values) {
          expect(scale.at(one)).toBeGreaterThanOrEqual(scale.low - slack)
          expect(scale.at(one)).toBeLessThanOrEqual(scale.high + slack)
        }
        const places = scale.ticks.map(({ at }) => at)
        expect(scale.high).toBeGreaterThan(scale.low)
        expect(places.length).toBeGreaterThanOrEqual(1)
        // One more where both ends are ticks.
        expect(places.length).toBeLessThanOrEqual(ticks + 2)
        expect(places).toEqual(places.toSorted((a, b) => a - b))
        expect(new Set(scale.ticks.map(({ words }) => words)).size).toBe(places.length)
      }),
    )
  })

  it.each([
    ['equal steps for what lies close', [2, 9], { ticks: 5 }, ['2', '4', '6', '8', '10']],
    ['equal factors for what lies far apart', [0.4, 15], { ticks: 6 }, ['0.5', '1', '2', '5', '10']],
    ['zero where bars begin', [3, 700], { ticks: 4, fromZero: true }, ['0', '200', '400', '600', '800']],
    ['no more than all of it', [0.2, 0.97], { ticks: 4, limit: 1 }, ['0.2', '0.4', '0.6', '0.8', '1']],
    ['steps that can be told apart in words', [0.721, 0.7214], { ticks: 6, format: percent }, ['72%', '73%']],
    ['some room around a single value', [5], { ticks: 5 }, ['2', '3', '4', '5', '6', '7', '8']],
    ['and a single zero', [0], { ticks: 2, fromZero: true }, ['0', '0.25', '0.5']],
  ])('has %s', (_rule, values, wanted, words) => {
    expect(scaleOf(values, { format, ...wanted }).ticks.map((tick) => tick.words)).toEqual(words)
  })
})

describe('labels', () => {
  const symbols = [0, 1, 2, 3].map((index) => ({ x: 200 + index * 22, y: 150 + (index % 2) * 20, width: 60, height: 14 }))
  const frame = { x: 0, y: 0, width: 500, height: 300 }

  it('do not cover each other where there is room', () => {
    const boxes = placeLabels(symbols, frame, []).filter((box) => box !== null)
    expect(boxes).toHaveLength(4)
    for (const [index, box] of boxes.entries())
      for (const other of boxes.slice(index + 1)) {
        const beside = box.x + box.width <= other.x || other.x + other.width <= box.x
        const above = box.y + box.height <= other.y || other.y + other.height <= box.y
        expect(beside || above).toBe(true)
      }
  })

  it('are left out where they would hide more than they say', () => {
    const crowd = Array.from({ length: 30 }, (_, index) => ({ x: 100 + (index % 6) * 9, y: 100 + index, width: 60, height: 14 }))
    const boxes = placeLabels(crowd, frame, [])
    expect(boxes).toHaveLength(30)
    expect(boxes.filter((box) => box === null).length).toBeGreaterThan(10)
    expect(boxes.filter((box) => box !== null).length).toBeGreaterThan(2)
  })

  it('keep off lines', () => {
    const symbol = { x: 200, y: 150, width: 60, height: 14 }
    const line = { x: 210, y: 149, width: 100, height: 2 }
    expect(placeLabels([symbol], frame, [])).toEqual([{ x: 211, y: 143, width: 60, height: 14 }])
    expect(placeLabels([symbol], frame, [line])).toEqual([{ x: 129, y: 143, width: 60, height: 14 }])
  })

  it('stay in the frame at its edges', () => {
    const [box] = placeLabels([{ x: 490, y: 100, width: 80, height: 14 }], frame, [])
    expect(box).toEqual({ x: 399, y: 93, width: 80, height: 14 })
  })
})

describe('an interval', () => {
  it('is there to see and to hear, its unit once', () => {
    const [first = { target: '', medianMs: 1, perThousandUsd: 1, quality: 1 }] = traits
    const target = { ...summary(first), latencyMs: { p50: estimate(2400, 168), p95: null } }
    const page = renderHtml(sampleReport(traits, { targets: [target] }))
    expect(page).toContain(
      '<span class="number">2.40 s</span><span class="interval"><span class="unseen">, 95% interval </span>2.23<span aria-hidden="true">–</span><span class="unseen"> to </span>2.57 s</span>',
    )
    // The 95th percentile that nobody knows.
    expect(page).toContain('<span class="unseen">unknown</span>')
  })
})
