import type { ComparisonReport, FlagCode, FlaggedRow } from '../report.ts'
import { markup, type Markup } from './markup.ts'
import { count } from './numbers.ts'
import { card, nameOf } from './pieces.ts'
import { table, type Column } from './table.ts'

/** Everything that is not as it should be. */
export function flaggedSection({ flagged, flaggedTotal, prompts }: ComparisonReport): Markup | null {
  if (flaggedTotal === 0) return null
  const columns: readonly Column<FlaggedRow>[] = [
    { head: 'What', text: true, cell: ({ code }) => words[code], sort: ({ code }) => words[code] },
    {
      head: 'Target',
      text: true,
      cell: ({ target }) => (target === null ? null : nameOf(target)),
      sort: ({ target }) => target,
    },
    {
      head: 'Prompt',
      text: true,
      cell: ({ prompt }) => (prompt === null ? null : markup`<bdi>${prompts[prompt]?.id ?? String(prompt + 1)}</bdi>`),
      sort: ({ prompt }) => prompt,
    },
    { head: 'Repetition', cell: ({ repetition }) => repetition, sort: ({ repetition }) => repetition },
    { head: 'Details', text: true, cell: ({ message }) => markup`<bdi class="message">${message}</bdi>` },
  ]
  const more = flaggedTotal > flagged.length ? ` The first ${count(flagged.length)} are shown.` : ''
  const body = markup`<p class="guide">${count(flaggedTotal)} in all.${more}</p>
${table({ caption: 'Flagged results', rows: flagged, columns })}`
  return card({ id: 'flagged', title: 'Needs a second look', body })
}

const words: Readonly<Record<FlagCode, string>> = {
  failed: 'Failed call',
  unpriced: 'No price',
  estimated_usage: 'Tokens estimated',
  unknown_usage: 'Tokens unknown',
  other_model: 'Another model answered',
  empty_answer: 'Empty answer',
  cut_answer: 'Answer cut short',
  validator_failed: 'Validator failed',
  judge_failed: 'No verdict',
  unsettled: 'May have been paid for twice',
  journal_line: 'Unreadable line of the journal',
  left_out: 'Left out',
}
