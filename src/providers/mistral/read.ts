import type { ChatCompletion } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { bodyText } from '../shared/body-text.ts'
import { answerObject } from '../shared/completion.ts'
import type { JsonObject } from '../shared/json.ts'
import { streamedBody, type Streamed } from '../shared/streamed-body.ts'
import { chunksOfCompletion } from '../shared/whole-chunks.ts'
import { errorInBody, errorOf, failureOf, isErrorBody, refusals } from './failure.ts'

/** The object in a unary answer. */
export async function answerIn(response: Response, signal: AbortSignal): Promise<JsonObject> {
  return objectOf(await bodyText(response, signal))
}

/** The event stream of a response, or what `whole` makes of a complete answer, where a server did not stream. */
export function eventsIn(
  response: Response,
  signal: AbortSignal,
  whole: (answer: JsonObject) => ChatCompletion,
): Promise<Streamed> {
  return streamedBody(response, signal, (text) => chunksOfCompletion(whole(objectOf(text))))
}

/** A server that fails with status 200 is at fault itself, whatever its words are. */
function objectOf(text: string): JsonObject {
  let answer: JsonObject
  try {
    answer = answerObject(text, refusals)
  } catch (error) {
    throw error instanceof AttemptError ? malformed(error) : error
  }
  if (isErrorBody(answer)) throw malformed(errorInBody(answer))
  return answer
}

function malformed(error: AttemptError): AttemptError {
  return errorOf({ ...failureOf(error), kind: 'malformed' })
}
