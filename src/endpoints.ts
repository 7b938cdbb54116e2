import { responseHeaders } from './answer.ts'
import type { ModelDirectory } from './model-directory.ts'
import type { Call } from './call.ts'
import type { Dispatcher } from './dispatch.ts'
import { ModelyardError } from './errors.ts'
import { eventStream } from './event-stream.ts'
import { embed } from './embeddings.ts'
import { forwarder, type ForwardParts, type Outgoing } from './forward.ts'
import { moderate } from './moderations.ts'
import { rememberRoute } from './route-of.ts'
import type { Routed } from './route.ts'
import type { RouteRecord } from './runtime.ts'
import { requestIdIn } from './vendor-headers.ts'

/** Where a call's own options travel beside the request that the OpenAI client builds. */
export const callKey = Symbol('modelyard.call')

/** Fetch options with the call's options beside them. */
export interface RoutedInit {
  readonly [callKey]: Call
}

/** What the endpoints are served by. */
export interface EndpointParts {
  readonly models: ModelDirectory
  readonly operations: ForwardParts
}

/** A `fetch` without a network. */
export interface Endpoints {
  readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** The error that an error response of this `fetch` stands for, by the response's headers. */
  readonly errorBehind: (headers: Headers | undefined) => Error | undefined
  /** What was read from a response of this `fetch`, with the response's route where it has one: `routeOf()` knows it. */
  readonly routed: <Value>(value: Value, props: { readonly response: Response }) => Value
}

/**
 * The `fetch` of the router's clients: answers the OpenAI client's requests inside the process. What the router does not
 * translate is handed on to a provider that takes it as it is; nothing is ever sent to a network from here.
 */
export function endpoints({ models, operations }: EndpointParts): Endpoints {
  const handOn = forwarder(operations)
  // Taking an error apart into a response and letting the client put it together again would lose half of it.
  const thrown = new WeakMap<Headers, Error>()
  const routes = new WeakMap<Response, RouteRecord>()
  const refusal = (error: unknown): Response => {
    const response = new Response(null, { status: 500, headers: { 'x-should-retry': 'false' } })
    thrown.set(response.headers, error instanceof Error ? error : new Error(String(error)))
    return response
  }
  const fetch: Endpoints['fetch'] = async (url, init: RequestInit & Partial<RoutedInit> = {}) => {
    const { pathname, search } = new URL(url instanceof Request ? url.url : url)
    const path = pathname.replace(/^\/v1/, '')
    const endpoint = `${(init.method ?? 'GET').toUpperCase()} ${path}`
    try {
      const access = init[callKey]?.access
      if (access !== undefined) await access.check(init.signal)
      if (endpoint === 'POST /chat/completions') return await chat(operations.dispatcher, jsonCallOf(init))
      if (endpoint === 'POST /embeddings') return routedJson(await embeddings(jsonCallOf(init), operations), routes)
      if (endpoint === 'POST /moderations') return routedJson(await moderate(jsonCallOf(init), operations), routes)
      if (endpoint === 'GET /models') return json({ object: 'list', data: await models.list(callOf(init)) })
      if (endpoint.startsWith('GET /models/'))
        return json(await models.retrieve(decodeURIComponent(path.slice('/models/'.length)), callOf(init)))
      return await handOn(callOf(init), outgoingOf(init, `${path}${search}`))
    } catch (error) {
      return refusal(error)
    }
  }
  return {
    fetch,
    errorBehind: (headers) => (headers === undefined ? undefined : thrown.get(headers)),
    routed(value, { response }) {
      const record = routes.get(response)
      if (record !== undefined && typeof value === 'object' && value !== null) rememberRoute(value, () => record)
      return value
    },
  }
}

async function chat(dispatcher: Dispatcher, call: Call): Promise<Response> {
  if (typeof call.body === 'object' && call.body !== null && 'stream' in call.body && call.body.stream === true) {
    const delivery = await dispatcher.stream(call)
    return new Response(eventStream(delivery), {
      headers: withType(responseHeaders(delivery.headers, delivery.record), 'text/event-stream; charset=utf-8'),
    })
  }
  return routedJson(await dispatcher.complete(call))
}

async function embeddings(call: Call, parts: ForwardParts): Promise<Routed<object>> {
  const routed = await embed(call, parts)
  const { answer } = routed
  const data = wantsBase64(call.body) ? answer.data.map((item) => ({ ...item, embedding: base64Of(item.embedding) })) : answer.data
  return { ...routed, answer: { ...answer, data } }
}

function outgoingOf({ method = 'GET', headers, body }: RequestInit, path: string): Outgoing {
  return { method: method.toUpperCase(), path, headers: new Headers(headers), body }
}

function wantsBase64(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'encoding_format' in body && body.encoding_format === 'base64'
}

/** Little-endian 32-bit floats in base64, as the embeddings endpoint sends them; what is a string already is that. */
function base64Of(embedding: readonly number[] | string): string {
  return typeof embedding === 'string' ? embedding : Buffer.from(new Float32Array(embedding).buffer).toString('base64')
}

function callOf(init: RequestInit & Partial<RoutedInit>): Call {
  const call = init[callKey]
  if (call === undefined) throw new ModelyardError('BAD_OPTION', "The router's fetch serves the router's own clients only.")
  // The client's own signal: it also ends with the stream that the client makes of the response.
  return { ...call, signal: init.signal }
}

function jsonCallOf(init: RequestInit): Call {
  return { ...callOf(init), body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined }
}

/** With the vendor's request id under the name by which the OpenAI client looks for it. */
function withType(headers: Headers, type: string): Headers {
  headers.set('content-type', type)
  const requestId = requestIdIn(headers)
  if (requestId !== null) headers.set('x-request-id', requestId)
  return headers
}

function routedJson({ answer, record, headers }: Routed<object>, routes?: WeakMap<Response, RouteRecord>): Response {
  const head = withType(responseHeaders(headers, record), 'application/json')
  const response = new Response(JSON.stringify(answer), { headers: head })
  routes?.set(response, record)
  return response
}

function json(body: unknown): Response {
  return Response.json(body)
}
