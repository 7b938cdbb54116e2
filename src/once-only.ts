import type { OpenAI } from 'openai'
import { OpenAIError } from 'openai'
import { Stream } from 'openai/streaming'
import type { ChatCompletionChunk } from './contracts/chat.ts'
import type { Delivery } from './deliver.ts'

/** A stream of the client's own class that can be read once, as one from a response can. */
export function onceOnly(delivery: Delivery, client: OpenAI): Stream<ChatCompletionChunk> {
  let consumed = false
  const iterate = (): AsyncIterator<ChatCompletionChunk> => {
    if (consumed)
      return {
        next: () => Promise.reject(new OpenAIError('Cannot iterate over a consumed stream, use `.tee()` to split the stream.')),
      }
    consumed = true
    return delivery
  }
  return new Stream(iterate, delivery.controller, client)
}
