import type { FileHandle } from 'node:fs/promises'
import { filesOf } from './jsonl-archive.ts'
import { parsed } from './line-entry.ts'
import { linesIn, type Line } from './lines.ts'
import { checkSubject } from './query.ts'
import { escaped } from './record-line.ts'

/** Bytes of a file, from one offset to before another. */
interface Span {
  readonly from: number
  readonly to: number
}

/** What is erased of a line: first all that is behind the subject, by which the line is found, then that too. */
interface Erasure {
  readonly rest: Span
  readonly subject: Span
}

const beginning = Buffer.from(',"personal":{')
const closingBrace = 0x7d

/**
 * Overwrites what is personal to a subject with blanks, where it stands, in a file and in those that were put aside; in how many
 * records. Nothing is moved, so that processes that go on writing need to know nothing of it. Whoever is killed in the midst of it
 * leaves lines that are no JSON, and that are found and finished the next time.
 */
export async function eraseInFiles(path: string, subject: string): Promise<number> {
  checkSubject(subject)
  const sought = Buffer.from(`${beginning.toString()}"subject":${escaped(JSON.stringify(subject))}`)
  let count = 0
  for await (const { file } of filesOf(path, 'r+')) {
    const found: Erasure[] = []
    for await (const line of linesIn(file)) {
      const start = line.bytes.indexOf(sought)
      if (start >= 0) found.push(erasureIn(line, { from: start, to: start + sought.length }))
    }
    if (found.length === 0) continue
    await blank(
      file,
      found.map(({ rest }) => rest),
    )
    await blank(
      file,
      found.map(({ subject: each }) => each),
    )
    count += found.length
  }
  return count
}

function erasureIn({ bytes, offset }: Line, subject: Span): Erasure {
  const record = parsed(bytes.toString())
  if (record !== undefined && Object.keys(record).at(-1) !== 'personal')
    throw new Error('deleteSubject: the file was not written by jsonlAudit(), and is as it was')
  // The record's own brace stays. A line that was never finished has none.
  const end = bytes.at(-1) === closingBrace ? bytes.length - 1 : bytes.length
  return {
    rest: { from: offset + subject.to, to: offset + end },
    subject: { from: offset + subject.from, to: offset + Math.min(subject.to, end) },
  }
}

/** On the disk when it resolves. */
async function blank(file: FileHandle, spans: readonly Span[]): Promise<void> {
  for (const { from, to } of spans) {
    const blanks = Buffer.alloc(to - from, ' ')
    for (let done = 0; done < blanks.length;) {
      const { bytesWritten } = await file.write(blanks, done, blanks.length - done, from + done)
      done += bytesWritten
    }
  }
  await file.datasync()
}
