import type { Rotation } from './rotation.ts'
import { dayOf } from './rotation.ts'

// Fetched when a file is first opened: importing them would load a good deal of Node for those who keep no file.
const calls = once(() => {
  const { promisify } = process.getBuiltinModule('node:util')
  const { open, close, stat, fstat, read, write, fdatasync, fsync } = process.getBuiltinModule('node:fs')
  // Plain descriptors: a FileHandle that is never closed warns, and later throws, when it is collected.
  return {
    open: promisify(open),
    close: promisify(close),
    stat: promisify(stat),
    fstat: promisify(fstat),
    read: promisify(read),
    write: promisify(write),
    fdatasync: promisify(fdatasync),
    fsync: promisify(fsync),
  }
})

function once<Value>(build: () => Value): () => Value {
  let built: Value | undefined
  return () => (built ??= build())
}

const newLine = 0x0a

/** A file as it was opened; its size, and the day that it began with, are as last seen. */
interface Opened {
  readonly fd: number
  readonly isRegular: boolean
  /** Whether its file system counts under how many names a file is there, and it was there under one. */
  readonly isLinked: boolean
  readonly device: number
  readonly inode: number
  size: number
  day: string | undefined
}

/**
 * A file that is only ever appended to. Opened when it is first needed, after every `close()`, and when another file, or none, has
 * taken its place: whoever renames or removes it, what is written next is found under its name.
 */
export class AppendFile {
  readonly path: string
  readonly #rotation: Rotation | undefined
  #opened: Opened | undefined
  #isTorn = false

  constructor(path: string, rotation?: Rotation) {
    this.path = path
    this.#rotation = rotation
  }

  /** Appends whole lines with one write; a line that a crash left unfinished is ended before them. */
  async append(lines: string): Promise<void> {
    if (lines === '') return
    const opened = await this.#for(lines)
    const bytes = Buffer.from(this.#isTorn ? `\n${lines}` : lines)
    for (let offset = 0; offset < bytes.length;) {
      // Less than all is written only when the disk is full; the next turn then says so.
      const { bytesWritten } = await calls().write(opened.fd, bytes, offset, bytes.length - offset, null)
      offset += bytesWritten
    }
    this.#isTorn = false
    // Deleted since it was looked for: nobody would ever read it there.
    if (opened.isLinked && (await calls().fstat(opened.fd)).nlink === 0) {
      await this.close()
      return this.append(lines)
    }
    opened.day ??= dayOf(lines)
  }

  /** Resolves when everything appended is on the disk. */
  async sync(): Promise<void> {
    if (this.#opened?.isRegular === true) await calls().fdatasync(this.#opened.fd)
  }

  async close(): Promise<void> {
    const opened = this.#opened
    this.#opened = undefined
    // What close() could report was reported by the sync before it.
    if (opened !== undefined)
      await calls()
        .close(opened.fd)
        .catch(() => {})
  }

  /** The file that these lines belong in. */
  async #for(lines: string): Promise<Opened> {
    const opened = await this.#current()
    const rotation = this.#rotation
    if (rotation === undefined || !opened.isRegular || !rotation.isDue(opened, Buffer.byteLength(lines), dayOf(lines)))
      return opened
    // What is put aside is out of reach of the next sync.
    await this.sync()
    // Unless another process was quicker.
    if ((await this.#found(opened)) !== undefined) await rotation.rotate()
    await this.close()
    const next = await this.#open()
    await rotation.prune()
    return next
  }

  async #current(): Promise<Opened> {
    const opened = this.#opened
    if (opened === undefined) return this.#open()
    if (!opened.isRegular) return opened
    const found = await this.#found(opened)
    if (found !== undefined) {
      opened.size = found.size
      return opened
    }
    await this.sync()
    await this.close()
    return this.#open()
  }

  /** What is found of the file under its name; nothing where that is another one by now. */
  async #found({ device, inode }: Opened): Promise<{ readonly size: number } | undefined> {
    const found = await calls()
      .stat(this.path)
      .catch(() => undefined)
    return found?.ino === inode && found.dev === device ? found : undefined
  }

  async #open(): Promise<Opened> {
    // Appending, so that every write of every process lands at the end; readable, to see how the file ends.
    const fd = await calls().open(this.path, 'a+', 0o600)
    try {
      const stats = await calls().fstat(fd)
      const isRegular = stats.isFile()
      this.#isTorn = isRegular && stats.size > 0 && (await lastByte(fd, stats.size)) !== newLine
      if (isRegular && stats.size === 0) await syncFolder(process.getBuiltinModule('node:path').dirname(this.path))
      const day = this.#rotation !== undefined && isRegular && stats.size > 0 ? dayOf(await firstLine(fd)) : undefined
      this.#opened = {
        fd,
        isRegular,
        isLinked: isRegular && stats.nlink > 0,
        device: stats.dev,
        inode: stats.ino,
        size: stats.size,
        day,
      }
      return this.#opened
    } catch (error) {
      await calls()
        .close(fd)
        .catch(() => {})
      throw error
    }
  }
}

/** As much of the beginning as any record takes. */
async function firstLine(fd: number): Promise<string> {
  const { buffer, bytesRead } = await calls().read(fd, Buffer.alloc(4_096), 0, 4_096, 0)
  return buffer.toString('utf8', 0, bytesRead)
}

async function lastByte(fd: number, size: number): Promise<number | undefined> {
  const { buffer } = await calls().read(fd, Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0]
}

// A new file survives a power cut only once its folder does. Not every system can sync a folder.
async function syncFolder(path: string): Promise<void> {
  try {
    const fd = await calls().open(path, 'r')
    try {
      await calls().fsync(fd)
    } finally {
      await calls().close(fd)
    }
  } catch {
    // Then its file system promises no more than this.
  }
}
