import type { AuditArchive, AuditEntry } from '../../contracts/archive.ts'
import type { AuditRecord } from '../../contracts/audit.ts'
import { ModelyardError } from '../../errors.ts'
import { entriesOfFile, isAnyThere } from '../jsonl-archive.ts'
import { entryOfLine } from '../line-entry.ts'

/** What `verifyAudit()` reads: files with those that were put aside, an archive, or records or lines one after the other. */
export type AuditSource = string | readonly string[] | AuditArchive | Iterable<AuditRecord> | AsyncIterable<AuditRecord | string>

/** Everything in it, in order. */
export async function* entriesIn(source: AuditSource): AsyncGenerator<AuditEntry> {
  if (typeof source === 'string') yield* entriesAt(source)
  else if (isArchive(source)) yield* source.entries?.() ?? numbered(source.read())
  else if (isPaths(source)) for (const path of source) yield* entriesAt(path)
  else if (isIterable(source)) yield* numbered(source)
  else
    throw new ModelyardError(
      'BAD_OPTION',
      'verifyAudit(source): give it a path, several, an archive, or records one after the other',
      {
        field: 'source',
      },
    )
}

async function* entriesAt(path: string): AsyncGenerator<AuditEntry> {
  // Of nothing there would be nothing wrong.
  if (!(await isAnyThere(path)))
    throw new ModelyardError('BAD_OPTION', `verifyAudit(source): there is no file ${path}`, { field: 'source' })
  yield* entriesOfFile(path)
}

async function* numbered(records: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<AuditEntry> {
  let count = 0
  for await (const record of records) {
    count += 1
    const where = `record ${count}`
    yield typeof record === 'string' ? entryOfLine(record, { where }) : { record, where }
  }
}

function isPaths(source: unknown): source is readonly string[] {
  return Array.isArray(source) && source.length > 0 && source.every((each) => typeof each === 'string')
}

function isArchive(source: unknown): source is AuditArchive {
  return typeof source === 'object' && source !== null && 'read' in source && typeof source.read === 'function'
}

function isIterable(source: unknown): source is Iterable<unknown> | AsyncIterable<unknown> {
  return typeof source === 'object' && source !== null && (Symbol.iterator in source || Symbol.asyncIterator in source)
}
