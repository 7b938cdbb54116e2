import { formatUsd } from '../money.ts'
import type { SummedRow } from './ledger-sum.ts'
import { buckets } from './prices.ts'

interface Comparison {
  readonly baseline: string | null
  readonly spentUsd: number
  readonly baselineUsd: number
  readonly savedUsd: number
  readonly savedShare: number
  readonly unpricedCalls: number
  readonly estimatedCalls: number
}

/** The ledger as plain text: a line per row, a total, and what was saved. */
export function ledgerTable(rows: readonly SummedRow[], total: SummedRow | undefined, saving: Comparison): string {
  const header = ['agent', 'tier', 'model', 'calls', 'failed', 'in', 'out', 'spent', 'p50', 'p95']
  const lines = [header, ...rows.map((row) => cells(row, `${row.provider ?? ''}/${row.model ?? ''}`))]
  if (total !== undefined) lines.push(cells(total, 'total'))
  return [aligned(lines), sentence(saving)].join('\n\n')
}

function cells(row: SummedRow, name: string): string[] {
  const out = row.tokens.output + row.tokens.reasoning + row.tokens.audioOutput + (row.tokens.imageOutput ?? 0)
  const all = buckets.reduce((sum, bucket) => sum + (row.tokens[bucket] ?? 0), 0)
  const spent = formatUsd(row.spentUsd) + (row.unpricedCalls > 0 ? ` + ${row.unpricedCalls} unpriced` : '')
  return [
    row.agent ?? '-',
    row.tier ?? '-',
    name,
    grouped(row.calls),
    grouped(row.failures),
    grouped(all - out),
    grouped(out),
    spent,
    time(row.p50Ms),
    time(row.p95Ms),
  ]
}

function sentence({ baseline, spentUsd, baselineUsd, savedUsd, savedShare, unpricedCalls, estimatedCalls }: Comparison): string {
  const notes = [
    ...(unpricedCalls > 0 ? [`${grouped(unpricedCalls)} calls without a known price are left out`] : []),
    ...(estimatedCalls > 0 ? [`tokens of ${grouped(estimatedCalls)} calls are estimated`] : []),
  ]
  const note = notes.length === 0 ? '' : ` (${notes.join('; ')})`
  if (baseline === null) return `spent ${formatUsd(spentUsd)}${note}`
  const share = `${(Math.abs(savedShare) * 100).toFixed(1)} %`
  const verdict = savedUsd < 0 ? `${formatUsd(-savedUsd)} more, ${share}` : `saved ${formatUsd(savedUsd)}, ${share}`
  return `spent ${formatUsd(spentUsd)}; the same calls on ${baseline}: ${formatUsd(baselineUsd)}; ${verdict}${note}`
}

/** Names to the left, figures to the right. */
function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const pad = (cell: string, column: number): string =>
    column < 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

function time(ms: number | null): string {
  if (ms === null) return '-'
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
