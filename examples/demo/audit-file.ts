import { closeSync, mkdtempSync, openSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { AuditRecord } from 'modelyard'
import { UsageError } from './arguments.ts'

/** The file of the audit trail. */
export interface AuditFile {
  readonly path: string
  /** How many of these records are really in it, whole. */
  readonly holds: (records: readonly AuditRecord[]) => number
}

/**
 * The file named, or a new one in the system's temporary folder.
 *
 * @throws UsageError where no record could be written: better now than after the run.
 */
export function auditFile(given: string | undefined): AuditFile {
  const path = given ?? join(mkdtempSync(join(tmpdir(), 'modelyard-demo-')), 'audit.jsonl')
  const before = sizeOf(path)
  return {
    path,
    holds(records) {
      const lines = readFileSync(path).subarray(before).toString('utf8').split('\n')
      const found = new Set(lines.map(normal))
      return records.filter((record) => found.has(JSON.stringify(record))).length
    },
  }
}

/** How much is in the file already; new records go after it. */
function sizeOf(path: string): number {
  const folder = statSync(dirname(path), { throwIfNoEntry: false })
  if (folder === undefined) throw new UsageError(`--audit: the folder ${dirname(path)} does not exist`)
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory() === true)
    throw new UsageError(`--audit: ${path} is a folder; name a file, such as ${join(path, 'audit.jsonl')}`)
  if (stats?.isFile() === false) throw new UsageError(`--audit: ${path} is no ordinary file`)
  try {
    closeSync(openSync(path, 'a', 0o600))
  } catch (error) {
    throw new UsageError(`--audit: ${path} cannot be written (${error instanceof Error ? error.message : String(error)})`, {
      cause: error,
    })
  }
  return stats?.size ?? 0
}

/** A line as it would be written anew; nothing for one that is no JSON. */
function normal(line: string): string {
  try {
    return JSON.stringify(JSON.parse(line))
  } catch {
    return ''
  }
}
