import { open, unlink, type FileHandle } from 'node:fs/promises'
import type { AuditEntry, AuditQuery, PruneOptions } from '../contracts/archive.ts'
import type { AuditRecord } from '../contracts/audit.ts'
import type { AuditChainLink, AuditHead } from '../contracts/audit-link.ts'
import { declared } from './declared.ts'
import { entryOfLine, parsed } from './line-entry.ts'
import { linesIn } from './lines.ts'
import { isRecord, matcherOf, timeOf } from './query.ts'
import { asideFiles, asideSince } from './rotation.ts'

/** A file of the archive, open. Whoever takes it closes it. */
interface OpenFile {
  readonly path: string
  readonly file: FileHandle
}

/**
 * The files that were put aside, oldest first, and then the one that is written. One that is put aside meanwhile comes once: its
 * descriptor is taken first.
 */
export async function* filesOf(path: string, flags: 'r' | 'r+' = 'r'): AsyncGenerator<OpenFile> {
  const current = await openIfThere(path, flags)
  try {
    const inode = (await current?.stat())?.ino
    for (const aside of await asideFiles(path)) {
      await using file = await openIfThere(aside, flags)
      if (file !== undefined && (await file.stat()).ino !== inode) yield { path: aside, file }
    }
    if (current !== undefined) yield { path, file: current }
  } finally {
    await current?.close()
  }
}

function openIfThere(path: string, flags: 'r' | 'r+'): Promise<FileHandle | undefined> {
  return ifThere(open(path, flags))
}

/** Nothing where somebody else has put the file aside, or removed it, meanwhile. */
async function ifThere<Value>(work: Promise<Value>): Promise<Value | undefined> {
  try {
    return await work
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether there is the file, or one that was put aside. */
export async function isAnyThere(path: string): Promise<boolean> {
  for await (const each of filesOf(path)) return each.path !== ''
  return false
}

/** Every line of a file and of those that were put aside. A file that is not there has none. */
export async function* entriesOfFile(path: string): AsyncGenerator<AuditEntry> {
  for await (const each of filesOf(path)) {
    for await (const { bytes, number } of linesIn(each.file))
      yield entryOfLine(bytes.toString(), { where: `${each.path}:${number}`, file: each.path })
  }
}

/** The records that are asked for. */
export async function* recordsOfFile(path: string, query: AuditQuery): AsyncGenerator<AuditRecord> {
  const matches = matcherOf(query)
  for await (const { record, where } of entriesOfFile(path)) {
    if (!isRecord(record)) query.onUnreadable?.(where)
    else if (matches(record)) yield record
  }
}

/** At the end of a file; a record that is larger is not found, and the next chain begins without knowing of it. */
const tailSize = 1_048_576

export async function lastLinkOfFile(path: string): Promise<AuditChainLink | undefined> {
  for (const each of [path, (await asideFiles(path)).at(-1)]) {
    await using file = each === undefined ? undefined : await openIfThere(each, 'r')
    const link = file && (await lastLinkIn(file))
    if (link !== undefined) return link
  }
  return undefined
}

async function lastLinkIn(file: FileHandle): Promise<AuditChainLink | undefined> {
  const { size } = await file.stat()
  const length = Math.min(size, tailSize)
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, size - length)
  const lines = buffer.toString('utf8', 0, bytesRead).split('\n')
  for (const line of lines.toReversed()) {
    const record = parsed(line)
    if (isRecord(record) && record.chain !== undefined) return record.chain
  }
  return undefined
}

/** A process that was about to write into a file when it was put aside has done so by then, in ms. */
const settledAfterMs = 60_000

/** Deletes files that were put aside and whose records are all old; how many records. */
export async function pruneFiles(path: string, { before, declare }: PruneOptions): Promise<number> {
  const end = timeOf('before', before)
  const old: string[] = []
  const upTo = new Map<string, AuditHead>()
  let count = 0
  for (const aside of await asideFiles(path)) {
    const settled = Date.now() - asideSince(aside) >= settledAfterMs
    const contents = settled ? await contentsOf(aside, end) : undefined
    // What comes later stays, so that every chain is cut in one place.
    if (contents === undefined) break
    old.push(aside)
    count += contents.records
    for (const head of contents.upTo.values()) upTo.set(head.chain, head)
  }
  await declared([...upTo.values()], declare)
  for (const each of old) await ifThere(unlink(each))
  return count
}

/** What a file holds, where all of it is older than that. */
async function contentsOf(
  path: string,
  end: string,
): Promise<{ records: number; upTo: ReadonlyMap<string, AuditHead> } | undefined> {
  const upTo = new Map<string, AuditHead>()
  let records = 0
  await using file = await openIfThere(path, 'r')
  for await (const { bytes } of file === undefined ? [] : linesIn(file)) {
    const record = parsed(bytes.toString())
    if (!isRecord(record)) continue
    if (record.at >= end) return undefined
    records += 1
    const { chain } = record
    if (chain !== undefined && chain.n > (upTo.get(chain.id)?.n ?? 0))
      upTo.set(chain.id, { chain: chain.id, n: chain.n, hash: chain.hash })
  }
  return { records, upTo }
}
