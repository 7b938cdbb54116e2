import type { ChatCompletion, ChatCompletionChunk } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { answerObject } from '../shared/completion.ts'
import type { EventTranslator } from '../shared/event-stream.ts'
import { isObject, parseJson } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { streamedBody, type Streamed } from '../shared/streamed-body.ts'
import { chunksOfCompletion } from '../shared/whole-chunks.ts'
import { errorOf, recognisers, toFailure } from '../shared/google/failure.ts'

/** The object in a unary answer, read here: the SDK would keep neither its headers nor fields that it does not know. */
export function objectOf(text: string): JsonObject {
  try {
    return answerObject(text, recognisers)
  } catch (error) {
    // A server that fails with status 200 is at fault itself, whatever its words are.
    throw error instanceof AttemptError ? errorOf({ ...toFailure(error), kind: 'malformed' }) : error
  }
}

/** How an answer to a stream request is read that is no stream. */
export interface Whole {
  readonly translator: EventTranslator<ChatCompletionChunk>
  readonly completion: (answer: JsonObject) => ChatCompletion
}

/**
 * The event stream of a response. Without `alt=sse`, which some proxies lose, the same events come as one JSON list; a
 * server that did not stream gives a complete answer.
 */
export function eventsIn(response: Response, signal: AbortSignal, { translator, completion }: Whole): Promise<Streamed> {
  return streamedBody(response, signal, (text) => {
    const parsed = parseJson(text)
    const isList = Array.isArray(parsed) && parsed.length > 0
    if (!isList && !isErrorObject(parsed)) return chunksOfCompletion(completion(objectOf(text)))
    const out: ChatCompletionChunk[] = []
    for (const event of isList ? parsed : [parsed]) translator.read({ event: undefined, data: JSON.stringify(event) }, out)
    translator.end(out)
    return out
  })
}

function isErrorObject(value: unknown): boolean {
  return isObject(value) && value['error'] !== undefined
}
