import { AttemptError } from '../../../errors.ts'
import { isObject, parseJson } from '../json.ts'
import { completionOfResponse } from './response.ts'
import type { ResponsesStyle } from './wire.ts'

/** The event stream of a response; of a complete answer, where the server did not stream, its terminal event. */
export async function eventsOf(response: Response, style: ResponsesStyle): Promise<ReadableStream<Uint8Array>> {
  const { body, headers } = response
  if (body === null) throw new AttemptError('malformed', 'The answer to a stream request has no body.')
  if (headers.get('content-type')?.includes('json') !== true) return body
  const text = await response.text()
  // Some servers send an event stream under the wrong name.
  if (/^\s*(?:data|event|id|:)/.test(text)) return new Blob([text]).stream()
  // Throws where it is no answer either.
  completionOfResponse(text, style)
  const value = parseJson(text)
  const type = isObject(value) && value['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed'
  return new Blob([`data: ${JSON.stringify({ type, response: value })}\n\n`]).stream()
}
