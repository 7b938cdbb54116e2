import type { ChatCompletionChunk } from '../../contracts/chat.ts'
import { faultOf } from '../shared/aws/failure.ts'
import { faults, frameDecoder } from '../shared/aws/frames.ts'
import type { EventTranslator } from '../shared/event-stream.ts'
import { isObject, parseJson } from '../shared/json.ts'
import { sseDecoder, type EventDecoder, type SseEvent } from '../shared/sse.ts'

/** Reads a stream in the form that its head names: server-sent events, or frames of AWS's that each hold an event. */
export class StreamDecoder implements EventDecoder {
  #decoder: EventDecoder = sseDecoder()

  /** The response's head, before its first bytes. */
  begin(headers: Headers): void {
    if (headers.get('content-type')?.includes('application/vnd.amazon.eventstream') === true) this.#decoder = messageDecoder()
  }

  push(bytes: Uint8Array): SseEvent[] {
    return this.#decoder.push(bytes)
  }

  end(): SseEvent[] {
    return this.#decoder.end()
  }
}

/** Frames whose payload is `{"bytes": "..."}`, an event of the Messages API in base64. */
function messageDecoder(): EventDecoder {
  const frames = frameDecoder()
  return {
    push: (bytes) => frames.push(bytes).map(messageEvent),
    end: () => frames.end(),
  }
}

function messageEvent(frame: SseEvent): SseEvent {
  // Faults go through as they are; of events there is but one kind.
  if (frame.event !== 'chunk') return frame
  const payload = parseJson(frame.data)
  if (!isObject(payload) || typeof payload['bytes'] !== 'string') return { event: faults.frame, data: 'a frame holds no event' }
  return { event: undefined, data: Buffer.from(payload['bytes'], 'base64').toString('utf8') }
}

/** An answer that heeds what comes in place of events in frames. */
export class FramedAnswer implements EventTranslator<ChatCompletionChunk> {
  readonly #answer: EventTranslator<ChatCompletionChunk>

  constructor(answer: EventTranslator<ChatCompletionChunk>) {
    this.#answer = answer
  }

  get complete(): boolean {
    return this.#answer.complete === true
  }

  read(event: SseEvent, out: ChatCompletionChunk[]): void {
    if (event.event?.startsWith('!') !== true) this.#answer.read(event, out)
    else if (!this.complete) throw faultOf(event)
  }

  end(out: ChatCompletionChunk[]): void {
    this.#answer.end(out)
  }
}
