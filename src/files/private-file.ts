import { open, type FileHandle } from 'node:fs/promises'
import { FileFault } from './fault.ts'

/** How files are opened; the tests of stores in files put something of their own here. */
export type OpenFile = (path: string, flags: string, mode?: number) => Promise<FileHandle>

/**
 * Reads a file that nobody but its owner may read.
 *
 * @throws FileFault `permissions` with the `chmod` to run, `missing` or `unreadable`.
 */
export async function readPrivate(path: string, openFile: OpenFile = open): Promise<{ bytes: Buffer; state: string }> {
  const file = await openFile(path, 'r').catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  try {
    const stats = await file.stat({ bigint: true })
    checkMode(path, Number(stats.mode))
    return { bytes: await file.readFile(), state: stateOf(stats) }
  } catch (error) {
    throw error instanceof FileFault ? error : unreadable(path, error)
  } finally {
    await file.close().catch(() => undefined)
  }
}

/** What tells one state of a file from another without reading it. */
export function stateOf({ ino, size, mtimeNs, ctimeNs }: Record<'ino' | 'size' | 'mtimeNs' | 'ctimeNs', bigint>): string {
  return [ino, size, mtimeNs, ctimeNs].join(':')
}

/** The system's word for what went wrong: `ENOENT`. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function checkMode(path: string, mode: number): void {
  // Windows has no such modes: the rights of the folder are what counts there.
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  const shown = (mode & 0o777).toString(8).padStart(4, '0')
  throw new FileFault('permissions', `others may open ${path} (mode ${shown}). Run: chmod 600 '${path}'`)
}

function unreadable(path: string, cause: unknown): FileFault {
  const code = codeOf(cause)
  const isMissing = code === 'ENOENT' || code === 'ENOTDIR'
  if (isMissing) return new FileFault('missing', `there is no file ${path}`, cause)
  return new FileFault('unreadable', `${path} cannot be read: ${code === '' ? 'unknown reason' : code}`, cause)
}
