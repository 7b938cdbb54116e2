// A process that makes and revokes service keys in a table of PostgreSQL until it is killed: `postgres-worker.ts TABLE`.
import { Pool } from 'pg'
import { serviceKeys } from '../../src/service-keys/index.ts'
import { postgresServiceKeys } from '../../src/service-keys/postgres/index.ts'
import { databaseUrl } from '../ledger/database.ts'
import type { Acknowledgement } from './worker.ts'

const [, , table = ''] = process.argv
const pool = new Pool({ connectionString: databaseUrl() ?? '', max: 1 })
const keys = serviceKeys({ store: postgresServiceKeys({ pool, table }) })
const say = (acknowledgement: Acknowledgement): void => void process.send?.(acknowledgement)

for (;;) {
  const { id } = await keys.create({ agent: 'support' })
  say({ what: 'created', id })
  await keys.revoke(id)
  say({ what: 'revoked', id })
}
