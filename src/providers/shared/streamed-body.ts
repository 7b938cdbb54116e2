import type { ChatCompletionChunk } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { bodyText } from './body-text.ts'

/** What an answer to a stream request turns out to be: a stream, or the chunks that a whole answer makes. */
export type Streamed = ReadableStream<Uint8Array> | readonly ChatCompletionChunk[]

/**
 * What is in the answer to a stream request. What is no event stream is read to its end and given to `whole`, which makes
 * chunks of a complete answer (some servers do not stream) and throws at anything else, such as an error or a page.
 *
 * What calls itself an event stream is taken at its word; of anything else the first bytes tell.
 */
export async function streamedBody(
  response: Response,
  signal: AbortSignal,
  whole: (text: string) => readonly ChatCompletionChunk[],
): Promise<Streamed> {
  const { body, headers } = response
  if (body === null) throw new AttemptError('malformed', 'The answer to a stream request has no body.')
  if (headers.get('content-type')?.toLowerCase().includes('event-stream') === true) return body
  const reader = body.getReader()
  const head = await begin(reader, signal)
  const rest = resumed(reader, head)
  return looksLikeEvents(head) ? rest : whole(await bodyText(new Response(rest), signal))
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

/** The bytes up to the first one that is no white space, and what came with it. */
async function begin(reader: Reader, signal: AbortSignal): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array()
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return head
      head = Buffer.concat([head, value])
      if (firstByte(head) !== undefined || head.length > mostSpace) return head
    }
  } catch (error) {
    signal.throwIfAborted()
    throw new AttemptError('network', 'The connection broke inside the answer.', { cause: error })
  }
}

/** Blank lines keep a connection alive; nobody sends more of them than that before an answer that is none. */
const mostSpace = 1000
const space: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20])
const byteOrderMark: readonly number[] = [0xef, 0xbb, 0xbf]

function firstByte(bytes: Uint8Array): number | undefined {
  const start = byteOrderMark.every((byte, index) => bytes[index] === byte) ? byteOrderMark.length : 0
  return bytes.subarray(start).find((byte) => !space.has(byte))
}

/** Events begin with the name of a field or with a colon, binary frames with their length, which begins with a zero. */
function looksLikeEvents(bytes: Uint8Array): boolean {
  const first = firstByte(bytes)
  if (first === undefined) return bytes.length > 0
  return (
    first === 0 ||
    /^(?::|data|event|id|retry)/.test(
      Buffer.from(bytes)
        .toString('latin1')
        .replace(/^(?:\xef\xbb\xbf)?\s*/, ''),
    )
  )
}

/** The body with its beginning in its place again. */
function resumed(reader: Reader, head: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (head.length > 0) controller.enqueue(head)
    },
    async pull(controller) {
      const { value, done } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
