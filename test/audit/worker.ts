// One of several processes that write to one audit table: makes its calls, says how many records it lost, and ends.
import { Pool } from 'pg'
import { postgresAudit } from '../../src/audit/postgres/index.ts'
import { createRouter, memoryAudit } from '../../src/index.ts'
import { answer, fakeProvider } from '../../src/testing/index.ts'

/** What a process says: how far it is, and at its end what it has written and lost. */
export type Told = { readonly round: number } | { readonly ids: readonly string[]; readonly lost: number }

const [, , url = '', table = '', name = '', rounds = '0', isKilled = ''] = process.argv

const pool = new Pool({ connectionString: url, max: 2, application_name: name })
const sink = postgresAudit({ pool, table })
await sink.migrate()
const memory = memoryAudit()
const client = createRouter({
  providers: [fakeProvider({ models: ['m'], script: answer('Hello') })],
  audit: [sink, memory],
})
const say = (told: Told): Promise<void> =>
  new Promise((resolve, reject) => process.send?.(told, (error: Error | null) => (error === null ? resolve() : reject(error))))

for (let round = 1; round <= Number(rounds); round++) {
  const calls = Array.from({ length: 10 }, () =>
    client.chat.completions.create({ model: 'fake/m', messages: [{ role: 'user', content: 'Hi' }] }),
  )
  await Promise.all(calls)
  // Committed in every other round; in between batches are under way when the next one begins.
  if (round % 2 === 0) await client.flush()
  await say({ round })
}
const flushed = await client.flush()
const ids = memory.records.map(({ id }) => id)
// Without a word to anybody else: what was flushed must be there all the same.
if (isKilled === 'killed') {
  await say({ ids, lost: flushed })
  process.kill(process.pid, 'SIGKILL')
}
await say({ ids, lost: await client.close() })
await pool.end()
process.disconnect()
