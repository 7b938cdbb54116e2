// Every store of service keys, each test with one of its own.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import type { ServiceKeyStore } from '../../src/index.ts'
import { fileServiceKeys } from '../../src/service-keys/file/index.ts'
import { memoryServiceKeys } from '../../src/service-keys/index.ts'
import { postgresServiceKeys } from '../../src/service-keys/postgres/index.ts'
import { databaseUrl } from '../ledger/database.ts'

/** Where keys are kept. */
export interface KeyPlace extends AsyncDisposable {
  readonly store: ServiceKeyStore
  /** The same keys as another process sees them. */
  readonly elsewhere: ServiceKeyStore
}

async function memoryPlace(): Promise<KeyPlace> {
  const store = memoryServiceKeys()
  return { store, elsewhere: store, async [Symbol.asyncDispose]() {} }
}

/** A folder that goes when the test ends. */
export function keyFolder(): Disposable & { readonly path: string; readonly file: string } {
  const path = mkdtempSync(join(tmpdir(), 'modelyard-service-keys-'))
  return { path, file: join(path, 'service-keys.json'), [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

async function filePlace(): Promise<KeyPlace> {
  const folder = keyFolder()
  const [store, elsewhere] = [fileServiceKeys({ path: folder.file }), fileServiceKeys({ path: folder.file })]
  return {
    store,
    elsewhere,
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]()
    },
  }
}

export interface KeyTable extends KeyPlace {
  readonly pool: Pool
  readonly table: string
}

export async function postgresPlace(): Promise<KeyTable> {
  const [pool, other] = [1, 2].map(() => new Pool({ connectionString: databaseUrl() ?? '', max: 2 }))
  if (pool === undefined || other === undefined) throw new TypeError('no pools')
  const table = `service_keys_${randomUUID().replaceAll('-', '')}`
  const store = postgresServiceKeys({ pool, table })
  await store.migrate()
  return {
    store,
    elsewhere: postgresServiceKeys({ pool: other, table }),
    pool,
    table,
    async [Symbol.asyncDispose]() {
      await pool.query(`DROP TABLE IF EXISTS ${table}`)
      await Promise.all([pool.end(), other.end()])
    },
  }
}

/** The stores that can be had here: PostgreSQL where `DATABASE_URL` leads to one. */
export const keyPlaces: readonly (readonly [name: string, place: () => Promise<KeyPlace>])[] = [
  ['memory', memoryPlace],
  ['a file', filePlace],
  ...(databaseUrl() === undefined ? [] : [['PostgreSQL', postgresPlace] as const]),
]
