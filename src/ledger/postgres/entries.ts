import type { LedgerEntry } from '../../contracts/ledger.ts'
import type { Cost, Usage } from '../../contracts/usage.ts'
import { usdOf } from '../../money.ts'
import type { PgQueries } from '../../postgres.ts'
import { counts } from './columns.ts'
import { Cells } from './sums.ts'

/** Days of the ledger, `YYYY-MM-DD`, both included. */
export interface EntryRange {
  readonly from?: string
  readonly to?: string
}

/** How many are read at a time. */
const pageSize = 1000

/** The attempts of a table as they were booked, a page at a time, by request and number. */
export async function* entriesIn(
  queries: PgQueries,
  table: string,
  { from, to }: EntryRange = {},
): AsyncGenerator<LedgerEntry, void> {
  let last: Pick<LedgerEntry, 'requestId' | 'attempt'> = { requestId: '', attempt: -1 }
  for (;;) {
    const { rows } = await queries.query(pageOf(table), [last.requestId, last.attempt, from ?? null, to ?? null])
    for (const row of rows) {
      const entry = entryOf(new Cells(row))
      last = entry
      yield entry
    }
    if (rows.length < pageSize) return
  }
}

/** Every cell as text, whatever parsers the pool has. */
function pageOf(table: string): string {
  return `
SELECT request_id, attempt::text, role, served::text, (extract(epoch FROM at) * 1000)::bigint::text AS at, agent, provider, model,
  served_model, tier, outcome, duration_ms::text, first_token_ms::text, usage_source,
  ${counts.map(([column, field]) => `${column}::text AS "${field}"`).join(', ')},
  service_tier, region, cost_pico::text, price_snapshot
FROM ${table}
WHERE (request_id, attempt) > ($1, $2::integer)
  AND ($3::date IS NULL OR day >= $3::date) AND ($4::date IS NULL OR day <= $4::date)
ORDER BY request_id, attempt
LIMIT ${pageSize}`
}

function entryOf(cells: Cells): LedgerEntry {
  const { agent, provider = '', model = '', tier, role = 'first' } = cells.key()
  const servedModel = cells.text('served_model')
  const firstTokenMs = cells.text('first_token_ms')
  return {
    requestId: cells.text('request_id') ?? '',
    attempt: cells.count('attempt'),
    role,
    served: cells.text('served') === 'true',
    at: cells.count('at'),
    ...(agent !== undefined && { agent }),
    provider,
    model,
    ...(servedModel !== undefined && { servedModel }),
    ...(tier !== undefined && { tier }),
    outcome: outcomes.find((each) => each === cells.text('outcome')) ?? 'failure',
    durationMs: cells.count('duration_ms'),
    ...(firstTokenMs !== undefined && { firstTokenMs: Number(firstTokenMs) }),
    usage: usageOf(cells),
    usageSource: sources.find((each) => each === cells.text('usage_source')) ?? 'unknown',
    cost: costOf(cells),
  }
}

const outcomes = ['success', 'failure', 'cancelled'] as const satisfies readonly LedgerEntry['outcome'][]
const sources = ['provider', 'estimated', 'implausible', 'unknown'] as const satisfies readonly LedgerEntry['usageSource'][]

function usageOf(cells: Cells): Usage | null {
  if (cells.text('input') === undefined) return null
  const serviceTier = cells.text('service_tier')
  const region = cells.text('region')
  return { ...cells.tokens(), ...(serviceTier !== undefined && { serviceTier }), ...(region !== undefined && { region }) }
}

function costOf(cells: Cells): Cost | null {
  if (cells.text('cost_pico') === undefined) return null
  const picoUsd = cells.pico('cost_pico')
  return { picoUsd, usd: usdOf(picoUsd), snapshot: cells.text('price_snapshot') ?? '' }
}
