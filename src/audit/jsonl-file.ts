import type { AuditArchive, AuditEntry, AuditQuery, PruneOptions } from '../contracts/archive.ts'
import type { AuditRecord, AuditSink } from '../contracts/audit.ts'
import type { AuditChainLink } from '../contracts/audit-link.ts'
import { ModelyardError } from '../errors.ts'
import { AppendFile } from './append-file.ts'
import { lineOf } from './record-line.ts'
import { checkRotate, Rotation } from './rotation.ts'
import type { RotateOptions } from './rotation.ts'

/** Where and how safely records are written. */
export interface JsonlAuditOptions {
  /** The file; its folder must exist. A new one is readable and writable by its owner only (0600). */
  readonly path: string
  /**
   * When a record is safe from a power cut. `always` (default): before its write resolves; records that come together
   * share one sync. `interval`: at most `intervalMs` later. `never`: when the system sees fit. A crash of the process
   * alone loses no finished write in any of them.
   */
  readonly fsync?: 'always' | 'interval' | 'never'
  /** For `fsync: 'interval'`, in ms. Default 1,000. */
  readonly intervalMs?: number
  /**
   * When the file is put aside, under its name with the time and eight more letters, and a new one begun: before it outgrows
   * `maxBytes`, with the first record of a day (UTC), or both; `keep` deletes the oldest. Default: never.
   */
  readonly rotate?: RotateOptions
}

/**
 * A sink that says when a record is written: `write` and `flush` reject when it could not be. Its archive is the file and those
 * that `rotate` has put aside.
 */
export interface JsonlAudit extends Required<AuditSink>, Required<AuditArchive> {
  write(record: AuditRecord): Promise<void>
  /** Deletes whole files that were put aside, a minute ago or earlier, and whose records are all that old. */
  prune(options: PruneOptions): Promise<number>
  /**
   * Overwrites `personal` with blanks, in the file that is written too, while any number of processes go on writing. On the disk when
   * it resolves; if it is interrupted, call it again.
   */
  deleteSubject(subject: string): Promise<number>
}

/**
 * Appends one line of JSON per record to a file that is opened with the first of them. Several processes may share the
 * file: whole lines only. A write that fails rejects, and the next one opens the file anew, so a full disk that gets room
 * again, or a folder that is made later, needs no restart. Nor does a file that somebody else rotates or removes: what is
 * written next is found under `path`.
 *
 * @throws ModelyardError `BAD_OPTION` with the field.
 */
export function jsonlAudit({ path, fsync = 'always', intervalMs = 1_000, rotate }: JsonlAuditOptions): JsonlAudit {
  check({ path, fsync, intervalMs })
  checkRotate(rotate)
  const rotation = rotate === undefined ? undefined : new Rotation(path, rotate)
  return new JsonlFile(new AppendFile(path, rotation), fsync, intervalMs)
}

/** Lines that came while the batch before them was being written. */
interface Entry {
  /** Empty for a flush. */
  readonly line: string
  /** Asks for a sync whatever the mode. */
  readonly sync: boolean
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** The largest batch that is written at once, and the most that may wait, in characters. */
const largestBatch = 1_048_576
const mostWaiting = 64 * largestBatch

class JsonlFile implements JsonlAudit {
  readonly #file: AppendFile
  readonly #fsync: 'always' | 'interval' | 'never'
  readonly #intervalMs: number
  #waiting: Entry[] = []
  #waitingLength = 0
  #isRunning = false
  #timer: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  constructor(file: AppendFile, fsync: 'always' | 'interval' | 'never', intervalMs: number) {
    this.#file = file
    this.#fsync = fsync
    this.#intervalMs = intervalMs
  }

  write(record: AuditRecord): Promise<void> {
    const written = this.#enter(() => lineOf(record))
    // Whoever does not wait for the write has not asked to be stopped by its failure.
    written.catch(() => {})
    return written
  }

  flush(): Promise<void> {
    return this.#closing ?? this.#enter(() => '')
  }

  close(): Promise<void> {
    this.#closing ??= this.#close(this.#enter(() => ''))
    return this.#closing
  }

  async *read(query: AuditQuery = {}): AsyncGenerator<AuditRecord> {
    const { recordsOfFile } = await import('./jsonl-archive.ts')
    yield* recordsOfFile(this.#file.path, query)
  }

  async *entries(): AsyncGenerator<AuditEntry> {
    const { entriesOfFile } = await import('./jsonl-archive.ts')
    yield* entriesOfFile(this.#file.path)
  }

  async lastLink(): Promise<AuditChainLink | undefined> {
    const { lastLinkOfFile } = await import('./jsonl-archive.ts')
    return lastLinkOfFile(this.#file.path)
  }

  async prune(options: PruneOptions): Promise<number> {
    const { pruneFiles } = await import('./jsonl-archive.ts')
    return pruneFiles(this.#file.path, options)
  }

  async deleteSubject(subject: string): Promise<number> {
    const { eraseInFiles } = await import('./jsonl-erase.ts')
    // What is on its way here is then in the file, or never will be.
    await Promise.allSettled([this.flush()])
    return eraseInFiles(this.#file.path, subject)
  }

  async #close(flushed: Promise<void>): Promise<void> {
    try {
      await flushed
    } finally {
      clearTimeout(this.#timer)
      await this.#file.close()
    }
  }

  #enter(makeLine: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closing !== undefined) throw new Error(`the audit file ${this.#file.path} is closed`)
      if (this.#waitingLength > mostWaiting) throw new Error(`the audit file ${this.#file.path} cannot keep up`)
      const line = makeLine()
      this.#waiting.push({ line, sync: line === '', resolve, reject })
      this.#waitingLength += line.length
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    // Whatever is written in the same turn goes into the same batch.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#commit(this.#take())
    this.#isRunning = false
  }

  #take(): readonly Entry[] {
    let count = 0
    let length = 0
    for (const { line } of this.#waiting) {
      if (count > 0 && length + line.length > largestBatch) break
      count += 1
      length += line.length
    }
    this.#waitingLength -= length
    return this.#waiting.splice(0, count)
  }

  async #commit(batch: readonly Entry[]): Promise<void> {
    try {
      await this.#file.append(batch.map(({ line }) => line).join(''))
      if (this.#fsync === 'always' || batch.some(({ sync }) => sync)) await this.#file.sync()
      else if (this.#fsync === 'interval') this.#syncLater()
      for (const { resolve } of batch) resolve()
    } catch (error) {
      // Opened anew, the file says itself whether its last line was torn.
      await this.#file.close()
      for (const { reject } of batch) reject(error)
    }
  }

  #syncLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      // A sync that fails is tried again after the next write; who must know asks with flush().
      this.flush().catch(() => {})
    }, this.#intervalMs).unref()
  }
}

function check({ path, fsync, intervalMs }: Required<Omit<JsonlAuditOptions, 'rotate'>>): void {
  if (typeof path !== 'string' || path === '') throw wrong('path', 'the name of a file', path)
  if (!['always', 'interval', 'never'].includes(fsync)) throw wrong('fsync', "'always', 'interval' or 'never'", fsync)
  if (!(intervalMs >= 1 && intervalMs < 2 ** 31))
    throw wrong('intervalMs', 'a number of milliseconds from 1 to 2147483647', intervalMs)
}

function wrong(field: string, wanted: string, value: unknown): ModelyardError {
  const came = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return new ModelyardError('BAD_OPTION', `jsonlAudit: ${field} must be ${wanted}, got ${came}`, { field })
}
