import { responseHeaders } from './answer.ts'
import type { ModelDirectory } from './model-directory.ts'
import type { Call, Dispatcher } from './dispatch.ts'
import { ModelyardError } from './errors.ts'
import { eventStream } from './event-stream.ts'
import { vendorRequestIdOf } from './journal.ts'

/** Where a call's own options travel beside the request that the OpenAI client builds. */
export const callKey = Symbol('modelyard.call')

/** Fetch options with the call's options beside them. */
export interface RoutedInit {
  readonly [callKey]: Call
}

/** What the endpoints are served by. */
export interface EndpointParts {
  readonly dispatcher: Dispatcher
  readonly models: ModelDirectory
}

/** A `fetch` without a network. */
export interface Endpoints {
  readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** The error that an error response of this `fetch` stands for, by the response's headers. */
  readonly errorBehind: (headers: Headers | undefined) => Error | undefined
}

/**
 * The `fetch` of the router's clients: answers the OpenAI client's requests inside the process. What the router does not
 * serve is a 404 that says so; nothing is ever sent to a network from here.
 */
export function endpoints({ dispatcher, models }: EndpointParts): Endpoints {
  // Taking an error apart into a response and letting the client put it together again would lose half of it.
  const thrown = new WeakMap<Headers, Error>()
  const refusal = (error: unknown): Response => {
    const response = new Response(null, { status: 500, headers: { 'x-should-retry': 'false' } })
    thrown.set(response.headers, error instanceof Error ? error : new Error(String(error)))
    return response
  }
  const fetch: Endpoints['fetch'] = async (url, init = {}) => {
    const path = new URL(url instanceof Request ? url.url : url).pathname.replace(/^\/v1/, '')
    const endpoint = `${(init.method ?? 'GET').toUpperCase()} ${path}`
    try {
      if (endpoint === 'POST /chat/completions') return await chat(dispatcher, callOf(init))
      if (endpoint === 'POST /embeddings') return await embeddings(dispatcher, callOf(init))
      if (endpoint === 'GET /models') return json({ object: 'list', data: await models.list() })
      if (endpoint.startsWith('GET /models/')) return json(await models.retrieve(decodeURIComponent(path.slice('/models/'.length))))
      return unsupported(endpoint)
    } catch (error) {
      return refusal(error)
    }
  }
  return { fetch, errorBehind: (headers) => (headers === undefined ? undefined : thrown.get(headers)) }
}

async function chat(dispatcher: Dispatcher, call: Call): Promise<Response> {
  if (typeof call.body === 'object' && call.body !== null && 'stream' in call.body && call.body.stream === true) {
    const delivery = await dispatcher.stream(call)
    return new Response(eventStream(delivery), {
      headers: withType(responseHeaders(delivery.headers, delivery.record), 'text/event-stream; charset=utf-8'),
    })
  }
  const { answer, record, headers } = await dispatcher.complete(call)
  return new Response(JSON.stringify(answer), { headers: withType(responseHeaders(headers, record), 'application/json') })
}

async function embeddings(dispatcher: Dispatcher, call: Call): Promise<Response> {
  const { answer, record, headers } = await dispatcher.embed(call)
  const body = wantsBase64(call.body)
    ? { ...answer, data: answer.data.map((item) => ({ ...item, embedding: base64Of(item.embedding) })) }
    : answer
  return new Response(JSON.stringify(body), { headers: withType(responseHeaders(headers, record), 'application/json') })
}

function wantsBase64(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'encoding_format' in body && body.encoding_format === 'base64'
}

/** Little-endian 32-bit floats in base64, as the embeddings endpoint sends them; what is a string already is that. */
function base64Of(embedding: readonly number[] | string): string {
  return typeof embedding === 'string' ? embedding : Buffer.from(new Float32Array(embedding).buffer).toString('base64')
}

function callOf(init: RequestInit & Partial<RoutedInit>): Call {
  const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined
  const call = init[callKey]
  if (call === undefined) throw new ModelyardError('BAD_OPTION', "The router's fetch serves the router's own clients only.")
  // The client's own signal: it also ends with the stream that the client makes of the response.
  return { ...call, body, signal: init.signal }
}

/** With the vendor's request id under the name by which the OpenAI client looks for it. */
function withType(headers: Headers, type: string): Headers {
  headers.set('content-type', type)
  const requestId = vendorRequestIdOf(headers)
  if (requestId !== null) headers.set('x-request-id', requestId)
  return headers
}

function json(body: unknown): Response {
  return Response.json(body)
}

function unsupported(endpoint: string): Response {
  const message = `The router serves chat completions, embeddings and the list of models, not ${endpoint}; call the provider's own client for it.`
  return Response.json(
    { error: { message, type: 'invalid_request_error', param: null, code: 'unsupported_endpoint' } },
    { status: 404 },
  )
}
