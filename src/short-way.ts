import type { OpenAI } from 'openai'
import { Answer } from './answer.ts'
import type { Call } from './call.ts'
import type { ChatCompletion } from './contracts/chat.ts'
import type { Delivery } from './deliver.ts'
import type { Dispatcher } from './dispatch.ts'
import { eventStream } from './event-stream.ts'
import { onceOnly } from './once-only.ts'
import type { Routed } from './route.ts'

type RequestOptions = NonNullable<Awaited<Parameters<OpenAI['post']>[1]>>
type FinalRequestOptions = Awaited<Parameters<OpenAI['request']>[0]>

export const chatPath = '/chat/completions'

/** The short way of a chat call, inside the process: no JSON, no `Response`. */
export async function shortWay(
  client: OpenAI,
  { call, options }: { readonly call: Call; readonly options: RequestOptions },
  dispatcher: Dispatcher,
): Promise<Answer> {
  // Before anything is said about the body.
  if (call.access !== undefined) await call.access.check(call.signal)
  const { body } = call
  const stream = typeof body === 'object' && body !== null && 'stream' in body && body.stream === true
  const finalOptions: FinalRequestOptions = { method: 'post', path: chatPath, ...options, stream }
  if (!stream) return whole(await dispatcher.complete(call), finalOptions)
  const delivery = await dispatcher.stream(call)
  return streamed(await onceOnly(delivery, client), delivery, finalOptions)
}

function whole({ answer, record, headers }: Routed<ChatCompletion>, options: FinalRequestOptions): Answer {
  return new Answer({
    value: answer,
    options,
    record: () => record,
    vendorHeaders: () => headers,
    body: () => JSON.stringify(answer),
    contentType: 'application/json',
  })
}

function streamed(value: object, delivery: Delivery, options: FinalRequestOptions): Answer {
  return new Answer({
    value,
    options,
    controller: delivery.controller,
    record: () => delivery.record,
    vendorHeaders: () => delivery.headers,
    body: () => eventStream(delivery),
    contentType: 'text/event-stream; charset=utf-8',
  })
}
