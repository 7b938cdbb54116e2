import type { ComparisonReport, Outcome, PromptRow } from '../report.ts'
import { labelsOf } from './chart-data.ts'
import { markup, type Child, type Markup } from './markup.ts'
import { count, duration, percent, usd } from './numbers.ts'
import { below, card, figure, none, symbol } from './pieces.ts'
import { table, type Column } from './table.ts'

/** A page with more would be slow to open; the JSON and CSV have them all. */
const mostPrompts = 500

/** Every prompt with what each target made of it, and its words where they were kept. */
export function promptSection(report: ComparisonReport): Markup | null {
  if (report.prompts.length === 0) return null
  const shown = report.prompts.slice(0, mostPrompts)
  const labels = labelsOf(report.targets)
  const more =
    report.prompts.length > shown.length
      ? ` The first ${count(shown.length)} of ${count(report.prompts.length)} are shown; the report as JSON or CSV has them all.`
      : ''
  const columns: readonly Column<PromptRow>[] = [
    promptColumn,
    ...report.targets.map((_, index) => outcomeColumn(report, labels, index)),
  ]
  const kept = shown.filter(hasContent)
  const body = markup`<p class="guide">${report.quality === null ? 'Median' : 'Quality, then median'} latency and cost of all repetitions.${more}</p>
${table({ caption: 'Results by prompt', rows: shown, columns })}
${kept.length > 0 && markup`<h3>Prompts and answers</h3>\n${kept.map((row) => conversation(row, labels))}`}`
  return card({ id: 'prompts', title: 'Prompt by prompt', body })
}

const promptColumn: Column<PromptRow> = {
  head: 'Prompt',
  text: true,
  cell: ({ id, hash }) => [markup`<bdi class="name">${id}</bdi>`, below(markup`<code>${hash.slice(0, 12)}</code>`)],
  sort: ({ index }) => index,
}

function outcomeColumn({ quality }: ComparisonReport, labels: readonly string[], index: number): Column<PromptRow> {
  return {
    head: markup`<span class="target">${symbol(index)}<bdi>${labels[index]}</bdi></span>`,
    cell: ({ outcomes }) => {
      const outcome = outcomes[index]
      return outcome === undefined || outcome.calls === 0 ? none : result(outcome, quality)
    },
    sort: ({ outcomes }) => {
      const outcome = outcomes[index]
      if (outcome === undefined) return null
      return quality === null ? outcome.latencyMs : qualityOf(outcome, quality)
    },
  }
}

function result(outcome: Outcome, quality: ComparisonReport['quality']): Child {
  const { calls, succeeded, latencyMs, cost } = outcome
  const score = qualityOf(outcome, quality)
  const rest = [latencyMs !== null && duration(latencyMs), cost !== null && usd(cost.usd)]
  return [
    score !== null && figure(percent(score)),
    below(rest.filter((words) => words !== false).join(', ')),
    succeeded < calls && markup`<span class="below bad">${count(calls - succeeded)} of ${count(calls)} failed</span>`,
  ]
}

function qualityOf({ wins, scores, agreement }: Outcome, quality: ComparisonReport['quality']): number | null {
  if (quality === 'wins') return wins
  if (quality !== 'validators') return agreement
  const all = Object.values(scores)
  return all.length === 0 ? null : all.reduce((sum, score) => sum + score, 0) / all.length
}

function hasContent({ text, outcomes }: PromptRow): boolean {
  return text !== undefined || outcomes.some(({ answers }) => answers !== undefined)
}

function conversation({ id, text, outcomes }: PromptRow, labels: readonly string[]): Markup {
  return markup`<details class="conversation">
<summary><bdi>${id}</bdi>${text !== undefined && markup` <bdi class="excerpt">${excerpt(text)}</bdi>`}</summary>
${text !== undefined && markup`<blockquote class="words" dir="auto">${text}</blockquote>`}
${outcomes.map((outcome, index) => outcome.answers !== undefined && answersOf(outcome.answers, heading(index, labels[index])))}
</details>
`
}

function heading(index: number, label: string | undefined): Markup {
  return markup`<h4 class="target">${symbol(index)}<bdi>${label}</bdi></h4>`
}

function answersOf(answers: readonly (string | null)[], head: Markup): Markup {
  const shown = answers.map((answer) =>
    answer === null ? markup`<p class="missing">No answer.</p>` : markup`<div class="words" dir="auto">${answer}</div>`,
  )
  return markup`<div class="answers">${head}${shown}</div>\n`
}

function excerpt(text: string): string {
  const letters = Array.from(new Intl.Segmenter('en').segment(text.slice(0, 400)), ({ segment }) => segment)
  return letters.length > 90 || text.length > 400 ? `${letters.slice(0, 90).join('')}…` : text
}
