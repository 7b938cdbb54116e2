// A process that makes and revokes service keys in a file: `worker.ts FILE COUNT [KILLED_AT]`. With the last it kills itself before
// that step of the file system, and within it where the step writes.
import * as promises from 'node:fs/promises'
import { lockTimes } from '../../src/files/lock.ts'
import { FileServiceKeyStore } from '../../src/service-keys/file/store.ts'
import { serviceKeys } from '../../src/service-keys/index.ts'
import { stepping } from '../files/stepping.ts'

/** What a process says when a change is on the disk. */
export interface Acknowledgement {
  readonly what: 'created' | 'revoked'
  readonly id: string
}

const [, , path = '', count = '1', killedAt = '0'] = process.argv
const files = killedAt === '0' ? promises : stepping({ ...promises }, Number(killedAt))
const keys = serviceKeys({ store: new FileServiceKeyStore({ path, files, times: lockTimes }) })
const say = (acknowledgement: Acknowledgement): void => void process.send?.(acknowledgement)

for (let number = 0; number < Number(count); number += 1) {
  const { id } = await keys.create({ agent: 'support' })
  say({ what: 'created', id })
  await keys.revoke(id)
  say({ what: 'revoked', id })
}
