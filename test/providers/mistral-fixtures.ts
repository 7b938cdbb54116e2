import { expect } from 'vitest'
import type { AdapterCall, ProviderAdapter, Support } from '../../src/contracts/adapter.ts'
import type { ChatCompletion, ChatCompletionChunk, ChatRequest } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import type { Failure } from '../../src/contracts/failure.ts'
import { mistral } from '../../src/providers/mistral/index.ts'

export const model = 'mistral-small-2603'

export interface Sent {
  readonly url: string
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

/** A transport that answers every request alike and keeps what was sent. */
export function wire(respond: () => Response): { readonly fetch: typeof fetch; readonly sent: Sent[] } {
  const sent: Sent[] = []
  return {
    sent,
    fetch: async (input, init = {}) => {
      const body: unknown = JSON.parse(typeof init.body === 'string' ? init.body : 'null')
      expect(body).toBeTypeOf('object')
      sent.push({
        url: input instanceof Request ? input.url : new URL(input).href,
        headers: new Headers(init.headers),
        body: { ...Object(body) },
      })
      return respond()
    },
  }
}

export function json(body: unknown, init: ResponseInit = {}): Response {
  return Response.json(body, init)
}

export function events(...data: readonly unknown[]): Response {
  const text = data.map((each) => `data: ${typeof each === 'string' ? each : JSON.stringify(each)}\n\n`).join('')
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } })
}

/** A chat answer of the vendor with this message. */
export function answer(message: object, more: object = {}, finish_reason = 'stop'): object {
  return {
    id: 'cmpl-1',
    object: 'chat.completion',
    created: 1_787_150_000,
    model,
    choices: [{ index: 0, finish_reason, message: { role: 'assistant', tool_calls: null, ...message } }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    ...more,
  }
}

/** A chunk of the vendor's stream. */
export function chunk(delta: object, finish_reason: string | null = null, more: object = {}): object {
  const choices = [{ index: 0, delta, finish_reason }]
  return { id: 'cmpl-1', object: 'chat.completion.chunk', created: 1_787_150_000, model, choices, ...more }
}

export function call(request: Partial<ChatRequest>, more: Partial<AdapterCall> = {}): AdapterCall {
  return {
    model,
    card: undefined,
    secret: new Secret('key-of-the-tests-0001'),
    signal: new AbortController().signal,
    request: { model, messages: [{ role: 'user', content: 'Hello' }], ...Object(request) },
    ...more,
  }
}

/** The body that a request becomes. */
export async function bodyOf(request: Partial<ChatRequest>, more: Partial<AdapterCall> = {}): Promise<Sent['body']> {
  const { fetch, sent } = wire(() => json(answer({ content: 'ok' })))
  await mistral({ fetch }).complete(call(request, more))
  expect(sent).toHaveLength(1)
  return sent[0]?.body ?? {}
}

export function supportOf(request: Partial<ChatRequest>, id: string = model): Support {
  return mistral().supports(call(request).request, undefined, id)
}

/** The completion that an answer becomes. */
export async function completed(body: object, request: Partial<ChatRequest> = {}): Promise<ChatCompletion> {
  return mistral({ fetch: wire(() => json(body)).fetch }).complete(call(request))
}

export async function read(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = []
  for await (const each of stream) chunks.push(each)
  return chunks
}

/** The chunks that a stream becomes. */
export async function streamed(response: () => Response, request: Partial<ChatRequest> = {}): Promise<ChatCompletionChunk[]> {
  return read(mistral({ fetch: wire(response).fetch }).stream(call({ ...request, stream: true })))
}

/** How what `work` throws is classified. */
export async function failureOf(work: Promise<unknown>, adapter: ProviderAdapter = mistral()): Promise<Failure> {
  const thrown: unknown = await work.then(
    () => expect.unreachable('it had to fail'),
    (error: unknown) => error,
  )
  return adapter.failure(thrown)
}
