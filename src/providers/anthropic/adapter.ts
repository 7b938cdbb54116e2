import type { AdapterCall, ProviderAdapter } from '../../contracts/adapter.ts'
import type { ChatCompletion } from '../../contracts/chat.ts'
import type { Failure } from '../../contracts/failure.ts'
import { bodyText } from '../shared/body-text.ts'
import { answerObject } from '../shared/completion.ts'
import { eventStream } from '../shared/event-stream.ts'
import { supportOf } from '../shared/notes.ts'
import { streamedBody } from '../shared/streamed-body.ts'
import { chunksOfCompletion } from '../shared/whole-chunks.ts'
import type { Door } from './door.ts'
import { refusals } from './failure.ts'
import { FramedAnswer, StreamDecoder } from './frames.ts'
import { translate, type Translation } from './request.ts'
import { completion, type AnswerStyle } from './response.ts'
import { stateOwner } from './state.ts'
import { isLast, StreamedAnswer } from './stream.ts'

/** Sends one request; resolves with a 2xx response whose body nobody has read. */
export type Send = (call: AdapterCall, translation: Translation) => Promise<Response>

/** In what the adapters for the doors to Claude differ. */
export interface MessagesParts extends Pick<ProviderAdapter, 'id' | 'key' | 'outageDomain' | 'loadSdk' | 'service'> {
  readonly models: ProviderAdapter['models'] | undefined
  readonly region: string | undefined
  /** The catalog's provider whose models it serves. */
  readonly catalog: string
  readonly door: Door
  readonly send: Send
  readonly failure: (error: unknown) => Failure
  readonly close: () => void
}

/** An adapter for a door to Claude: requests and answers are the same at each. */
export function messagesAdapter({ door, send, models, region, ...parts }: MessagesParts): ProviderAdapter {
  const sent = (call: AdapterCall, stream: boolean): Promise<Response> => {
    const { model, card, providerOptions } = call
    return send(call, translate({ ...call.request, stream }, { model, card, door }, providerOptions))
  }
  return {
    ...parts,
    stateOwner,
    ...(models !== undefined && { models }),
    ...(region !== undefined && { region }),
    prefill: (model) => door.rules(model).prefill,
    supports: (request, card, model) => supportOf(() => translate(request, { model, card, door })),
    async complete(call) {
      const response = await sent(call, false)
      return wholeIn(await bodyText(response, call.signal), call)
    },
    stream(call) {
      const decoder = new StreamDecoder()
      return eventStream({
        async open() {
          const response = await sent(call, true)
          decoder.begin(response.headers)
          return streamedBody(response, call.signal, (text) => chunksOfCompletion(wholeIn(text, call)))
        },
        translator: new FramedAnswer(new StreamedAnswer(styleOf(call))),
        decoder,
        signal: call.signal,
        isLast,
      })
    },
  }
}

function wholeIn(text: string, call: AdapterCall): ChatCompletion {
  return completion(answerObject(text, refusals), styleOf(call))
}

function styleOf({ model, request: { functions } }: AdapterCall): AnswerStyle {
  return { model, legacy: (functions ?? []).length > 0 }
}
