// Fetched when a file is first opened: importing them would load a good deal of Node for those who keep no file.
const calls = once(() => {
  const { promisify } = process.getBuiltinModule('node:util')
  const { open, close, fstat, read, write, fdatasync, fsync } = process.getBuiltinModule('node:fs')
  // Plain descriptors: a FileHandle that is never closed warns, and later throws, when it is collected.
  return {
    open: promisify(open),
    close: promisify(close),
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

/** A file that is only ever appended to. Opened when it is first needed, and again after every `close()`. */
export class AppendFile {
  readonly path: string
  #opened: { readonly fd: number; readonly isRegular: boolean } | undefined
  #isTorn = false

  constructor(path: string) {
    this.path = path
  }

  /** Appends whole lines with one write; a line that a crash left unfinished is ended before them. */
  async append(lines: string): Promise<void> {
    if (lines === '') return
    const { fd } = await this.#open()
    const bytes = Buffer.from(this.#isTorn ? `\n${lines}` : lines)
    for (let offset = 0; offset < bytes.length;) {
      // Less than all is written only when the disk is full; the next turn then says so.
      const { bytesWritten } = await calls().write(fd, bytes, offset, bytes.length - offset, null)
      offset += bytesWritten
    }
    this.#isTorn = false
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

  async #open(): Promise<{ readonly fd: number }> {
    if (this.#opened !== undefined) return this.#opened
    // Appending, so that every write of every process lands at the end; readable, to see how the file ends.
    const fd = await calls().open(this.path, 'a+', 0o600)
    try {
      const stats = await calls().fstat(fd)
      this.#isTorn = stats.isFile() && stats.size > 0 && (await lastByte(fd, stats.size)) !== newLine
      if (stats.isFile() && stats.size === 0) await syncFolder(process.getBuiltinModule('node:path').dirname(this.path))
      this.#opened = { fd, isRegular: stats.isFile() }
      return this.#opened
    } catch (error) {
      await calls()
        .close(fd)
        .catch(() => {})
      throw error
    }
  }
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
