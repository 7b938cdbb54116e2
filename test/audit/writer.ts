// One of several processes that write a chained trail with content to one file. Says which records it was promised; ends, or is killed.
import { writeSync } from 'node:fs'
import { jsonlAudit } from '../../src/audit/jsonl-file.ts'
import { chained } from '../../src/audit/chain/index.ts'
import type { AuditRecord } from '../../src/index.ts'

/** What a writer is told. */
export interface WriterOptions {
  readonly path: string
  readonly name: string
  /** How many records it writes. */
  readonly count: number
  readonly maxBytes: number
  /** PEM. */
  readonly privateKey: string
}

const options: WriterOptions = JSON.parse(process.argv[2] ?? '')
const { path, name, count, maxBytes, privateKey } = options

const file = jsonlAudit({ path, fsync: 'never', rotate: { maxBytes } })
const sink = chained(file, { sign: { privateKey }, headEvery: { records: 20 } })

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
