import type * as promises from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FileFault } from './fault.ts'
import { codeOf } from './private-file.ts'

/** What of `node:fs/promises` stores in files work with. */
export type Files = Pick<
  typeof promises,
  'link' | 'open' | 'readdir' | 'readFile' | 'realpath' | 'rename' | 'stat' | 'unlink' | 'utimes' | 'writeFile'
>

/** All of a text, or part after part. */
type Text = string | AsyncIterable<string>

/** Writes a file that only its owner may open and that is on the disk when this resolves. */
async function writeWhole(files: Files, path: string, text: Text): Promise<void> {
  const file = await files.open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * Puts a new text in a file's place, at once: whoever reads, and whatever crashes, sees the old one or the new one.
 * `mayStill` is asked last.
 */
export async function replaceWhole(
  files: Files,
  { path, text, mayStill }: { readonly path: string; readonly text: Text; readonly mayStill: () => Promise<void> },
): Promise<void> {
  const draft = draftOf(path)
  try {
    await writeWhole(files, draft, text)
    await mayStill()
    await files.rename(draft, path)
  } catch (error) {
    await files.unlink(draft).catch(() => undefined)
    throw error
  }
  await syncFolder(files, dirname(path))
}

/** A name beside `path` for what is not finished; the process stands in it. */
export function draftOf(path: string): string {
  return `${path}.${process.pid}.${crypto.randomUUID()}.tmp`
}

/** Removes what writers that are no more have left beside `path`. */
export async function sweep(files: Files, path: string): Promise<void> {
  const folder = dirname(path)
  const names = await files.readdir(folder).catch(() => [])
  for (const name of names) {
    const [, pid] = name.startsWith(`${basename(path)}.`) ? (/\.(\d+)\.[\da-f-]{36}\.tmp$/.exec(name) ?? []) : []
    // One of another machine may look dead here; it notices, and makes its own anew.
    if (pid !== undefined && !isAlive(Number(pid))) await files.unlink(join(folder, name)).catch(() => undefined)
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}

/** What kept `path` from being written, in words. */
export function unwritable(path: string, cause: unknown): FileFault {
  const code = codeOf(cause)
  return new FileFault('unwritable', `${path} was not written: ${reasons[code] ?? code}. What it held is as it was`, cause)
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'its folder may not be written to',
  EDQUOT: 'the quota is used up',
  ENOENT: 'its folder is not there',
  ENOSPC: 'the disk is full',
  EPERM: 'its folder may not be written to',
  EROFS: 'the disk is read-only',
}

/** A rename is on the disk when its folder is. */
async function syncFolder(files: Files, folder: string): Promise<void> {
  // Windows opens no folders, and makes renames last by itself.
  if (process.platform === 'win32') return
  const handle = await files.open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
