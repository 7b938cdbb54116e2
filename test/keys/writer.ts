// A process that writes to a key file: `writer.ts FILE MASTER NAME COUNT [KILLED_AT]`. With the last it kills itself before
// that step of the file system, and within it where the step writes.
import * as promises from 'node:fs/promises'
import { lockTimes } from '../../src/files/lock.ts'
import { FilePlace } from '../../src/keys/file/place.ts'
import { masterKeyRing } from '../../src/keys/master/ring.ts'
import { EncryptedKeyStore } from '../../src/keys/sealed/store.ts'

/** What a process says when a change is on the disk. */
export interface Acknowledgement {
  readonly acknowledged: string
}

const [, , path = '', master = '', name = '', count = '1', killedAt = '0', isRotation = ''] = process.argv
let step = 0

/** Every function of the file system, and of the files that it opens, is a step. */
function stepping<Target extends object>(target: Target): Target {
  return new Proxy(target, {
    get(_, property) {
      const value: unknown = Reflect.get(target, property)
      if (typeof value !== 'function') return value
      return async (...parameters: unknown[]) => {
        step += 1
        if (step === Number(killedAt)) {
          // Half of what was to be written is worse than nothing of it.
          const [text] = parameters
          if (property === 'writeFile' && parameters.length === 1 && typeof text === 'string')
            await Reflect.apply(value, target, [text.slice(0, text.length / 2)])
          process.kill(process.pid, 'SIGKILL')
          await new Promise(() => setInterval(() => undefined, 1_000))
        }
        const result: unknown = await Reflect.apply(value, target, parameters)
        return property === 'open' && typeof result === 'object' && result !== null ? stepping(result) : result
      }
    },
  })
}

const place = new FilePlace({
  path,
  ring: masterKeyRing({ unwrap: () => master }),
  files: killedAt === '0' ? promises : stepping({ ...promises }),
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
