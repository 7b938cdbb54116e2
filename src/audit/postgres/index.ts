import type { AuditArchive } from '../../contracts/archive.ts'
import type { AuditRecord, AuditSink } from '../../contracts/audit.ts'
import type { Clock } from '../../contracts/clock.ts'
import type { PgPool } from '../../postgres.ts'
import { checkPool, queriesOf, sqlState, tableNames } from '../../postgres.ts'
import { entriesIn, eraseIn, lastLinkIn, pruneIn, recordsIn, type Table } from './archive.ts'
import { RowQueue } from './queue.ts'
import { insertInto, listsOf, rowOf, schemaOf, type Row } from './table.ts'

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
export interface PostgresAudit extends Required<AuditSink>, Required<AuditArchive> {
  write(record: AuditRecord): Promise<void>
  /** Removes `personal` and the subject from its rows, as soon as what waits here is written. `VACUUM` frees their space. */
  deleteSubject(subject: string): Promise<number>
  /**
   * Makes the table and its indexes, adds what a table of an earlier version lacks, and leaves alone what is there. Needs the right to create in the table's schema. May be
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
  const archive: Table = { queries, quoted: names.quoted }
  return {
    write: (record) => queue.add(() => rowOf(record)),
    flush: () => queue.flush(),
    close: () => queue.close(),
    read: (query = {}) => recordsIn(archive, query),
    entries: () => entriesIn(archive),
    lastLink: () => lastLinkIn(archive),
    prune: (options) => pruneIn(archive, options),
    async deleteSubject(subject) {
      await queue.flush()
      return eraseIn(archive, subject)
    },
    async migrate() {
      // Several statements in one query are one transaction, on one connection.
      await pool.query(schemaOf(names))
    },
  }
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
