// A table of keys of its own for each test, in a real PostgreSQL.
import { randomUUID } from 'node:crypto'
import { Pool, type PoolConfig } from 'pg'
import type { FakeClock } from '../../src/testing/index.ts'
import { fakeClock } from '../../src/testing/index.ts'
import { postgresKeys, type PostgresKeys, type PostgresKeysOptions } from '../../src/keys/postgres/index.ts'
import { databaseUrl } from '../ledger/database.ts'
import { masterKey } from './key-files.ts'

/** A row as it lies in the table. */
export interface Row {
  readonly id: string
  readonly head: string | null
  readonly sealed: string
}

export interface KeyTable extends AsyncDisposable {
  readonly table: string
  readonly pool: Pool
  /** Of `open()`, where it is not told otherwise; stands still. */
  readonly clock: FakeClock
  /** A store as another process would have it: of the same master key, on the same pool. */
  open(options?: Partial<PostgresKeysOptions>): PostgresKeys
  /** Another pool, which ends with the table. */
  poolTo(config: PoolConfig): Pool
  /** The index comes last. */
  rows(): Promise<readonly Row[]>
  /** Puts the table as it once was. */
  restore(rows: readonly Row[]): Promise<void>
}

export async function keyTable({ migrated = true } = {}): Promise<KeyTable> {
  const url = databaseUrl() ?? ''
  const pools: Pool[] = []
  const poolTo = (config: PoolConfig): Pool => {
    const made = new Pool(config)
    // As an application does, for what its other users leave behind.
    made.on('error', () => undefined)
    pools.push(made)
    return made
  }
  const pool = poolTo({ connectionString: url, max: 4 })
  const table = `keys_${randomUUID().replaceAll('-', '')}`
  const key = masterKey()
  const clock = fakeClock()
  const open = (options: Partial<PostgresKeysOptions> = {}) => postgresKeys({ pool, table, masterKey: key, clock, ...options })
  if (migrated) await open().migrate()
  return {
    table,
    pool,
    clock,
    open,
    poolTo,
    async rows() {
      return (await pool.query<Row>(`SELECT id, head, sealed FROM ${table} ORDER BY id = 'index', id`)).rows
    },
    async restore(rows) {
      await pool.query(`DELETE FROM ${table}`)
      for (const { id, head, sealed } of rows)
        await pool.query(`INSERT INTO ${table} (id, head, sealed) VALUES ($1, $2, $3)`, [id, head, sealed])
    },
    async [Symbol.asyncDispose]() {
      const last = new Pool({ connectionString: url, max: 1 })
      await last.query(`DROP TABLE IF EXISTS ${table}`)
      await Promise.all([last, ...pools].filter(({ ending }) => !ending).map((each) => each.end()))
    },
  }
}
