import { AttemptError } from '../../errors.ts'
import { answerObject } from '../shared/completion.ts'
import type { JsonObject } from '../shared/json.ts'
import { errorInBody, errorOf, failureOf, isErrorBody, refusals } from './failure.ts'

/** The object in a unary answer. */
export async function answerIn(response: Response, signal: AbortSignal): Promise<JsonObject> {
  return objectOf(await textIn(response, signal))
}

/** The event stream of a response. A whole answer, where a server did not stream, becomes its one event. */
export async function eventsIn(response: Response, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const { body, headers } = response
  if (body === null) throw new AttemptError('malformed', 'The answer to a stream request has no body.')
  if (headers.get('content-type')?.includes('json') !== true) return body
  const text = await textIn(response, signal)
  // An event stream under a wrong name.
  if (/^\s*(?:event|data|id|retry)?:/.test(text)) return new Blob([text]).stream()
  return new Blob([`data: ${JSON.stringify(objectOf(text))}\n\n`]).stream()
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

async function textIn(response: Response, signal: AbortSignal): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    signal.throwIfAborted()
    throw new AttemptError('network', 'The connection broke inside the answer.', { cause: error })
  }
}
