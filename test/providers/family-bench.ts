import type { AdapterCall, ProviderAdapter } from '../../src/contracts/adapter.ts'
import type { ChatCompletionChunk, ChatRequest } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import type { CompatibleOptions } from '../../src/providers/family/index.ts'

export type Factory = (options: CompatibleOptions) => ProviderAdapter

export const request: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }

export const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'm-1',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, logprobs: null, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

export function callOf(over: Partial<AdapterCall> = {}): AdapterCall {
  const secret = new Secret('sk-a-key-for-tests')
  return { model: 'm', card: undefined, request, secret, signal: new AbortController().signal, ...over }
}

export interface Sent {
  readonly url: string
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

/** An adapter over a transport that notes what is sent and gives one answer. */
export function wired(
  create: Factory,
  { reply = () => Response.json(answer), ...options }: CompatibleOptions & { readonly reply?: () => Response } = {},
): { readonly adapter: ProviderAdapter; readonly sent: Sent[] } {
  const sent: Sent[] = []
  const adapter = create({
    ...options,
    fetch: async (input, init) => {
      const body: unknown = JSON.parse(typeof init?.body === 'string' ? init.body : '{}')
      const url = input instanceof Request ? input.url : String(input)
      sent.push({ url, headers: new Headers(init?.headers), body: { ...Object(body) } })
      return reply()
    },
  })
  return { adapter, sent }
}

/** The body that a request becomes. */
export async function bodyOf(create: Factory, fields: object, model = 'm'): Promise<Readonly<Record<string, unknown>>> {
  const { adapter, sent } = wired(create)
  // What comes back is no matter here; some requests ask for more than the answer of this transport.
  await adapter.complete(callOf({ model, request: { ...request, ...fields } })).catch(() => undefined)
  return sent[0]?.body ?? {}
}

/** What an answer becomes. */
export async function answered(create: Factory, body: object, over: Partial<AdapterCall> = {}) {
  return wired(create, { reply: () => Response.json(body) }).adapter.complete(callOf(over))
}

/** The chunks that events become. */
export async function streamed(create: Factory, events: readonly unknown[], over: Partial<AdapterCall> = {}) {
  const text = events.map((event) => (typeof event === 'string' ? event : `data: ${JSON.stringify(event)}\n\n`)).join('')
  const reply = () => new Response(text, { headers: { 'content-type': 'text/event-stream' } })
  const chunks: ChatCompletionChunk[] = []
  const call = callOf({ request: { ...request, stream: true, stream_options: { include_usage: true } }, ...over })
  for await (const chunk of wired(create, { reply }).adapter.stream(call)) chunks.push(chunk)
  return chunks
}

/** How an adapter classifies what a call threw. */
export async function failureOf(create: Factory, work: Promise<unknown>) {
  try {
    await work
  } catch (error) {
    return create({}).failure(error)
  }
  throw new Error('it succeeded')
}

/** How a refusal of the server is classified. */
export async function refused(create: Factory, status: number, body: object) {
  const { adapter } = wired(create, { reply: () => Response.json(body, { status }) })
  return failureOf(create, adapter.complete(callOf()))
}
