// A process that writes to a key file: `writer.ts FILE MASTER NAME COUNT [KILLED_AT]`. With the last it kills itself before
// that step of the file system, and within it where the step writes.
import * as promises from 'node:fs/promises'
import { lockTimes } from '../../src/files/lock.ts'
import { FilePlace } from '../../src/keys/file/place.ts'
import { masterKeyRing } from '../../src/keys/master/ring.ts'
import { EncryptedKeyStore } from '../../src/keys/sealed/store.ts'
import { stepping } from '../files/stepping.ts'

/** What a process says when a change is on the disk. */
export interface Acknowledgement {
  readonly acknowledged: string
}

const [, , path = '', master = '', name = '', count = '1', killedAt = '0', isRotation = ''] = process.argv

const place = new FilePlace({
  path,
  ring: masterKeyRing({ unwrap: () => master }),
  files: killedAt === '0' ? promises : stepping({ ...promises }, Number(killedAt)),
  times: lockTimes,
  onError: undefined,
})
const store = new EncryptedKeyStore(place, { now: Date.now, clockSkewMs: 0 })
for (let number = 0; number < Number(count); number += 1) {
  await store.set(`${name}-${number}`, `value-of-${name}-${number}`)
  process.send?.({ acknowledged: `${name}-${number}` } satisfies Acknowledgement)
}
if (isRotation !== '') {
  await store.rotate()
  process.send?.({ acknowledged: 'rotation' } satisfies Acknowledgement)
}
