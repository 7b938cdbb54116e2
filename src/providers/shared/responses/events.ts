import type { ChatCompletionChunk } from '../../../contracts/chat.ts'
import { streamedBody, type Streamed } from '../streamed-body.ts'
import { chunksOfCompletion } from '../whole-chunks.ts'
import { completionOfResponse } from './response.ts'
import type { ResponsesStyle } from './wire.ts'

/** The event stream of a response, or the chunks of a complete answer, where the server did not stream. */
export function eventsOf(response: Response, signal: AbortSignal, style: ResponsesStyle): Promise<Streamed> {
  return streamedBody(response, signal, (text): readonly ChatCompletionChunk[] =>
    chunksOfCompletion(completionOfResponse(text, style)),
  )
}
