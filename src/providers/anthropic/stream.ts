import type { ChatCompletionChunk } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { isObject, parseJson, type JsonObject } from '../shared/json.ts'
import type { SseEvent } from '../shared/sse.ts'
import type { AnswerStyle } from './response.ts'
import { StreamedAnswer } from './streamed-answer.ts'

/** Whether it is the vendor's terminal event, after which nothing is waited for. */
export function isLast({ event, data }: SseEvent): boolean {
  if (event !== undefined) return event === 'message_stop'
  return data.includes('message_stop') && typeOf(parseJson(data)) === 'message_stop'
}

/** The vendor's events as chunks. Throws where they end without a `stop_reason`. */
export async function* chunks(
  batches: AsyncIterable<readonly SseEvent[]>,
  style: AnswerStyle,
): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  const answer = new StreamedAnswer(style)
  try {
    for await (const events of batches) {
      for (const event of events) yield* answer.take(read(event))
    }
  } catch (error) {
    // With the stop reason the answer is whole; how the connection ends is of no interest.
    if (!(answer.stopped && error instanceof AttemptError && error.failure.kind === 'truncated')) throw error
  }
  yield* answer.end()
}

function read({ event, data }: SseEvent): JsonObject {
  const value = parseJson(data)
  if (isObject(value)) return typeof value['type'] === 'string' || event === undefined ? value : { ...value, type: event }
  // A proxy's keep-alive carries nothing.
  if (event === 'ping' || (event === undefined && data.trim() === '')) return { type: 'ping' }
  throw new AttemptError('truncated', 'An event of the stream cannot be read.')
}

function typeOf(value: unknown): unknown {
  return isObject(value) ? value['type'] : undefined
}
