import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import type { Fetch } from '../shared/options.ts'

/** A handler of smithy's kind, `NodeHttpHandler` for one: it sends the signed requests. It must not retry. */
export interface RequestHandler {
  handle(request: object, options?: object): Promise<{ readonly response: object }>
}

/** A request as the SDK has signed it. */
export interface SignedRequest {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number | undefined
  readonly path: string
  readonly query?: JsonObject | undefined
  readonly headers: Record<string, string>
  body?: unknown
}

/** Whether it is what the SDK hands to its transport. */
export function isSignedRequest(value: unknown): value is SignedRequest {
  return isObject(value) && typeof value['hostname'] === 'string' && typeof value['path'] === 'string' && isObject(value['headers'])
}

/** Where a request goes. */
export function urlOf({ protocol, hostname, port, path, query = {} }: SignedRequest): string {
  const parameters = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => pairs(name, value))).toString()
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${parameters === '' ? '' : `?${parameters}`}`
}

function pairs(name: string, value: unknown): [string, string][] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.map((each) => [name, textOf(each) ?? ''])
}

/**
 * The headers to send. The caller's own come after the signature, which covers none of them; `fetch` sets host and length
 * itself, to the very values that were signed.
 */
export function headersOf(
  { headers }: SignedRequest,
  ...more: readonly (Readonly<Record<string, string | null>> | undefined)[]
): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (!setByTransport.has(name.toLowerCase())) out[name.toLowerCase()] = value
  for (const [name, value] of more.flatMap((each) => Object.entries(each ?? {}))) {
    const lower = name.toLowerCase()
    if (lower === 'authorization' || lower.startsWith('x-amz-') || setByTransport.has(lower)) continue
    if (value === null) Reflect.deleteProperty(out, lower)
    else out[lower] = value
  }
  return out
}

const setByTransport: ReadonlySet<string> = new Set(['host', 'content-length', 'connection'])

/** The user's handler as a `fetch` for this one request. */
export function handlerFetch(handler: RequestHandler, request: SignedRequest, isEventStream: boolean): Fetch {
  return async (_, init) => {
    const { signal, headers } = init ?? {}
    // The host and the length that were signed, which `fetch` would have set; and what `headersOf` made of the others.
    const framing = Object.entries(request.headers).filter(([name]) => setByTransport.has(name.toLowerCase()))
    const sent = Object.assign(request, { headers: Object.fromEntries([...framing, ...new Headers(headers ?? {})]) })
    const { response } = await handler.handle(sent, { abortSignal: signal ?? undefined, isEventStream })
    return toResponse(response)
  }
}

const bodiless: ReadonlySet<number> = new Set([101, 204, 205, 304])

function toResponse(response: object): Response {
  const { statusCode, headers, body } = { statusCode: 0, headers: {}, body: undefined, ...response }
  const head = new Headers()
  for (const [name, value] of Object.entries(headers)) head.set(name, String(value))
  return new Response(bodiless.has(statusCode) ? null : bodyOf(body), { status: statusCode, headers: head })
}

function bodyOf(body: unknown): AsyncIterable<Uint8Array> | Uint8Array | string | null {
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  return isByteStream(body) ? body : null
}

/** A stream of Node's or of the web's: both give bytes when iterated. */
function isByteStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}
