import type { Failure, FailureKind } from '../../contracts/failure.ts'
import { AttemptError, ModelyardError } from '../../errors.ts'
import { kindOfStatus } from '../../classification.ts'
import { detailsOf, errorDetails } from './error-body.ts'
import { isFailure, recognise } from './recognise.ts'
import type { ErrorDetails, Recogniser } from './recognise.ts'

/** A refusal as it came over the wire. */
export interface HttpRefusal {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Classifies a refusal: the vendor's code first, its words second, the status last. */
export function failureFromHttp({ status, headers, text }: HttpRefusal, recognisers: readonly Recogniser[] = []): Failure {
  const details = errorDetails(text)
  return failureOf({ details, status, headers, recognisers })
}

/** Classifies an error object inside a stream or inside a 200 answer. */
export function failureFromBody(body: unknown, recognisers: readonly Recogniser[] = []): Failure {
  const details = detailsOf(body)
  return { ...details, message: details.message, kind: recognise(details, undefined, recognisers) }
}

function failureOf({
  details,
  status,
  headers,
  recognisers,
}: {
  readonly details: ErrorDetails
  readonly status: number
  readonly headers: Headers | undefined
  readonly recognisers: readonly Recogniser[]
}): Failure {
  // A redirect is a redirect whatever its page says.
  const kind = status < 400 ? kindOfStatus(status) : recognise(details, status, recognisers)
  const message = details.message === '' ? `${status} status code (no body)` : details.message
  if (headers === undefined) return { ...details, kind, message, status }
  return { ...details, kind, message, status, headers, ...fromHeaders(headers) }
}

function fromHeaders(headers: Headers): Partial<Failure> {
  const retryAfter = retryAfterMs(headers, Date.now())
  const word = headers.get('x-should-retry')
  return {
    requestId: headers.get('x-request-id') ?? headers.get('request-id') ?? headers.get('apim-request-id'),
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
    ...(word === 'true' || word === 'false' ? { shouldRetry: word === 'true' } : {}),
  }
}

/** How long the vendor asks to be left alone: `retry-after-ms`, else `retry-after` in seconds or as a date. */
export function retryAfterMs(headers: Headers, wallNow: number): number | undefined {
  const milliseconds = positive(headers.get('retry-after-ms'), 1)
  if (milliseconds !== undefined) return milliseconds
  const after = headers.get('retry-after')
  const seconds = positive(after, 1000)
  if (seconds !== undefined) return seconds
  const until = after === null || !/[a-z]{3}/i.test(after) ? Number.NaN : Date.parse(after)
  return until >= wallNow ? until - wallNow : undefined
}

function positive(text: string | null, unitMs: number): number | undefined {
  if (text === null || !/^\s*\d+(?:\.\d+)?\s*$/.test(text)) return undefined
  return Number(text) * unitMs
}

/**
 * Classifies whatever an adapter threw. Errors are recognised by what they carry (a status, an error object, a code), never
 * by their class or name, so those of any SDK, and of any copy of one, are understood alike.
 */
export function failureFromThrown(error: unknown, recognisers: readonly Recogniser[] = []): Failure {
  try {
    return failureInChain(error, recognisers)
  } catch {
    // Getters and proxies may throw themselves.
    return { kind: 'internal', message: 'Something was thrown that cannot be read.' }
  }
}

function failureInChain(error: unknown, recognisers: readonly Recogniser[]): Failure {
  let inner = error
  for (let depth = 0; depth < 6 && typeof inner === 'object' && inner !== null; depth += 1) {
    const failure = classified(inner) ?? fromSdk(inner, recognisers) ?? fromTransport(inner)
    if (failure !== undefined) return failure
    inner = 'cause' in inner ? inner.cause : undefined
  }
  return looseEnd(error)
}

function classified(error: object): Failure | undefined {
  if (error instanceof AttemptError) return error.failure
  if ('failure' in error && isFailure(error.failure)) return error.failure
  if (!ModelyardError.is(error)) return undefined
  const unusable = error.code === 'MISSING_SDK' || error.code === 'MISSING_KEY'
  return { kind: unusable ? 'unusable' : 'internal', message: error.message, code: error.code, cause: error }
}

/** An SDK's error for an HTTP status, or for an error object inside a stream. */
function fromSdk(error: object, recognisers: readonly Recogniser[]): Failure | undefined {
  const body = 'error' in error ? error.error : undefined
  const status = 'status' in error && typeof error.status === 'number' && error.status >= 300 ? error.status : undefined
  if (status === undefined)
    return typeof body === 'object' && body !== null ? { ...failureFromBody(body, recognisers), cause: error } : undefined
  const headers = 'headers' in error && error.headers instanceof Headers ? error.headers : undefined
  const details = body === undefined || body === null ? errorDetails(messageOf(error)) : detailsOf(body)
  return { ...failureOf({ details, status, headers, recognisers }), cause: error }
}

function fromTransport(error: object): Failure | undefined {
  const kind = transportKind(error)
  return kind === undefined ? undefined : { kind, message: messageOf(error), cause: error }
}

/** The kind of a transport's own error; `undefined` for one that is none. */
export function transportKind(error: unknown): FailureKind | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const name = 'name' in error ? error.name : undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (name === 'AbortError' || code === 'ABORT_ERR') return 'aborted'
  if (name === 'TimeoutError' || timeoutCodes.has(code)) return 'timeout'
  // A body that cannot be decompressed.
  if (code.startsWith('Z_')) return 'malformed'
  if (networkCode.test(code)) return 'network'
  return undefined
}

const timeoutCodes: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])

/** System errors, undici's, the HTTP parser's, TLS's and certificates'. */
const networkCode =
  /^(?:E(?:CONN|HOST|NET|PIPE|AI_|NOTFOUND|PROTO|ADDR)|UND_ERR_|HPE_|ERR_(?:TLS|SSL|HTTP|SOCKET|STREAM_PREMATURE)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|OPENSSL_)/

/** What has no field to tell it by: the words that `fetch` and the SDKs use. */
function looseEnd(error: unknown): Failure {
  const message = error instanceof Error ? error.message : 'Something that is no error was thrown.'
  if (/^request was aborted|operation was aborted/i.test(message)) return { kind: 'aborted', message, cause: error }
  if (/^request timed out|timed out$/i.test(message)) return { kind: 'timeout', message, cause: error }
  if (
    /^(?:fetch failed|terminated|failed to fetch|connection error\.?|other side closed|premature close|socket hang up)/i.test(
      message,
    )
  ) {
    return { kind: 'network', message, cause: error }
  }
  return { kind: 'internal', message, cause: error }
}

function messageOf(error: object): string {
  return 'message' in error && typeof error.message === 'string' ? error.message : ''
}
