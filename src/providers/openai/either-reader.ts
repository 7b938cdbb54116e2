import type { ChatCompletionChunk } from '../../contracts/chat.ts'
import type { EventTranslator } from '../shared/event-stream.ts'
import { isObject, parseJson } from '../shared/json.ts'
import { ResponsesReader } from '../shared/responses/stream.ts'
import type { ResponsesStyle } from '../shared/responses/wire.ts'
import type { SseEvent } from '../shared/sse.ts'
import { ChunkReader } from './chunk-reader.ts'
import type { ChunkReaderOptions } from './chunk-reader.ts'

/**
 * Whether an answer to a Responses request is one of chat completions all the same: proxies that know nothing else answer
 * every path so, and what they say is as plain there.
 */
export function isChatAnswer(text: string): boolean {
  const value = parseJson(text)
  return isObject(value) && Array.isArray(value['choices']) && value['output'] === undefined
}

/** Reads the events of a Responses request, in whichever of the two formats they come: the first one tells. */
export class EitherReader implements EventTranslator<ChatCompletionChunk> {
  readonly #chat: ChunkReaderOptions
  #reader: ResponsesReader | ChunkReader
  #begun = false

  constructor(style: ResponsesStyle, chat: ChunkReaderOptions) {
    this.#chat = chat
    this.#reader = new ResponsesReader(style)
  }

  get complete(): boolean {
    return this.#reader.complete
  }

  read(event: SseEvent, out: ChatCompletionChunk[]): void {
    if (!this.#begun) {
      this.#begun = true
      if (isChatAnswer(event.data)) this.#reader = new ChunkReader(this.#chat)
    }
    this.#reader.read(event, out)
  }

  end(out: ChatCompletionChunk[]): void {
    this.#reader.end(out)
  }
}
