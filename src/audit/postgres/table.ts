import type { AuditRecord } from '../../contracts/audit.ts'
import type { TableNames } from '../../postgres.ts'

/** A record without what may be erased. */
function evidence(record: AuditRecord): string {
  return JSON.stringify({ ...record, personal: undefined })
}

interface Column {
  readonly name: string
  readonly type: string
  readonly constraint: string
  readonly of: (record: AuditRecord) => string | null
}

/**
 * What records are looked for by. The record itself is kept as it was written, to the letter: `json` and not `jsonb`, which does not
 * take every character that JSON does and puts fields in an order of its own. What may be erased is kept beside it.
 */
const columns: readonly Column[] = [
  { name: 'id', type: 'text', constraint: 'PRIMARY KEY', of: ({ id }) => storable(id) },
  { name: 'at', type: 'timestamptz', constraint: 'NOT NULL', of: ({ at }) => at },
  { name: 'seq', type: 'bigint', constraint: 'NOT NULL', of: ({ seq }) => String(seq) },
  { name: 'request_id', type: 'text', constraint: '', of: ({ requestId }) => storable(requestId) },
  { name: 'agent', type: 'text', constraint: '', of: ({ agent }) => storable(agent) },
  { name: 'type', type: 'text', constraint: 'NOT NULL', of: ({ event }) => storable(event.type) },
  { name: 'record', type: 'json', constraint: 'NOT NULL', of: evidence },
  { name: 'subject', type: 'text', constraint: '', of: ({ personal }) => storable(personal?.subject) },
  {
    name: 'personal',
    type: 'json',
    constraint: '',
    of: ({ personal }) => (personal === undefined ? null : JSON.stringify(personal)),
  },
  { name: 'chain', type: 'text', constraint: '', of: ({ chain }) => storable(chain?.id) },
  { name: 'chain_n', type: 'bigint', constraint: '', of: ({ chain }) => (chain === undefined ? null : String(chain.n)) },
]

/** The order of what came in one millisecond. */
export const turn = 'COALESCE(chain_n, seq)'
/** Rows of chained records. */
export const linked = 'chain IS NOT NULL AND chain_n IS NOT NULL'

/** What tables of earlier versions have not. */
const later = ['subject', 'personal', 'chain', 'chain_n']

export type Row = readonly (string | null)[]

export function rowOf(record: AuditRecord): Row {
  return columns.map(({ of }) => of(record))
}

/** One list for each column, as `unnest` takes them. */
export function listsOf(rows: readonly Row[]): (string | null)[][] {
  return columns.map((_, index) => rows.map((row) => row[index] ?? null))
}

/** A record that is there already stays as it is: of a batch whose answer was lost nothing comes twice. */
export function insertInto({ quoted }: TableNames): string {
  const names = columns.map(({ name }) => name).join(', ')
  const lists = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')
  return `INSERT INTO ${quoted} (${names}) SELECT * FROM unnest(${lists}) ON CONFLICT (id) DO NOTHING`
}

export function schemaOf({ quoted, index }: TableNames): string {
  const added = columns.filter(({ name }) => later.includes(name))
  const names = added.map(({ name }) => `'${name}'`).join(', ')
  const additions = added.map(({ name, type }) => `ADD COLUMN IF NOT EXISTS ${name} ${type}`).join(', ')
  // Only where it is needed: even where it finds nothing to do, ALTER TABLE keeps everybody from reading.
  return `
SELECT pg_advisory_xact_lock(hashtext('modelyard.audit'));
CREATE TABLE IF NOT EXISTS ${quoted} (
  ${columns.map(({ name, type, constraint }) => `${name} ${type} ${constraint}`.trimEnd()).join(',\n  ')}
);
DO $$ BEGIN
  IF (SELECT count(*) FROM pg_attribute WHERE attrelid = '${quoted}'::regclass AND attname IN (${names}) AND NOT attisdropped) < ${added.length} THEN
    ALTER TABLE ${quoted} ${additions};
  END IF;
END $$;
CREATE INDEX IF NOT EXISTS ${index('time')} ON ${quoted} (at, (${turn}), id);
CREATE INDEX IF NOT EXISTS ${index('request')} ON ${quoted} (request_id);
CREATE INDEX IF NOT EXISTS ${index('agent')} ON ${quoted} (agent, at);
CREATE INDEX IF NOT EXISTS ${index('subject')} ON ${quoted} (subject) WHERE subject IS NOT NULL;
CREATE INDEX IF NOT EXISTS ${index('chain')} ON ${quoted} (chain, chain_n, id) WHERE ${linked};
`
}

/** What PostgreSQL takes for text: no half of a surrogate pair, no NUL. Callers may name models and agents as they like. */
export function storable(text: string | undefined): string | null {
  return text === undefined ? null : text.replace(/\p{Surrogate}/gu, '\uFFFD').replaceAll('\0', '\uFFFD')
}
