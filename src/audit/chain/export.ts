import * as promises from 'node:fs/promises'
import type { AuditArchive, AuditQuery } from '../../contracts/archive.ts'
import { replaceWhole } from '../../files/replace.ts'
import { lineOf } from '../record-line.ts'

/** So many characters are written at once. */
const chunkSize = 65_536

/** Writes what an archive gives into a file of its own, whole or not at all; how many records. */
export async function exported(archive: Pick<AuditArchive, 'read'>, path: string, query: AuditQuery | undefined): Promise<number> {
  let count = 0
  const lines = async function* (): AsyncGenerator<string> {
    let chunk = ''
    for await (const record of archive.read(query)) {
      chunk += lineOf(record)
      count += 1
      if (chunk.length < chunkSize) continue
      yield chunk
      chunk = ''
    }
    if (chunk !== '') yield chunk
  }
  await replaceWhole(promises, { path, text: lines(), mayStill: () => Promise.resolve() })
  return count
}
