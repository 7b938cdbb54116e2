import { decimalUsd } from '../money.ts'
import type { LedgerRow } from './rows.ts'
import { rareCounts, usualBuckets } from '../contracts/usage.ts'

type Cell = string | number | null | undefined

const columns: readonly (readonly [name: string, cell: (row: LedgerRow) => Cell])[] = [
  ['day', ({ day }) => day],
  ['agent', ({ agent }) => agent],
  ['provider', ({ provider }) => provider],
  ['model', ({ model }) => model],
  ['tier', ({ tier }) => tier],
  ['role', ({ role }) => role],
  ['calls', ({ calls }) => calls],
  ['successes', ({ successes }) => successes],
  ['failures', ({ failures }) => failures],
  ['cancelled', ({ cancelled }) => cancelled],
  ['error_rate', ({ errorRate }) => errorRate],
  ...[...usualBuckets, ...rareCounts].map((name) => [countName(name), ({ tokens }: LedgerRow) => tokens[name] ?? 0] as const),
  ['spent_usd', ({ spentPicoUsd }) => decimalUsd(BigInt(spentPicoUsd))],
  ['unpriced_calls', ({ unpricedCalls }) => unpricedCalls],
  ['estimated_calls', ({ estimatedCalls }) => estimatedCalls],
  ['implausible_calls', ({ implausibleCalls }) => implausibleCalls],
  ['baseline_usd', ({ baselineUsd }) => baselineUsd],
  ['saved_usd', ({ savedUsd }) => savedUsd],
  ['p50_ms', ({ p50Ms }) => p50Ms],
  ['p95_ms', ({ p95Ms }) => p95Ms],
  ['first_token_p50_ms', ({ firstTokenP50Ms }) => firstTokenP50Ms],
  ['first_token_p95_ms', ({ firstTokenP95Ms }) => firstTokenP95Ms],
  ['tokens_per_second', ({ tokensPerSecond }) => tokensPerSecond],
]

/**
 * Rows as CSV after RFC 4180, with a header line. What is not known is an empty cell. A name that a spreadsheet would take for
 * a formula gets an apostrophe in front.
 */
export function csvOf(rows: readonly LedgerRow[]): string {
  const lines = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, cell]) => written(cell(row))))]
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('')
}

function written(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell === 'number' || /^-?\d+(\.\d+)?$/.test(cell)) return String(cell)
  const harmless = /^[=+\-@\t\r\n＝＋－＠]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** `cacheWrite1h` -> `cache_write_1h_tokens`; what is no token stands by itself. */
function countName(name: string): string {
  if (name === 'searches' || name === 'images') return name
  return `${name.replace(/[A-Z]|\d+/g, (begin) => `_${begin.toLowerCase()}`)}_tokens`
}
