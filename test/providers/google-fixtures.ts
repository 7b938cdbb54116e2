import type OpenAI from 'openai'
import type { AdapterCall, ProviderAdapter } from '../../src/contracts/adapter.ts'
import type { ChatCompletion, ChatCompletionChunk } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import type { FailureKind } from '../../src/contracts/failure.ts'
import { AttemptError } from '../../src/errors.ts'
import { google } from '../../src/providers/google/index.ts'

/** A key that could be one, for tests that look for it where it must not be. */
export const key = 'AIza-test-key-0123456789'

type Body = OpenAI.ChatCompletionCreateParams

/** Everything the adapter handed to the transport. */
export interface Sent {
  readonly url: URL
  readonly headers: Headers
  readonly init: RequestInit
  readonly body: Record<string, unknown>
}

export interface Wire {
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  readonly sent: Sent[]
}

/** A transport that gives the answers in turn and remembers what it was sent. */
export function wire(...answers: (() => Response | Promise<Response>)[]): Wire {
  const sent: Sent[] = []
  return {
    sent,
    fetch: async (input, init = {}) => {
      const url = new URL(input instanceof Request ? input.url : input)
      const answer = answers[sent.length]
      sent.push({ url, headers: new Headers(init.headers), init, body: jsonOf(init.body) })
      if (answer === undefined) throw new Error(`The wire was asked ${sent.length} times and has ${answers.length} answers.`)
      return answer()
    },
  }
}

function jsonOf(body: unknown): Record<string, unknown> {
  const value: unknown = typeof body === 'string' ? JSON.parse(body) : undefined
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

export function json(body: unknown, init: ResponseInit = {}): () => Response {
  return () => Response.json(body, init)
}

/** A candidate that says these parts. */
export function says(parts: readonly unknown[], rest: object = {}): object {
  return {
    candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP', index: 0, ...rest }],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
    modelVersion: 'gemini-3-flash',
    responseId: 'response-1',
  }
}

/** An event of a stream: like {@link says}, without a finish reason unless one is given. */
export function piece(parts: readonly unknown[], rest: object = {}): object {
  return says(parts, { finishReason: undefined, ...rest })
}

export function sse(events: readonly unknown[], cut: (bytes: Uint8Array) => Uint8Array[] = (bytes) => [bytes]): () => Response {
  return raw(events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join(''), cut)
}

/** A stream of exactly this text. */
export function raw(text: string, cut: (bytes: Uint8Array) => Uint8Array[] = (bytes) => [bytes]): () => Response {
  return () =>
    new Response(ReadableStream.from(cut(new TextEncoder().encode(text))), { headers: { 'content-type': 'text/event-stream' } })
}

/** An object and everything in it, frozen. */
export function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(frozen)
  }
  return value
}

export function callOf(request: Partial<Body>, rest: Partial<AdapterCall> = {}): AdapterCall {
  const model = rest.model ?? 'gemini-3-flash'
  const whole = { model, messages: [{ role: 'user' as const, content: 'Hello' }], ...request }
  return {
    model,
    card: undefined,
    request: frozen(toRequest(whole)),
    secret: new Secret(key),
    signal: new AbortController().signal,
    ...rest,
  }
}

/** `Partial` makes a union of bodies one that has both halves; a request is one of them. */
function toRequest({ stream, ...body }: Omit<Partial<Body>, 'model' | 'messages'> & Pick<Body, 'model' | 'messages'>): Body {
  return stream === true ? { ...body, stream } : body
}

/** The body that goes out for a request. */
export async function bodyOf(request: Partial<Body>, rest: Partial<AdapterCall> = {}): Promise<Record<string, unknown>> {
  const { fetch, sent } = wire(json(says([{ text: 'Hi' }])))
  await google({ fetch }).complete(callOf(request, rest))
  return sent[0]?.body ?? {}
}

/** The answer that is made of a vendor's body. */
export async function completionOf(body: unknown, request: Partial<Body> = {}): Promise<ChatCompletion> {
  return google({ fetch: wire(json(body)).fetch }).complete(callOf(request))
}

export async function collect(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

/** The chunks that are made of a vendor's stream. */
export function chunksOf(answer: () => Response, request: Partial<Body> = {}): Promise<ChatCompletionChunk[]> {
  return collect(google({ fetch: wire(answer).fetch }).stream(callOf({ ...request, stream: true })))
}

/** What went wrong, in our words. */
export async function failureOf(adapter: ProviderAdapter, work: Promise<unknown>): Promise<ReturnType<ProviderAdapter['failure']>> {
  try {
    await work
  } catch (error) {
    return adapter.failure(error)
  }
  throw new Error('It should have failed.')
}

/** The kind of the classified error that the work throws. */
export async function kindOf(work: Promise<unknown>): Promise<FailureKind | undefined> {
  try {
    await work
  } catch (error) {
    if (error instanceof AttemptError) return error.failure.kind
    throw error
  }
  return undefined
}
