import { formatUsd } from '../money.ts'
import type { ComparisonReport, Estimate, TargetSummary } from './report.ts'

/** The report as plain text: a line per target, and what has to be known about them. */
export function reportTable(report: ComparisonReport): string {
  const columns = columnsOf(report)
  const lines = [columns.map(({ name }) => name), ...report.targets.map((target) => columns.map(({ cell }) => cell(target)))]
  return [heading(report), aligned(lines), ...notes(report)].join('\n\n')
}

interface Column {
  readonly name: string
  readonly cell: (target: TargetSummary) => string
}

function columnsOf({ quality, validators, judge, targets }: ComparisonReport): readonly Column[] {
  const validated = validators.map((name): Column => ({
    name,
    cell: (target) => percent(target.validators.find((validator) => validator.name === name)?.rate),
  }))
  return [
    { name: 'target', cell: ({ target, onFront }) => `${onFront ? '* ' : quality === null ? '' : '  '}${target}` },
    { name: 'calls', cell: ({ calls }) => String(calls) },
    { name: 'failed', cell: ({ calls, succeeded }) => String(calls - succeeded) },
    { name: 'p50', cell: ({ latencyMs }) => withRange(latencyMs.p50, time) },
    { name: 'p95', cell: ({ latencyMs }) => shown(latencyMs.p95, time) },
    { name: 'first token', cell: ({ firstTokenMs }) => shown(firstTokenMs.p50, time) },
    { name: 'tokens/s', cell: ({ tokensPerSecond }) => shown(tokensPerSecond, (value) => value.toFixed(0)) },
    { name: 'per 1000 calls', cell: ({ cost }) => withRange(cost.perThousandUsd, formatUsd) },
    ...validated,
    ...(targets.length > 1 ? [{ name: 'agreement', cell: ({ agreement }: TargetSummary) => percent(agreement) }] : []),
    ...(judge === null ? [] : [{ name: 'wins', cell: ({ wins }: TargetSummary) => withRange(wins?.rate ?? null, share) }]),
  ]
}

function heading({ name, prompts, repetitions, spend, judge }: ComparisonReport): string {
  const times = repetitions === 1 ? '' : `, ${repetitions} times each`
  const least = spend.unpricedCalls > 0 ? 'at least ' : ''
  const judging = judge === null ? '' : `, of it ${formatUsd(spend.judge.usd)} on the judge ${judge.model}`
  return `${name}: ${counted(prompts.length, 'prompt')}${times}. Spent ${least}${formatUsd(spend.total.usd)}${judging}.`
}

function notes({ interrupted, calls, quality, flagged, flaggedTotal, targets }: ComparisonReport): readonly string[] {
  const unpriced = targets.reduce((sum, { cost }) => sum + cost.unpricedCalls, 0)
  const counts = new Map<string, number>()
  for (const { code } of flagged) counts.set(code, (counts.get(code) ?? 0) + 1)
  const kinds = [...counts].map(([code, count]) => `${code} ${count}`).join(', ')
  const all = {
    interrupted: interrupted && `Not complete, ${calls.missing} of ${calls.planned} calls are missing: ${interrupted.message}`,
    front: targets.some(({ onFront }) => onFront) && `* nobody here is better (${quality}) and as cheap, or cheaper and as good.`,
    intervals: targets.some(isUncertain) && 'In brackets: 95 % intervals.',
    unpriced: unpriced > 0 && `What ${counted(unpriced, 'call')} cost is not known.`,
    flagged: flaggedTotal > 0 && `${flaggedTotal} flagged: ${kinds}${flaggedTotal > flagged.length ? ', ...' : ''}`,
  }
  return Object.values(all).filter((note) => typeof note === 'string')
}

/** Whether one of the intervals that the table shows is more than a point. */
function isUncertain({ latencyMs, cost, wins }: TargetSummary): boolean {
  return [latencyMs.p50, cost.perThousandUsd, wins?.rate].some((shows) => shows && shows.low !== shows.high)
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function shown(estimate: Estimate | null | undefined, show: (value: number) => string): string {
  return estimate === null || estimate === undefined ? '-' : show(estimate.value)
}

function withRange(estimate: Estimate | null, show: (value: number) => string): string {
  if (estimate === null) return '-'
  const { low, high } = estimate
  return `${show(estimate.value)}${low === high ? '' : ` (${show(low)} - ${show(high)})`}`
}

function percent(estimate: Estimate | null | undefined): string {
  return shown(estimate, share)
}

function share(value: number): string {
  return `${(value * 100).toFixed(0)} %`
}

function time(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
}

/** Names to the left, numbers to the right. */
function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)))
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n')
}
