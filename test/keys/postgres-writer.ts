// A process that writes to a table of keys: `postgres-writer.ts URL TABLE MASTER NAME COUNT [KILLED_AT] [ROTATION]`. With the last
// but one it kills itself at that step: the odd ones are before a statement, the even ones when it is on its way.
import { Pool } from 'pg'
import { postgresKeys } from '../../src/keys/postgres/index.ts'
import { passing } from './passing.ts'

/** What a process says when a change is committed. */
export interface Acknowledgement {
  readonly acknowledged: string
}

const [, , url = '', table = '', master = '', name = '', count = '1', killedAt = '0', isRotation = ''] = process.argv
let step = 0

/** Ends the process, if it is time. */
async function reach(): Promise<void> {
  step += 1
  if (step !== Number(killedAt)) return
  process.kill(process.pid, 'SIGKILL')
  await new Promise(() => setInterval(() => undefined, 1_000))
}

const real = new Pool({ connectionString: url, max: 2, application_name: name })
// The end of an idle connection is nothing to end for.
real.on('error', () => undefined)
const pool = passing(real, async ({ run }) => {
  await reach()
  const answer = run()
  answer.catch(() => undefined)
  // What is written in this turn of the loop is with the system in the next one.
  await new Promise((resolve) => setImmediate(resolve))
  await reach()
  return answer
})

const store = postgresKeys({ pool, table, masterKey: { unwrap: () => master } })
/** Says that a change is committed. One whose connection was ended under it is not, and the next one is made. */
async function acknowledge(change: Promise<void>, acknowledged: string): Promise<void> {
  const isMade = await change.then(
    () => true,
    () => false,
  )
  if (isMade) process.send?.({ acknowledged } satisfies Acknowledgement)
}

for (let number = 0; number < Number(count); number += 1)
  await acknowledge(store.set(`${name}-${number}`, `value-of-${name}-${number}`), `${name}-${number}`)
if (isRotation !== '') await acknowledge(store.rotate(), 'rotation')
await real.end()
process.disconnect()
