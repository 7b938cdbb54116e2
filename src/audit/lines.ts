import type { FileHandle } from 'node:fs/promises'

/** A line of a file, without its line break. */
export interface Line {
  readonly bytes: Buffer
  /** From 1. */
  readonly number: number
  /** Where it begins in the file. */
  readonly offset: number
}

const chunkSize = 65_536
const newLine = 0x0a

/** The lines of a file up to where it ends now; the last one may be unfinished. Empty ones are left out. */
export async function* linesIn(file: FileHandle): AsyncGenerator<Line> {
  const { size } = await file.stat()
  let pieces: Buffer[] = []
  let number = 1
  let offset = 0
  const lineTo = (end: number): Line => {
    const line = { bytes: Buffer.concat(pieces), number, offset }
    pieces = []
    number += 1
    offset = end + 1
    return line
  }
  for (let position = 0; position < size;) {
    const length = Math.min(chunkSize, size - position)
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position)
    if (bytesRead === 0) break
    let start = 0
    for (let end = buffer.indexOf(newLine); end >= 0 && end < bytesRead; end = buffer.indexOf(newLine, start)) {
      pieces.push(buffer.subarray(start, end))
      const line = lineTo(position + end)
      if (line.bytes.length > 0) yield line
      start = end + 1
    }
    pieces.push(buffer.subarray(start, bytesRead))
    position += bytesRead
  }
  const line = lineTo(size)
  if (line.bytes.length > 0) yield line
}
