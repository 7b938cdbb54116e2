import type { LedgerKey, LedgerQuery } from '../../contracts/ledger.ts'
import { counts } from './columns.ts'

/** A statement with its parameters. */
export interface Statement {
  readonly text: string
  readonly values: string[]
}

const dimensions: Readonly<Record<LedgerKey, string>> = {
  agent: 'agent',
  provider: 'provider',
  model: 'model',
  tier: 'tier',
  role: 'role',
  day: "to_char(day, 'YYYY-MM-DD')",
}

/** Rows and total in one statement, so that both are of the same moment; `is_total` tells them apart. Every figure as text. */
export function readStatement(table: string, query: LedgerQuery, baseline: string | null): Statement {
  const { by = [], where = {}, from, to } = query
  const values = [baseline ?? '']
  const given = (value: string): string => `$${values.push(value)}`
  const conditions = Object.entries(where).flatMap(([key, value]) =>
    isFilter(key) && value !== undefined ? [`${dimensions[key]} = ${given(value)}`] : [],
  )
  if (from !== undefined) conditions.push(`day >= ${given(from)}::date`)
  if (to !== undefined) conditions.push(`day <= ${given(to)}::date`)
  const asked = [...new Set(by)]
  const names = asked.map((key) => dimensions[key])
  const keys = asked.map((key) => `${dimensions[key]} AS "${key}"`)
  const text = `
SELECT ${[isTotal(names), ...keys, ...figures].join(',\n  ')}
FROM ${table}
${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
GROUP BY GROUPING SETS (${names.length === 0 ? '' : `(${names.join(', ')}), `}())
ORDER BY min(at)${names.length === 0 ? '' : `, ${names.join(', ')}`}`
  return { text, values }
}

function isFilter(key: string): key is Exclude<LedgerKey, 'day'> {
  return key !== 'day' && Object.hasOwn(dimensions, key)
}

/** A row that is grouped by nothing: its columns are null for that reason, and not for lack of a name. */
function isTotal(names: readonly string[]): string {
  return names.length === 0 ? 'true AS is_total' : `grouping(${names.join(', ')}) = ${2 ** names.length - 1} AS is_total`
}

const compared = `verdict = 'compared' AND coalesce(baseline, '') = $1`
const spent = 'cost_pico::float8 / 1e12'
const would = 'baseline_pico::float8 / 1e12'

const figures: readonly string[] = [
  named('calls', 'count(*)'),
  named('successes', "count(*) FILTER (WHERE outcome = 'success')"),
  named('failures', "count(*) FILTER (WHERE outcome = 'failure')"),
  named('cancelled', "count(*) FILTER (WHERE outcome = 'cancelled')"),
  ...counts.map(([column, field]) => named(field, `sum(${column})`)),
  named('spentPico', 'coalesce(sum(cost_pico), 0)'),
  // What a failure without tokens cost is known: it was refused before it could cost anything.
  named('unpricedCalls', "count(*) FILTER (WHERE cost_pico IS NULL AND (input IS NOT NULL OR outcome <> 'failure'))"),
  named('estimatedCalls', "count(*) FILTER (WHERE usage_source = 'estimated')"),
  named('implausibleCalls', "count(*) FILTER (WHERE usage_source = 'implausible')"),
  ...quantiles('duration', 'duration_ms'),
  ...quantiles('firstToken', 'first_token_ms'),
  ...quantiles('speed', 'tokens_per_second'),
  named('comparedCalls', `count(*) FILTER (WHERE ${compared})`),
  named('comparedEstimates', `count(*) FILTER (WHERE ${compared} AND usage_source = 'estimated')`),
  named('leftOut', "count(*) FILTER (WHERE verdict = 'left_out')"),
  named('otherBaseline', "count(*) FILTER (WHERE verdict = 'compared' AND coalesce(baseline, '') <> $1)"),
  named('comparedPico', `coalesce(sum(cost_pico) FILTER (WHERE ${compared}), 0)`),
  named('baselinePico', `coalesce(sum(baseline_pico) FILTER (WHERE ${compared}), 0)`),
  named('outputPico', `coalesce(sum(baseline_output_pico) FILTER (WHERE ${compared}), 0)`),
  named('estimatedSpentPico', `coalesce(sum(cost_pico) FILTER (WHERE ${compared} AND usage_source = 'estimated'), 0)`),
  named('estimatedBaselinePico', `coalesce(sum(baseline_pico) FILTER (WHERE ${compared} AND usage_source = 'estimated'), 0)`),
  named('spentSquares', `coalesce(sum((${spent}) ^ 2) FILTER (WHERE ${compared}), 0)`),
  named('baselineSquares', `coalesce(sum((${would}) ^ 2) FILTER (WHERE ${compared}), 0)`),
  named('products', `coalesce(sum((${spent}) * (${would})) FILTER (WHERE ${compared}), 0)`),
]

/** As text: how numbers arrive depends on the parsers that the pool is set up with. */
function named(name: string, expression: string): string {
  return `(${expression})::text AS "${name}"`
}

function quantiles(name: string, column: string): readonly string[] {
  return [50, 95].map((q) => named(`${name}P${q}`, `percentile_disc(${q / 100}) WITHIN GROUP (ORDER BY ${column})`))
}
