import type { OpenAI } from 'openai'
import { OpenAIError } from 'openai'
import type { Stream } from 'openai/streaming'
import type { ChatCompletionChunk } from './contracts/chat.ts'
import type { Delivery } from './deliver.ts'

/** A stream of the client's own class that can be read once, as one from a response can. */
export async function onceOnly(delivery: Delivery, client: OpenAI): Promise<Stream<ChatCompletionChunk>> {
  // Fetched with the first stream: the class has a module of its own, which an import would look up at every start.
  const { Stream: OpenAIStream } = await import('openai/streaming')
  let consumed = false
  const iterate = (): AsyncIterator<ChatCompletionChunk> => {
    if (consumed)
      return {
        next: () => Promise.reject(new OpenAIError('Cannot iterate over a consumed stream, use `.tee()` to split the stream.')),
      }
    consumed = true
    return delivery
  }
  return new OpenAIStream(iterate, delivery.controller, client)
}
