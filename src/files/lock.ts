import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { isRecord } from '../contracts/check-shape.ts'
import { FileFault } from './fault.ts'
import { codeOf, stateOf } from './private-file.ts'
import { draftOf, isAlive, sweep, type Files } from './replace.ts'

/** Times of a lock, in ms. */
export interface LockTimes {
  /** A lock that its owner has not touched for so long is nobody's. */
  readonly staleMs: number
  /** So often an owner touches it. */
  readonly touchMs: number
  /** So long a writer waits for its turn. */
  readonly patienceMs: number
}

export const lockTimes: LockTimes = { staleMs: 10_000, touchMs: 2_000, patienceMs: 60_000 }

/** What is locked, and with what. */
export interface Locking {
  readonly files: Files
  readonly path: string
  readonly times: LockTimes
}

/** Whose lock it is; `token` is of this one taking. */
interface Owner {
  readonly host: string
  readonly pid: number
  readonly token: string
}

function isOwner(value: unknown): value is Owner {
  if (!isRecord(value)) return false
  const { host, pid, token } = value
  return typeof host === 'string' && Number.isSafeInteger(pid) && typeof token === 'string'
}

interface Sight {
  readonly owner: Owner
  readonly state: string
}

/**
 * Runs `work` while no other writer of `path` does, in any process: a file beside it, `path.lock`, says whose turn it is.
 * The lock of a process of this machine that has ended is taken over at once; any other one when nobody has touched it for
 * ten seconds by the clock of who waits. `mayStill` rejects where that has happened to this very writer.
 *
 * @throws FileFault `locked` after a minute's wait; what the file system throws.
 */
export async function withLock<Result>(
  { files, path, times }: Locking,
  work: (mayStill: () => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const lock = `${path}.lock`
  const token = await acquire(files, lock, times)
  const touching = setInterval(() => {
    const now = new Date()
    // A lock that cannot be touched may be taken over, which mayStill() finds.
    files.utimes(lock, now, now).catch(() => undefined)
  }, times.touchMs).unref()
  try {
    await sweep(files, path)
    return await work(async () => {
      if ((await sight(files, lock))?.owner.token === token) return
      throw new FileFault('locked', `another writer has taken ${lock} over, because this one stood still for too long`)
    })
  } finally {
    clearInterval(touching)
    await release(files, lock, token)
  }
}

async function acquire(files: Files, lock: string, { staleMs, patienceMs }: LockTimes): Promise<string> {
  const started = performance.now()
  const token = crypto.randomUUID()
  let seen: (Sight & { readonly since: number }) | undefined
  for (;;) {
    const sighted = await sight(files, lock)
    if (sighted === undefined) {
      if (await claim(files, lock, token)) return token
    } else {
      const now = performance.now()
      if (sighted.state !== seen?.state) seen = { ...sighted, since: now }
      if (isAbandoned(seen.owner) || now - seen.since > staleMs) await takeAway(files, lock, { ...seen, staleMs })
      if (now - started > patienceMs) throw tooLong(lock, seen.owner)
    }
    // Of different length, so that writers do not meet again and again.
    await pause(2 + Math.random() * 10)
  }
}

/** A link has its whole text from its first moment on, and is made once: no crash leaves a lock without an owner. */
async function claim(files: Files, lock: string, token: string): Promise<boolean> {
  const draft = draftOf(lock)
  try {
    const owner: Owner = { host: hostname(), pid: process.pid, token }
    await files.writeFile(draft, JSON.stringify(owner), { flag: 'wx', mode: 0o600 })
    return await files.link(draft, lock).then(
      () => true,
      (error: unknown) => {
        // Somebody was faster, or has swept the draft away.
        if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') return false
        throw error
      },
    )
  } finally {
    await files.unlink(draft).catch(() => undefined)
  }
}

/** Whose lock it is; `undefined` where there is none any more. */
async function sight(files: Files, lock: string): Promise<Sight | undefined> {
  try {
    const state = stateOf(await files.stat(lock, { bigint: true }))
    const owner: unknown = JSON.parse(await files.readFile(lock, 'utf8'))
    return { owner: isOwner(owner) ? owner : nobody, state }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (error instanceof SyntaxError) return { owner: nobody, state: '' }
    throw error
  }
}

/** Of a lock that no store has made. It counts by its age alone. */
const nobody: Owner = { host: '', pid: 0, token: '' }

function isAbandoned({ host, pid }: Owner): boolean {
  return host === hostname() && !isAlive(pid)
}

/** Only one of those who wait may take a lock away, and only that very one: who is second might remove the first one's. */
async function takeAway(files: Files, lock: string, { owner, staleMs }: Sight & Pick<LockTimes, 'staleMs'>): Promise<void> {
  const mark = `${lock}.${owner.token}.taken`
  try {
    await (await files.open(mark, 'wx', 0o600)).close()
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    // Who made the mark may have ended before it was done.
    const { mtimeMs } = await files.stat(mark).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (Date.now() - mtimeMs > staleMs) await files.unlink(mark).catch(() => undefined)
    return
  }
  try {
    await release(files, lock, owner.token)
  } finally {
    await files.unlink(mark).catch(() => undefined)
  }
}

/** A lock that is not this owner's stays. */
async function release(files: Files, lock: string, token: string): Promise<void> {
  const sighted = await sight(files, lock).catch(() => undefined)
  if (sighted?.owner.token === token) await files.unlink(lock).catch(() => undefined)
}

function tooLong(lock: string, { host, pid }: Owner): FileFault {
  const whose = `process ${pid} of ${host}`
  return new FileFault('locked', `${lock} is held for too long by ${whose}. If that is no more, remove the file`)
}
