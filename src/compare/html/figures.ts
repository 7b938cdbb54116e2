import type { ComparisonReport, Estimate, TargetSummary } from '../report.ts'
import { providerOf, qualityNames } from './chart-data.ts'
import { markup, type Child, type Markup } from './markup.ts'
import { count, duration, percent, range, usd, type Format } from './numbers.ts'
import { card, estimate, none } from './pieces.ts'
import { quantile } from './quantile.ts'
import { table, type Column } from './table.ts'
import { nameColumn } from './targets.ts'

/** The three charts. The page's script draws them; their numbers stand in words and in a table beside them. */
export function figures(report: ComparisonReport): Markup {
  return markup`${costAgainstQuality(report)}${latencies(report)}${costs(report)}`
}

interface Chart {
  readonly id: string
  readonly title: string
  /** How to read it. */
  readonly guide: string
  /** What it shows, for those who don't see it: a line a target that is drawn. */
  readonly words: readonly string[]
  /** Said instead of a chart. */
  readonly missing: string
  readonly numbers: Markup
}

function chart({ id, title, guide, words, missing, numbers }: Chart): Markup {
  if (words.length === 0) return card({ id, title, body: markup`<p class="missing">${missing}</p>` })
  const body = markup`<p class="guide">${guide}</p>
<div class="chart" id="${id}" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-words"></div>
<noscript><p class="missing">The chart needs JavaScript; its numbers are in the table below.</p></noscript>
<ul class="unseen" id="${id}-words">${words.map((line) => markup`<li>${line}</li>`)}</ul>
<details><summary>The numbers of this chart</summary>
${numbers}
</details>`
  return card({ id, title, body })
}

function costAgainstQuality({ quality, targets }: ComparisonReport): Markup {
  const name = quality === null ? 'quality' : qualityNames[quality].toLowerCase()
  const drawn = targets.filter((target) => target.quality !== null && target.cost.perThousandUsd !== null)
  return chart({
    id: 'quality',
    title: `Cost against ${name}`,
    guide: `Up is better, left is cheaper. Bars are 95% intervals. Filled symbols are on the Pareto front, the dashed line:
    nothing else is both as good and as cheap. Hollow ones are beaten by one of them. The symbols are those of the table above.`,
    words: drawn.map(({ target, quality: reached, cost, onFront }) => {
      const price = `${spoken(cost.perThousandUsd, usd)} per 1,000 calls`
      return `${target}: ${name} ${spoken(reached, percent)}, ${price}, ${onFront ? 'on' : 'not on'} the Pareto front.`
    }),
    missing:
      quality === null
        ? 'Nothing measures quality here: give validators, a judge, or at least two targets.'
        : 'No target has both a measured quality and a known price.',
    numbers: table({
      caption: `Cost and ${name} by target`,
      rows: targets,
      columns: [
        nameColumn,
        { head: qualityNames[quality ?? 'agreement'], cell: (target) => estimate(target.quality, percent) },
        costColumn,
        ...(targets.some(({ wins }) => wins !== null) ? [recordColumn] : []),
        { head: 'Pareto front', cell: ({ onFront }) => (onFront ? 'yes' : 'no') },
      ],
    }),
  })
}

function latencies({ targets }: ComparisonReport): Markup {
  const drawn = targets.filter(({ latencyMs }) => latencyMs.p50 !== null)
  return chart({
    id: 'latency',
    title: 'Latency',
    guide: `From the call to the end of the answer. Each dot is a call, the box holds the middle half of them. The heavy line is
    the median, the shaded band its 95% interval; the triangle marks the 95th percentile.`,
    words: drawn.map(
      ({ target, latencyMs }) =>
        `${target}: median ${spoken(latencyMs.p50, duration)}, 95th percentile ${spoken(latencyMs.p95, duration)}.`,
    ),
    missing: 'No call has succeeded, so there is no latency to show.',
    numbers: table({
      caption: 'Latency by target',
      rows: targets,
      columns: [
        nameColumn,
        { head: 'Calls', cell: ({ succeeded }) => count(succeeded) },
        { head: '25% within', cell: (target) => quartile(target, 0.25) },
        { head: 'Half within', cell: ({ latencyMs }) => estimate(latencyMs.p50, duration) },
        { head: '75% within', cell: (target) => quartile(target, 0.75) },
        { head: '95% within', cell: ({ latencyMs }) => estimate(latencyMs.p95, duration) },
      ],
    }),
  })
}

function costs({ targets }: ComparisonReport): Markup {
  const drawn = targets.filter(({ cost }) => cost.perThousandUsd !== null)
  const provider: Column<TargetSummary> = {
    head: 'Provider',
    text: true,
    cell: ({ target }) => markup`<bdi>${providerOf(target)}</bdi>`,
  }
  return chart({
    id: 'cost',
    title: 'Cost by provider',
    guide: 'Dollars for 1,000 answered calls like these. The line at a bar’s end is its 95% interval.',
    words: drawn.map(({ target, cost }) => `${target}: ${spoken(cost.perThousandUsd, usd)} per 1,000 calls.`),
    missing: 'No price is known for any of the targets.',
    numbers: table({
      caption: 'Cost by provider and target',
      rows: targets,
      columns: [
        nameColumn,
        provider,
        costColumn,
        { head: 'Median call', cell: ({ cost }) => estimate(cost.medianUsd, usd) },
        { head: 'All calls', cell: ({ cost: { pricedCalls, total } }) => (pricedCalls === 0 ? none : usd(total.usd)) },
        { head: 'Tokens in, out', cell: ({ tokens }) => `${count(tokens.input)}, ${count(tokens.output)}` },
        { head: 'Priced calls', cell: ({ cost, calls }) => `${count(cost.pricedCalls)} of ${count(calls)}` },
      ],
    }),
  })
}

const costColumn: Column<TargetSummary> = {
  head: 'Cost of 1,000 calls',
  cell: ({ cost }) => estimate(cost.perThousandUsd, usd),
}

const recordColumn: Column<TargetSummary> = {
  head: 'Won, lost, tied',
  cell: ({ wins }) => (wins === null ? none : `${count(wins.wins)}, ${count(wins.losses)}, ${count(wins.ties)}`),
}

function quartile({ samples }: TargetSummary, share: number): Child {
  const value = quantile(samples.latencyMs, share)
  return value === null ? none : duration(value)
}

function spoken(value: Estimate | null, format: Format): string {
  if (value === null) return 'unknown'
  return value.low === value.high ? format(value.value) : `${format(value.value)} (95% interval ${range(value, format)})`
}
