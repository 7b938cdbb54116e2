import { expect } from 'vitest'
import type { AdapterCall, ProviderAdapter, Support } from '../../src/contracts/adapter.ts'
import type { ChatCompletion, ChatCompletionChunk, ChatRequest } from '../../src/contracts/chat.ts'
import type { Failure } from '../../src/contracts/failure.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { replicate } from '../../src/providers/replicate/index.ts'
import type { ReplicateOptions } from '../../src/providers/replicate/index.ts'

export const model = 'meta/meta-llama-3-70b-instruct'
export const api = 'https://api.replicate.com/v1'
export const key = 'r8_key-of-the-tests-0001'
const streamAddress = 'https://stream.replicate.com/v1/files/abc'

/** A request as it went over the wire. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

export interface Wire {
  readonly fetch: typeof fetch
  readonly sent: Sent[]
}

/** A transport that answers with these responses, one after the other and the last one for ever, and keeps what was sent. */
export function wire(...responses: readonly (() => Response | Promise<Response>)[]): Wire {
  const sent: Sent[] = []
  return {
    sent,
    fetch: async (input, init = {}) => {
      const body: unknown = JSON.parse(typeof init.body === 'string' ? init.body : '{}')
      const url = input instanceof Request ? input.url : new URL(input).href
      sent.push({ method: init.method ?? 'GET', url, headers: new Headers(init.headers), body: { ...Object(body) } })
      init.signal?.throwIfAborted()
      const respond = responses[Math.min(sent.length, responses.length) - 1]
      return respond === undefined ? expect.unreachable('nothing answers') : respond()
    },
  }
}

/** What was asked of the vendor, without the bodies. */
export const asked = ({ sent }: Wire): readonly string[] => sent.map(({ method, url }) => `${method} ${url}`)

/** A prediction as the vendor writes it. */
export function prediction(fields: object = {}): object {
  return {
    id: 'p1',
    model,
    version: 'hidden',
    input: {},
    logs: '',
    output: ['Hello', ' you'],
    error: null,
    status: 'succeeded',
    created_at: '2026-11-22T09:00:00Z',
    metrics: { input_token_count: 11, output_token_count: 2, predict_time: 0.4 },
    urls: { get: `${api}/predictions/p1`, cancel: `${api}/predictions/p1/cancel` },
    ...fields,
  }
}

/** One that has only begun. */
export const starting = (fields: object = {}): object => prediction({ status: 'starting', output: null, metrics: {}, ...fields })

/** One that has only begun, and whose answer comes as events. */
export const streaming = (fields: object = {}): object =>
  starting({ urls: { get: `${api}/predictions/p1`, cancel: `${api}/predictions/p1/cancel`, stream: streamAddress }, ...fields })

export const json =
  (body: unknown, init: ResponseInit = {}): (() => Response) =>
  () =>
    Response.json(body, init)

/** An event as the vendor writes it: a line for each line of its data. */
export function event(name: string, data: string): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`)
  return `event: ${name}\nid: 1757200600:0\n${lines.join('')}\n`
}

export const done = event('done', '{}')

export const sse =
  (body: string | ReadableStream<Uint8Array>): (() => Response) =>
  () =>
    new Response(body, { headers: { 'content-type': 'text/event-stream' } })

export function call(request: object = {}, more: Partial<AdapterCall> = {}): AdapterCall {
  return {
    model,
    card: undefined,
    secret: new Secret(key),
    signal: new AbortController().signal,
    request: Object.assign({ model, messages: [{ role: 'user', content: 'Hi' }] } satisfies ChatRequest, request),
    ...more,
  }
}

/** The creation that a request becomes. */
export async function created(request: object, more: Partial<AdapterCall> = {}, options: ReplicateOptions = {}): Promise<Sent> {
  const { fetch, sent } = wire(json(prediction(), { status: 201 }))
  await replicate({ ...options, fetch }).complete(call(request, more))
  expect(sent).toHaveLength(1)
  return sent[0] ?? expect.unreachable('nothing was sent')
}

/** The inputs that a request becomes. */
export async function inputOf(request: object, at: string = model, options: ReplicateOptions = {}): Promise<Sent['body']> {
  const { body } = await created(request, { model: at }, options)
  const input: Sent['body'] = { ...Object(body['input']) }
  return input
}

/** The prompt for a conversation. */
export async function promptFor(messages: readonly object[], at: string = model): Promise<string> {
  return String((await inputOf({ messages }, at))['prompt'])
}

export function supportOf(request: object, at: string = model, options: ReplicateOptions = {}): Support {
  return replicate(options).supports(call(request).request, undefined, at)
}

/** The completion that a prediction becomes. */
export async function completed(body: object, request: object = {}): Promise<ChatCompletion> {
  return replicate({ fetch: wire(json(body, { status: 201 })).fetch }).complete(call(request))
}

export async function read(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = []
  for await (const each of stream) chunks.push(each)
  return chunks
}

/** What a stream becomes, and what it throws. */
export interface Outcome {
  readonly chunks: readonly ChatCompletionChunk[]
  readonly text: string
  readonly finish: string | null | undefined
  readonly usage: ChatCompletionChunk['usage']
  readonly failure: Failure | undefined
}

/** What becomes of a stream that is answered like this: the creation, the events, the prediction afterwards. */
export async function streamed(responses: readonly (() => Response)[], options: ReplicateOptions = {}): Promise<Outcome> {
  return follow(replicate({ pollMs: 1, ...options, fetch: wire(...responses).fetch }), call({ stream: true }))
}

/** Reads a stream to its end, good or bad. */
export async function follow(adapter: ProviderAdapter, made: AdapterCall): Promise<Outcome> {
  const chunks: ChatCompletionChunk[] = []
  let failure: Failure | undefined
  try {
    for await (const chunk of adapter.stream(made)) chunks.push(chunk)
  } catch (error) {
    failure = adapter.failure(error)
  }
  const text = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? '')).join('')
  const finish = chunks.flatMap(({ choices }) => choices.flatMap((choice) => choice.finish_reason ?? [])).at(-1)
  return { chunks, text, finish, usage: chunks.at(-1)?.usage, failure }
}

/** How what `work` throws is classified. */
export async function failureOf(work: Promise<unknown>, adapter: ProviderAdapter = replicate()): Promise<Failure> {
  const thrown: unknown = await work.then(
    () => expect.unreachable('it had to fail'),
    (error: unknown) => error,
  )
  return adapter.failure(thrown)
}
