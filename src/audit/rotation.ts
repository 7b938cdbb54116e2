import { ModelyardError } from '../errors.ts'

/** When a file is put aside and a new one begun. A file that is rotated in neither way grows for ever. */
export interface RotateOptions {
  /** Before it would get larger than this, in bytes. Default: no limit. A batch that is larger by itself has a file of its own. */
  readonly maxBytes?: number
  /** Before the first record of another day, UTC. Default false. */
  readonly daily?: boolean
  /** How many files are kept besides the one that is written; older ones are deleted. Default: all of them. */
  readonly keep?: number
}

/** What a rotation needs to know of a file. */
export interface Grown {
  readonly size: number
  /** The UTC day that it began with, `2026-11-22`. */
  readonly day: string | undefined
}

/** When to rotate a file, and what becomes of those that were put aside. */
export class Rotation {
  readonly #path: string
  readonly #options: RotateOptions
  #lastStamp = 0

  constructor(path: string, options: RotateOptions) {
    this.#path = path
    this.#options = options
  }

  /** Whether these bytes, which begin with this day, go to a new file. A record that comes late stays with those of the next day. */
  isDue({ size, day }: Grown, length: number, today: string | undefined): boolean {
    const { maxBytes = Infinity, daily = false } = this.#options
    if (size === 0) return false
    return size + length > maxBytes || (daily && today !== undefined && day !== undefined && today > day)
  }

  /**
   * Puts the file aside under a name that no other has: `audit.20261122T091502123Z-1f3a5b7c.jsonl`. Names sort by time. One
   * atomic step, so that processes that come to it at once, and those that die in it, lose nothing.
   */
  async rotate(): Promise<void> {
    const { rename } = process.getBuiltinModule('node:fs/promises')
    const { dir, base, ext } = named(this.#path)
    // Files that are put aside within one millisecond keep their order.
    this.#lastStamp = Math.max(Date.now(), this.#lastStamp + 1)
    const at = new Date(this.#lastStamp).toISOString().replace(/[-:.]/g, '')
    const unique = crypto.randomUUID().slice(0, 8)
    try {
      await rename(this.#path, `${dir}/${base}.${at}-${unique}${ext}`)
    } catch (error) {
      // Somebody else has put it aside.
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }

  /** Deletes the oldest files that were put aside, beyond as many as are kept. That it cannot costs nobody a record. */
  async prune(): Promise<void> {
    const { keep } = this.#options
    if (keep === undefined) return
    const { unlink } = process.getBuiltinModule('node:fs/promises')
    const aside = await asideFiles(this.#path).catch(() => [])
    const old = aside.slice(0, Math.max(0, aside.length - keep))
    await Promise.allSettled(old.map((path) => unlink(path)))
  }
}

const asideName = /^\.\d{8}T\d{9}Z-[0-9a-f]{8}$/

/** The files that were put aside, oldest first. */
export async function asideFiles(path: string): Promise<string[]> {
  const { readdir } = process.getBuiltinModule('node:fs/promises')
  const { dir, base, ext } = named(path)
  const isAside = (name: string): boolean =>
    name.startsWith(`${base}.`) && name.endsWith(ext) && asideName.test(name.slice(base.length, name.length - ext.length))
  const names = await readdir(dir).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
  return names
    .filter(isAside)
    .toSorted()
    .map((name) => `${dir}/${name}`)
}

/** When a file was put aside, in ms since 1970. */
export function asideSince(aside: string): number {
  const [stamp = ''] = /\d{8}T\d{9}Z(?=-[0-9a-f]{8}[^/]*$)/.exec(aside) ?? []
  return Date.parse(stamp.replace(/^(....)(..)(..)T(..)(..)(..)(...)Z$/, '$1-$2-$3T$4:$5:$6.$7Z'))
}

function named(path: string): { readonly dir: string; readonly base: string; readonly ext: string } {
  const { dir, name, ext } = process.getBuiltinModule('node:path').parse(path)
  return { dir: dir === '' ? '.' : dir, base: name, ext }
}

/** The UTC day of the first record in some lines, by the time that each record begins with. */
export function dayOf(lines: string): string | undefined {
  return /"at":"(\d{4}-\d\d-\d\d)T/.exec(lines)?.[1]
}

const fields: Readonly<Record<string, { readonly wanted: string; readonly accepts: (value: unknown) => boolean }>> = {
  maxBytes: { wanted: 'a number of bytes from 1', accepts: isCount },
  daily: { wanted: 'true or false', accepts: (value) => typeof value === 'boolean' },
  keep: { wanted: 'a number of files from 1', accepts: isCount },
}

/** @throws ModelyardError `BAD_OPTION` naming the field. */
export function checkRotate(rotate: unknown): void {
  if (rotate === undefined) return
  if (typeof rotate !== 'object' || rotate === null) throw wrong('rotate', 'an object', rotate)
  const given = new Map<string, unknown>(Object.entries(rotate).filter(([, value]) => value !== undefined))
  for (const [name, value] of given) {
    const field = fields[name]
    if (field === undefined) throw wrong(`rotate.${name}`, 'left out: there is no such option', value)
    if (!field.accepts(value)) throw wrong(`rotate.${name}`, field.wanted, value)
  }
  if (!given.has('maxBytes') && given.get('daily') !== true)
    throw wrong('rotate', '{ maxBytes }, { daily: true } or both', JSON.stringify(rotate))
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1
}

function wrong(field: string, wanted: string, value: unknown): ModelyardError {
  return new ModelyardError('BAD_OPTION', `jsonlAudit: ${field} must be ${wanted}, got ${String(value)}`, { field })
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}
