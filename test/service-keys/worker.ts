// A process that makes and revokes service keys: `worker.ts WHERE COUNT [KILLED_AT]`, where WHERE is a file, or `table:NAME` in
// PostgreSQL. With the last it kills itself before that step of the file system, and within it where the step writes.
import * as promises from 'node:fs/promises'
import { Pool } from 'pg'
import { lockTimes } from '../../src/files/lock.ts'
import { FileServiceKeyStore } from '../../src/service-keys/file/store.ts'
import { serviceKeys } from '../../src/service-keys/index.ts'
import { postgresServiceKeys } from '../../src/service-keys/postgres/index.ts'
import { stepping } from '../files/stepping.ts'
import { databaseUrl } from '../ledger/database.ts'

/** What a process says when a change is on the disk. */
export interface Acknowledgement {
  readonly what: 'created' | 'revoked'
  readonly id: string
}

const [, , where = '', count = '1', killedAt = '0'] = process.argv
const files = killedAt === '0' ? promises : stepping({ ...promises }, Number(killedAt))
const [, table] = /^table:(.+)/.exec(where) ?? []
const store =
  table === undefined
    ? new FileServiceKeyStore({ path: where, files, times: lockTimes })
    : postgresServiceKeys({ pool: new Pool({ connectionString: databaseUrl() ?? '', max: 1 }), table })
const keys = serviceKeys({ store })
const say = (acknowledgement: Acknowledgement): void => void process.send?.(acknowledgement)

for (let number = 0; number < Number(count); number += 1) {
  const { id } = await keys.create({ agent: 'support' })
  say({ what: 'created', id })
  await keys.revoke(id)
  say({ what: 'revoked', id })
}
