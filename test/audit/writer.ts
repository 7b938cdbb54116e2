// One of several processes that write a chained trail with content to one file or table. Says which records it was promised; ends,
// or is killed.
import { writeSync } from 'node:fs'
import { Pool } from 'pg'
import { jsonlAudit } from '../../src/audit/jsonl-file.ts'
import { chained } from '../../src/audit/chain/index.ts'
import { postgresAudit } from '../../src/audit/postgres/index.ts'
import type { AuditRecord } from '../../src/index.ts'

/** What a writer is told. */
export interface WriterOptions {
  readonly place: { readonly path: string; readonly maxBytes: number } | { readonly url: string; readonly table: string }
  readonly name: string
  /** How many records it writes. */
  readonly count: number
  /** PEM. */
  readonly privateKey: string
}

const options: WriterOptions = JSON.parse(process.argv[2] ?? '')
const { place, name, count, privateKey } = options

const pool = new Pool({ ...('url' in place && { connectionString: place.url }), max: 2, application_name: name })
const archive =
  'path' in place
    ? jsonlAudit({ path: place.path, fsync: 'never', rotate: { maxBytes: place.maxBytes } })
    : postgresAudit({ pool, table: place.table })
const sink = chained(archive, { sign: { privateKey }, headEvery: { records: 20 } })

// As a server does; a sink that waits for its next try does not.
const alive = setInterval(() => {}, 60_000)
for (let seq = 0; seq < count; seq += 5) {
  const batch = [0, 1, 2, 3, 4].map(async (index) => {
    const record: AuditRecord = {
      v: 1,
      id: `${name}-${seq + index}`,
      at: new Date().toISOString(),
      seq: seq + index,
      event: { type: 'request.accepted', model: 'acme/large', stream: false, operation: 'chat' },
      personal: { subject: `user-${index % 3}`, content: `secret of user-${index % 3}: "${'\\é '.repeat(seq % 40)}"` },
    }
    await sink.write(record)
    writeSync(1, `${record.id}\n`)
  })
  await Promise.all(batch)
}
await sink.close()
await pool.end()
clearInterval(alive)
