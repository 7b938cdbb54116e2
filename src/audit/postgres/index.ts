import type { AuditRecord, AuditSink } from '../../contracts/audit.ts'
import type { Clock } from '../../contracts/clock.ts'
import type { PgPool, TableNames } from '../../postgres.ts'
import { checkPool, queriesOf, sqlState, tableNames } from '../../postgres.ts'
import { RowQueue } from './queue.ts'

/** Options of {@link postgresAudit}. */
export interface PostgresAuditOptions {
  /** A `Pool` of the `pg` package, which you make and end. One of its connections is used at a time. */
  readonly pool: PgPool
  /** The table, as `name` or `schema.name`. Default `modelyard_audit`. */
  readonly table?: string
  /** Tests move it by hand. Default: the machine's own time. */
  readonly clock?: Pick<Clock, 'setTimeout'>
}

/** A sink in PostgreSQL: `write` resolves when the record is committed, and `flush` rejects where what waits could not be. */
export interface PostgresAudit extends Required<AuditSink> {
  write(record: AuditRecord): Promise<void>
  /**
   * Makes the table and its indexes, and leaves alone what is there. Needs the right to create in the table's schema. May be
   * called by any number of processes at once. Rejects as the pool does.
   */
  migrate(): Promise<void>
}

/**
 * Keeps audit records in a table of PostgreSQL (12 or newer) that any number of processes write to, in batches. Each record is
 * there once, however often its batch had to be sent; while the server is away, up to 25,000 records wait and are written when it
 * is back. What comes beyond that is rejected, and counted by the trail.
 *
 * @throws ModelyardError `BAD_OPTION` with the field.
 */
export function postgresAudit({ pool, table = 'modelyard_audit', clock = unheld }: PostgresAuditOptions): PostgresAudit {
  checkPool(pool, 'postgresAudit')
  const names = tableNames(table, 'postgresAudit')
  const queries = queriesOf(pool, 'postgresAudit')
  const insert = insertInto(names)
  const queue = new RowQueue<Row>({
    append: async (rows) => void (await queries.query(insert, listsOf(rows))),
    isAboutRows,
    clock,
  })
  return {
    write: (record) => queue.add(() => rowOf(record)),
    flush: () => queue.flush(),
    close: () => queue.close(),
    async migrate() {
      // Several statements in one query are one transaction, on one connection.
      await pool.query(schemaOf(names))
    },
  }
}

interface Column {
  readonly name: string
  readonly type: string
  readonly constraint: string
  readonly of: (record: AuditRecord) => string | null
}

/**
 * What records are looked for by. The record itself is kept as it was written, to the letter: `json` and not `jsonb`, which does not
 * take every character that JSON does and puts fields in an order of its own.
 */
const columns: readonly Column[] = [
  { name: 'id', type: 'text', constraint: 'PRIMARY KEY', of: ({ id }) => storable(id) },
  { name: 'at', type: 'timestamptz', constraint: 'NOT NULL', of: ({ at }) => at },
  { name: 'seq', type: 'bigint', constraint: 'NOT NULL', of: ({ seq }) => String(seq) },
  { name: 'request_id', type: 'text', constraint: '', of: ({ requestId }) => storable(requestId) },
  { name: 'agent', type: 'text', constraint: '', of: ({ agent }) => storable(agent) },
  { name: 'type', type: 'text', constraint: 'NOT NULL', of: ({ event }) => storable(event.type) },
  { name: 'record', type: 'json', constraint: 'NOT NULL', of: (record) => JSON.stringify(record) },
]

type Row = readonly (string | null)[]

function rowOf(record: AuditRecord): Row {
  return columns.map(({ of }) => of(record))
}

/** One list for each column, as `unnest` takes them. */
function listsOf(rows: readonly Row[]): (string | null)[][] {
  return columns.map((_, index) => rows.map((row) => row[index] ?? null))
}

/** A record that is there already stays as it is: of a batch whose answer was lost nothing comes twice. */
function insertInto({ quoted }: TableNames): string {
  const names = columns.map(({ name }) => name).join(', ')
  const lists = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')
  return `INSERT INTO ${quoted} (${names}) SELECT * FROM unnest(${lists}) ON CONFLICT (id) DO NOTHING`
}

function schemaOf({ quoted, index }: TableNames): string {
  return `
SELECT pg_advisory_xact_lock(hashtext('modelyard.audit'));
CREATE TABLE IF NOT EXISTS ${quoted} (
  ${columns.map(({ name, type, constraint }) => `${name} ${type} ${constraint}`.trimEnd()).join(',\n  ')}
);
CREATE INDEX IF NOT EXISTS ${index('at')} ON ${quoted} (at);
CREATE INDEX IF NOT EXISTS ${index('request')} ON ${quoted} (request_id);
CREATE INDEX IF NOT EXISTS ${index('agent')} ON ${quoted} (agent, at);
`
}

/** What PostgreSQL takes for text: no half of a surrogate pair, no NUL. Callers may name models and agents as they like. */
function storable(text: string | undefined): string | null {
  return text === undefined ? null : text.replace(/\p{Surrogate}/gu, '\uFFFD').replaceAll('\0', '\uFFFD')
}

/** Data that cannot be stored, a broken constraint of the user's own, too much of something: classes 22, 23 and 54 of SQLSTATE. */
function isAboutRows(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlState(error) ?? '')
}

/** Does not keep the process alive: what waits is tried once more at its end. */
const unheld: Pick<Clock, 'setTimeout'> = {
  setTimeout(run, ms) {
    const timer = setTimeout(run, ms).unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}
