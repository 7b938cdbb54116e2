import type { BookedEntry } from '../../contracts/ledger.ts'
import type { Usage } from '../../contracts/usage.ts'

/** What a cell holds: JSON's own types; amounts of money are digits, for they do not fit into its numbers. */
type Cell = string | number | boolean | null

interface Column {
  readonly name: string
  readonly type: string
  readonly of: (entry: BookedEntry) => Cell
}

type CountedField = Exclude<keyof Usage, 'serviceTier' | 'region'>

/** The columns that count tokens and pieces, by the field of `Usage`. */
export const counts: readonly (readonly [name: string, field: CountedField])[] = [
  ['input', 'input'],
  ['cached', 'cached'],
  ['cache_write', 'cacheWrite'],
  ['cache_write_1h', 'cacheWrite1h'],
  ['audio_input', 'audioInput'],
  ['output', 'output'],
  ['reasoning', 'reasoning'],
  ['audio_output', 'audioOutput'],
  ['image_input', 'imageInput'],
  ['image_output', 'imageOutput'],
  ['searches', 'searches'],
  ['images', 'images'],
]

/** The columns of an attempt. */
export const columns: readonly Column[] = [
  { name: 'request_id', type: 'text NOT NULL', of: ({ requestId }) => storable(requestId) },
  { name: 'attempt', type: 'integer NOT NULL', of: ({ attempt }) => attempt },
  { name: 'role', type: 'text NOT NULL', of: ({ role }) => role },
  { name: 'served', type: 'boolean NOT NULL', of: ({ served }) => served },
  { name: 'at', type: 'timestamptz NOT NULL', of: ({ at }) => new Date(at).toISOString() },
  { name: 'day', type: 'date NOT NULL', of: ({ day }) => day },
  { name: 'agent', type: 'text', of: ({ agent }) => storable(agent) },
  { name: 'provider', type: 'text NOT NULL', of: ({ provider }) => storable(provider) },
  { name: 'model', type: 'text NOT NULL', of: ({ model }) => storable(model) },
  { name: 'served_model', type: 'text', of: ({ servedModel }) => storable(servedModel) },
  { name: 'tier', type: 'text', of: ({ tier }) => tier ?? null },
  { name: 'outcome', type: 'text NOT NULL', of: ({ outcome }) => outcome },
  { name: 'duration_ms', type: 'double precision NOT NULL', of: ({ durationMs }) => finite(durationMs) ?? 0 },
  { name: 'first_token_ms', type: 'double precision', of: ({ firstTokenMs }) => finite(firstTokenMs) },
  { name: 'tokens_per_second', type: 'double precision', of: ({ tokensPerSecond }) => finite(tokensPerSecond) },
  { name: 'usage_source', type: 'text NOT NULL', of: ({ usageSource }) => usageSource },
  ...counts.map(([name, field]): Column => ({ name, type: 'bigint', of: ({ usage }) => usage?.[field] ?? null })),
  { name: 'service_tier', type: 'text', of: ({ usage }) => storable(usage?.serviceTier) },
  { name: 'region', type: 'text', of: ({ usage }) => storable(usage?.region) },
  { name: 'cost_pico', type: 'numeric', of: ({ cost }) => (cost === null ? null : String(cost.picoUsd)) },
  { name: 'price_snapshot', type: 'text', of: ({ cost }) => storable(cost?.snapshot) },
  { name: 'baseline', type: 'text', of: ({ against }) => storable(against.baseline ?? undefined) },
  { name: 'verdict', type: 'text NOT NULL', of: ({ against }) => against.verdict },
  { name: 'baseline_pico', type: 'numeric NOT NULL', of: ({ against }) => String(against.picoUsd) },
  { name: 'baseline_output_pico', type: 'numeric NOT NULL', of: ({ against }) => String(against.outputPicoUsd) },
]

/** An entry as the row that `json_to_recordset` reads. */
export function rowOf(entry: BookedEntry): Readonly<Record<string, Cell>> {
  return Object.fromEntries(columns.map(({ name, of }) => [name, of(entry)]))
}

/** What PostgreSQL takes for text: no half of a surrogate pair, no NUL. Callers may name models as they like. */
function storable(text: string | undefined): string | null {
  return text === undefined ? null : text.replace(/\p{Surrogate}/gu, '\uFFFD').replaceAll('\0', '\uFFFD')
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null
}
