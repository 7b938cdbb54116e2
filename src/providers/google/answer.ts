import { AttemptError } from '../../errors.ts'
import { answerObject } from '../shared/completion.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { readEvents, SseDecoder } from '../shared/sse.ts'
import type { ReadOptions, SseEvent } from '../shared/sse.ts'
import { errorOf, recognisers, toFailure } from './failure.ts'

/** The object in a unary answer, read here: the SDK would keep neither its headers nor fields that it does not know. */
export async function answerOf(response: Response): Promise<JsonObject> {
  return objectOf(await response.text())
}

function objectOf(text: string): JsonObject {
  try {
    return answerObject(text, recognisers)
  } catch (error) {
    throw error instanceof AttemptError ? errorOf(toFailure(error)) : error
  }
}

/** The events of a streamed answer. */
export async function* eventsOf(
  response: Response,
  signal: AbortSignal,
  options: ReadOptions,
): AsyncGenerator<readonly SseEvent[], void, undefined> {
  const { body, headers } = response
  if (body === null) throw new AttemptError('malformed', 'The answer to a stream request has no body.')
  if (headers.get('content-type')?.includes('json') !== true) return yield* readEvents(body, signal, options)
  const text = await response.text()
  // An event stream under a wrong name, or an error (or a whole answer) in place of a stream.
  if (!/^\s*[[{<]/.test(text)) {
    const decoder = new SseDecoder()
    yield [...decoder.push(text), ...decoder.end()]
  } else if (isObject(objectOf(text))) throw new AttemptError('truncated', 'The answer to a stream request is not a stream.')
}
