import { anthropic, type AnthropicOptions } from '../../src/providers/anthropic/index.ts'
import type { AdapterCall, ProviderAdapter } from '../../src/contracts/adapter.ts'
import type { ChatCompletionChunk, ChatRequest } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { isObject } from '../../src/providers/shared/json.ts'

export const user = (content: string) => ({ role: 'user', content }) as const

export const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-5-5',
  content: [{ type: 'text', text: 'Hello.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  stop_details: null,
  usage: { input_tokens: 3, output_tokens: 2, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
}

/** One request that reached the wire. */
export interface Sent {
  readonly url: string
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

/** The real SDK over a fetch that answers with `respond`, and what it sent. */
export function wired(respond: (sent: Sent) => Response, options: AnthropicOptions = {}) {
  const sent: Sent[] = []
  const adapter = anthropic({
    fetch: async (input, init) => {
      const body: unknown = JSON.parse(await new Response(init?.body ?? '{}').text())
      const request = {
        url: input instanceof Request ? input.url : input.toString(),
        headers: new Headers(init?.headers),
        body: isObject(body) ? body : {},
      }
      sent.push(request)
      return respond(request)
    },
    ...options,
  })
  return { adapter, sent }
}

export function json(body: unknown, init?: ResponseInit): Response {
  return Response.json(body, init)
}

/** An event stream, cut into pieces of the lengths given (in bytes, repeated). */
export function sse(
  events: readonly (Readonly<Record<string, unknown>> & { readonly type: string })[],
  cuts: readonly number[] = [1e9],
): Response {
  return eventStream(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''), cuts)
}

export function eventStream(text: string, cuts: readonly number[] = [1e9]): Response {
  const bytes = new TextEncoder().encode(text)
  let at = 0
  let turn = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) {
        controller.close()
        return
      }
      const length = cuts[turn % cuts.length] ?? 1
      turn += 1
      controller.enqueue(bytes.slice(at, at + length))
      at += length
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

export function callOf(request: Partial<ChatRequest>, more: Partial<AdapterCall> = {}): AdapterCall {
  const model = more.model ?? 'claude-sonnet-5-5'
  return {
    model,
    card: undefined,
    request: { model, messages: [user('Hi')], ...request },
    secret: new Secret('sk-ant-secret'),
    signal: new AbortController().signal,
    ...more,
  }
}

export async function collect(adapter: ProviderAdapter, call: AdapterCall): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = []
  for await (const chunk of adapter.stream(call)) chunks.push(chunk)
  return chunks
}

/** The failure that a call ends with. */
export async function failureOf(adapter: ProviderAdapter, run: Promise<unknown>) {
  const error: unknown = await run.then(
    () => new Error('The call did not fail.'),
    (reason: unknown) => reason,
  )
  return adapter.failure(error)
}
