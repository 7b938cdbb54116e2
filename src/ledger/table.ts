import { formatUsd } from '../money.ts'
import type { LedgerRow } from './rows.ts'
import type { Range, Saving } from './saving.ts'
import { inputTokens, outputTokens } from '../contracts/usage.ts'

/** The ledger as plain text: a line per row, a total, and what was saved. */
export function ledgerTable(rows: readonly LedgerRow[], total: LedgerRow | null, saving: Saving): string {
  const dated = rows.some(({ day }) => day !== undefined)
  const header = ['agent', 'tier', 'model', 'calls', 'failed', 'in', 'out', 'spent', 'p50', 'p95']
  const lines = [header, ...rows.map((row) => cells(row, nameOf(row)))]
  if (total !== null) lines.push(cells(total, 'total'))
  const days = ['day', ...rows.map(({ day = 'earlier' }) => day), '']
  return [aligned(dated ? lines.map((line, at) => [days[at] ?? '', ...line]) : lines, dated ? 4 : 3), sentence(saving)].join('\n\n')
}

function nameOf({ provider = '', model = '', role }: LedgerRow): string {
  return `${provider}${model === '' || provider === '' ? '' : '/'}${model}${role === undefined ? '' : ` (${role})`}`
}

function cells(row: LedgerRow, name: string): string[] {
  const spent = formatUsd(row.spentUsd) + (row.unpricedCalls > 0 ? ` + ${row.unpricedCalls} unpriced` : '')
  const doubt = row.implausibleCalls > 0 ? ` (${row.implausibleCalls} implausible)` : ''
  return [
    row.agent ?? '-',
    row.tier ?? '-',
    name,
    grouped(row.calls),
    grouped(row.failures),
    grouped(inputTokens(row.tokens)),
    grouped(outputTokens(row.tokens)),
    spent + doubt,
    time(row.p50Ms),
    time(row.p95Ms),
  ]
}

function sentence(saving: Saving): string {
  const { baseline, spentUsd, baselineUsd, savedUsd, savedShare } = saving
  const share = `${(Math.abs(savedShare) * 100).toFixed(1)} %`
  const verdict = savedUsd < 0 ? `${formatUsd(-savedUsd)} more, ${share}` : `saved ${formatUsd(savedUsd)}, ${share}`
  const against = baseline === null ? '' : `; the same calls on ${baseline}: ${formatUsd(baselineUsd)}; ${verdict}`
  return [`spent ${formatUsd(spentUsd)}${against}`, ...notesOn(saving)].join('\n  ')
}

/** What the saving rests on, a line each. */
function notesOn({ unpricedCalls, estimatedCalls, estimatedSavedUsd, interval, answerLength }: Saving): string[] {
  const { evenAt, savedUsd } = answerLength
  return [
    ...(unpricedCalls > 0 ? [`${grouped(unpricedCalls)} calls without a known price are left out`] : []),
    ...(estimatedCalls > 0
      ? [`tokens of ${grouped(estimatedCalls)} calls are estimated: ${formatUsd(estimatedSavedUsd)} of it`]
      : []),
    ...(interval === null ? [] : [`of calls like these, 95 times in 100: ${shares(interval.savedShare)}`]),
    ...(savedUsd === null ? [] : [`by the length of its answers: ${formatUsd(savedUsd[0])} to ${formatUsd(savedUsd[1])}`]),
    ...(evenAt === null ? [] : [`breaks even if its answers had ${evenAt.toPrecision(2)} times the tokens`]),
  ]
}

function shares([low, high]: Range): string {
  return `${(low * 100).toFixed(1)} to ${(high * 100).toFixed(1)} %`
}

/** Names to the left, figures to the right. */
function aligned(lines: readonly (readonly string[])[], names: number): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const pad = (cell: string, column: number): string =>
    column < names ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

function time(ms: number | null): string {
  if (ms === null) return '-'
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
