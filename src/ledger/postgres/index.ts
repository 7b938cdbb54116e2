import type { LedgerEntry, LedgerStore } from '../../contracts/ledger.ts'
import type { PgPool, TableNames } from '../../postgres.ts'
import { checkPool, queriesOf, tableNames } from '../../postgres.ts'
import { columns, rowOf } from './columns.ts'
import { entriesIn } from './entries.ts'
import type { EntryRange } from './entries.ts'
import { readStatement } from './query.ts'
import { sumsOf } from './sums.ts'

/** Options of {@link postgresLedger}. */
export interface PostgresLedgerOptions {
  /** A `Pool` of the `pg` package, which you make and end. One of its connections is used at a time. */
  readonly pool: PgPool
  /** The table, as `name` or `schema.name`; routers that share it share their books. Default `modelyard_ledger`. */
  readonly table?: string
}

/** A ledger's store in PostgreSQL. */
export interface PostgresLedger extends LedgerStore {
  /**
   * Makes the table and its index, and leaves alone what is there. Needs the right to create in the table's schema. May be
   * called by any number of processes at once. Rejects as the pool does.
   */
  migrate(): Promise<void>
  /**
   * The attempts as they were booked, by request and number: for `reprice()`, or `client.replay()`. Read a thousand at a time,
   * as they are asked for. Rejects as the pool does.
   */
  entries(range?: EntryRange): AsyncIterable<LedgerEntry>
}

/**
 * Keeps every attempt in a table of PostgreSQL (12 or newer) that any number of processes write to:
 * `createRouter({ ledger: { store: postgresLedger({ pool }) } })`, and `await client.ledger.report()` for all of them.
 *
 * @throws ModelyardError `BAD_OPTION` with the field.
 */
export function postgresLedger({ pool, table = 'modelyard_ledger' }: PostgresLedgerOptions): PostgresLedger {
  checkPool(pool, 'postgresLedger')
  const names = tableNames(table, 'postgresLedger')
  const { quoted } = names
  const queries = queriesOf(pool, 'postgresLedger')
  const insert = insertInto(quoted)
  return {
    async migrate() {
      // Several statements in one query are one transaction, on one connection.
      await pool.query(schemaOf(names))
    },
    entries: (range) => entriesIn(queries, quoted, range),
    async append(entries) {
      if (entries.length > 0) await queries.query(insert, [JSON.stringify(entries.map(rowOf))])
    },
    async read(query, baseline) {
      const { text, values } = readStatement(quoted, query, baseline)
      const { rows } = await queries.query(text, values)
      return sumsOf(rows, (query.by ?? []).length > 0)
    },
  }
}

/** An entry that is there already stays as it is: of a batch whose answer was lost nothing is counted twice. */
function insertInto(table: string): string {
  const names = columns.map(({ name }) => name).join(', ')
  const types = columns.map(({ name, type }) => `${name} ${type.replace(' NOT NULL', '')}`).join(', ')
  return `INSERT INTO ${table} (${names}) SELECT ${names} FROM json_to_recordset($1::json) AS entry(${types}) ON CONFLICT DO NOTHING`
}

function schemaOf({ quoted, index }: TableNames): string {
  return `
SELECT pg_advisory_xact_lock(hashtext('modelyard.ledger'));
CREATE TABLE IF NOT EXISTS ${quoted} (
  ${columns.map(({ name, type }) => `${name} ${type}`).join(',\n  ')},
  PRIMARY KEY (request_id, attempt)
);
CREATE INDEX IF NOT EXISTS ${index('day')} ON ${quoted} (day);
`
}
