import { decimalUsd } from '../money.ts'
import type { ComparisonReport, Outcome, PromptRow } from './report.ts'

type Cell = string | number | null | undefined

interface Row {
  readonly prompt: PromptRow
  readonly outcome: Outcome
}

const columns: readonly (readonly [name: string, cell: (row: Row) => Cell])[] = [
  ['prompt', ({ prompt }) => prompt.id],
  ['prompt_sha256', ({ prompt }) => prompt.hash],
  ['target', ({ outcome }) => outcome.target],
  ['calls', ({ outcome }) => outcome.calls],
  ['succeeded', ({ outcome }) => outcome.succeeded],
  [
    'errors',
    ({ outcome }) =>
      Object.entries(outcome.errors)
        .map(([kind, count]) => `${kind}: ${count}`)
        .join('; '),
  ],
  ['latency_ms', ({ outcome }) => outcome.latencyMs],
  ['first_token_ms', ({ outcome }) => outcome.firstTokenMs],
  ['cost_usd', ({ outcome: { cost } }) => (cost === null ? null : decimalUsd(BigInt(cost.picoUsd)))],
  ['agreement', ({ outcome }) => outcome.agreement],
  ['wins', ({ outcome }) => outcome.wins],
]

/** A row per prompt and target, as RFC 4180 has it. What is not known is an empty cell. */
export function reportCsv({ prompts, validators }: ComparisonReport): string {
  const all = [
    ...columns,
    ...validators.map((name) => [`validator: ${name}`, ({ outcome }: Row): Cell => outcome.scores[name]] as const),
  ]
  const rows = prompts.flatMap((prompt) =>
    prompt.outcomes.map((outcome) => all.map(([, cell]) => written(cell({ prompt, outcome })))),
  )
  return [all.map(([name]) => written(name)), ...rows].map((cells) => `${cells.join(',')}\r\n`).join('')
}

/** A text that a spreadsheet would take for a formula gets an apostrophe in front. */
function written(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell === 'number') return String(cell)
  const harmless = /^[=+\-@\t\r\n＝＋－＠]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
