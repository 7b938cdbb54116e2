// A table of its own for each test, in a real PostgreSQL.
import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { Pool } from 'pg'
import type { PostgresLedger } from '../../src/ledger/postgres/index.ts'
import { postgresLedger } from '../../src/ledger/postgres/index.ts'

/** `DATABASE_URL` with a user: as with PostgreSQL's own programs, the machine's where the address names none. */
export function databaseUrl(): string | undefined {
  const given = process.env['DATABASE_URL']
  if (given === undefined || given === '') return undefined
  const url = new URL(given)
  if (url.username === '') url.username = userInfo().username
  return url.href
}

export interface Database extends AsyncDisposable {
  readonly pool: Pool
  readonly table: string
  readonly store: PostgresLedger
}

/** `migrated: false`: the table is not there yet. `to`: another way to the same server. */
export async function database({ migrated = true, to = databaseUrl() ?? '' } = {}): Promise<Database> {
  const direct = new Pool({ connectionString: databaseUrl() ?? '', max: 4 })
  const pool = to === databaseUrl() ? direct : new Pool({ connectionString: to, max: 4 })
  const table = `ledger_${randomUUID().replaceAll('-', '')}`
  const store = postgresLedger({ pool, table })
  if (migrated) await postgresLedger({ pool: direct, table }).migrate()
  return {
    pool,
    table,
    store,
    async [Symbol.asyncDispose]() {
      await direct.query(`DROP TABLE IF EXISTS ${table}`)
      await Promise.all([...new Set([direct, pool])].map((each) => each.end()))
    },
  }
}
