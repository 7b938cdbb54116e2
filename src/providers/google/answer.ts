import { AttemptError } from '../../errors.ts'
import { answerObject } from '../shared/completion.ts'
import { isObject, parseJson } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { errorOf, errorOfEvent, recognisers, toFailure } from './failure.ts'

/** The object in a unary answer, read here: the SDK would keep neither its headers nor fields that it does not know. */
export async function answerOf(response: Response, signal: AbortSignal): Promise<JsonObject> {
  return objectOf(await textIn(response, signal))
}

async function textIn(response: Response, signal: AbortSignal): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    signal.throwIfAborted()
    throw new AttemptError('network', 'The connection broke inside the answer.', { cause: error })
  }
}

function objectOf(text: string): JsonObject {
  try {
    return answerObject(text, recognisers)
  } catch (error) {
    // A server that fails with status 200 is at fault itself, whatever its words are.
    throw error instanceof AttemptError ? errorOf({ ...toFailure(error), kind: 'malformed' }) : error
  }
}

/** The event stream of a response. What calls itself JSON is read first. */
export async function eventsIn(response: Response, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const { body, headers } = response
  if (body === null) throw new AttemptError('malformed', 'The answer to a stream request has no body.')
  if (headers.get('content-type')?.includes('json') !== true) return body
  const text = await textIn(response, signal)
  // An event stream under a wrong name.
  if (!/^\s*[[{<]/.test(text)) return new Blob([text]).stream()
  const parsed = parseJson(text)
  const [first] = Array.isArray(parsed) ? parsed : [parsed]
  if (isObject(first) && first['error'] !== undefined) throw errorOfEvent(first)
  throw new AttemptError('truncated', 'The answer to a stream request is not a stream.')
}
