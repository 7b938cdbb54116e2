import { connected, giveBack, type PgClient, type PgQueries } from '../../postgres.ts'
import { storeAfter, type Change } from '../sealed/change.ts'
import { openStore } from '../sealed/contents.ts'
import type { Snapshot } from '../sealed/snapshot.ts'
import type { Place } from '../sealed/store.ts'
import { onConnection, within } from './connection.ts'
import { noKeys, writingFault } from './faults.ts'
import { Reader, type ReaderParts } from './reader.ts'
import { rowsOf, storedIn } from './table.ts'

/** How long a connection and each statement of a change may take, in ms: longer than the server waits for a lock. */
const statementMs = 70_000

/** A store in a table. */
export class TablePlace implements Place {
  readonly #parts: ReaderParts
  readonly #reader: Reader

  constructor(parts: ReaderParts) {
    this.#parts = parts
    this.#reader = new Reader(parts)
  }

  async migrate(): Promise<void> {
    // Several statements in one query are one transaction, on one connection.
    await this.#parts.pool.query(this.#parts.statements.migrate)
  }

  latest(): Promise<Snapshot> {
    return this.#reader.latest()
  }

  read(): Promise<Snapshot> {
    return this.#reader.read()
  }

  async change(change: Change): Promise<boolean> {
    const { clock, statements } = this.#parts
    const progress = { hasBegun: false, isCommitting: false }
    const transaction = async (queries: PgQueries): Promise<boolean> => {
      await queries.query(statements.begin)
      progress.hasBegun = true
      const isChanged = await this.#write(queries, change)
      progress.isCommitting = true
      await queries.query('COMMIT')
      return isChanged
    }
    try {
      return await onConnection({
        connect: () => this.#client(),
        limit: { ms: statementMs, clock },
        run: transaction,
        mayAgain: () => !progress.hasBegun,
      })
    } catch (error) {
      throw writingFault(error, progress.isCommitting)
    }
  }

  /** A connection that comes too late is given back unused. */
  async #client(): Promise<PgClient> {
    const { clock, pool } = this.#parts
    const connecting = connected(pool)
    return within(connecting, { ms: statementMs, clock }).catch((error: unknown) => {
      connecting.then((client) => giveBack(client)).catch(() => undefined)
      throw error
    })
  }

  async #write(queries: PgQueries, change: Change): Promise<boolean> {
    const { ring, statements } = this.#parts
    const before = storedIn((await queries.query(statements.read)).rows)
    // Keys that were there and are gone are not begun anew.
    if (before === undefined && (this.#reader.wasThere || change.isRotation)) throw noKeys(this.#reader.wasThere)
    const after = await storeAfter(change, ring, before && (await openStore(before.sealed, ring)).contents)
    if (after === undefined) return false
    const rows = rowsOf(after)
    const stays = new Set(before?.sealed.entries)
    const changed = rows.filter(({ sealed }) => !stays.has(sealed))
    await queries.query(statements.remove, [rows.map(({ id }) => id)])
    await queries.query(statements.put, [
      changed.map(({ id }) => id),
      changed.map(({ head }) => head),
      changed.map(({ sealed }) => sealed),
    ])
    return true
  }
}
