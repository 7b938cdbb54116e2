import type { Clock } from '../../contracts/clock.ts'
import { checkPool, tableNames, type PgPool } from '../../postgres.ts'
import type { KeyStoreError } from '../failure.ts'
import { masterKeyRing } from '../master/ring.ts'
import type { MasterKeyOption } from '../master/source.ts'
import { checkKeeping, isDuration, wrongOption } from '../sealed/check-options.ts'
import type { EncryptedKeys } from '../sealed/encrypted-keys.ts'
import { EncryptedKeyStore, type KeepingParts } from '../sealed/store.ts'
import { TablePlace } from './place.ts'
import { statementsOf } from './table.ts'

/** Options of {@link postgresKeys}. */
export interface PostgresKeysOptions {
  /** A `Pool` of the `pg` package, which you make and end. A call uses one of its connections, for one short statement. */
  readonly pool: PgPool
  /** Where the master key is. Of several the first one seals, and all of them open: old ones follow the new one. */
  readonly masterKey: MasterKeyOption | readonly MasterKeyOption[]
  /** The table, as `name` or `schema.name`. Default `modelyard_keys`. */
  readonly table?: string
  /** How long a call waits for the database before it goes on with the keys that were read last, in ms. Default 2,000. */
  readonly waitMs?: number
  /**
   * Told once when the table can no longer be read, while calls go on with the keys that were read last. Without it nobody is
   * told before somebody calls `list()`.
   */
  readonly onError?: (error: KeyStoreError) => void
  /** How far behind the clock of this machine may be that of another, in ms: a key holds so much longer. Default 60,000. */
  readonly clockSkewMs?: number
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
  /** For the waits; tests move it by hand. Default: the machine's own time. */
  readonly clock?: Pick<Clock, 'now' | 'setTimeout'>
}

/** Keys in a table of PostgreSQL. */
export interface PostgresKeys extends EncryptedKeys {
  /**
   * Makes the table, and leaves alone what is there. Needs the right to create in the table's schema. May be called by any number
   * of processes at once. Rejects as the pool does.
   */
  migrate(): Promise<void>
}

/**
 * Keeps keys in a table of PostgreSQL (12 or newer), each sealed for itself with AES-256-GCM and all of them together against
 * removal; the database sees neither keys nor their names. A change by any process takes effect on the next call in every process.
 * Needs the package `jose`, an optional peer dependency. `get()` and everything else reject with a {@link KeyStoreError} that says
 * what is wrong.
 *
 * @throws ModelyardError `BAD_OPTION` with the field.
 */
export function postgresKeys(options: PostgresKeysOptions): PostgresKeys {
  const { pool, masterKey, table = 'modelyard_keys', waitMs = 2_000, onError, clockSkewMs = 60_000, now = Date.now } = options
  checkPool(pool, 'postgresKeys')
  const statements = statementsOf(tableNames(table, 'postgresKeys'))
  if (!isDuration(waitMs) || waitMs === 0) throw wrongOption('postgresKeys', 'waitMs', 'a number of milliseconds, more than 0')
  checkKeeping('postgresKeys', options)
  const { clock = systemClock } = options
  const ring = masterKeyRing(masterKey)
  const place = new TablePlace({ pool, statements, ring, clock, waitMs, onError })
  return new PostgresKeyStore(place, { now, clockSkewMs })
}

class PostgresKeyStore extends EncryptedKeyStore implements PostgresKeys {
  readonly #place: TablePlace

  constructor(place: TablePlace, parts: KeepingParts) {
    super(place, parts)
    this.#place = place
  }

  migrate(): Promise<void> {
    return this.#place.migrate()
  }
}

const systemClock: Pick<Clock, 'now' | 'setTimeout'> = {
  now: () => performance.now(),
  setTimeout(run, ms) {
    const timer = setTimeout(run, ms)
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}
