import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from 'openai'
import type { Failure, FailureKind } from './contracts/failure.ts'
import { ModelyardError } from './errors.ts'

/** One wire call of a logical request that failed, as errors list it. */
export interface FailedAttempt {
  readonly target: string
  readonly kind: FailureKind
  readonly status?: number
  readonly code?: string
  readonly durationMs: number
}

/**
 * The error that the caller sees: the `openai` class of the failure's status, with every attempt listed. It holds no
 * request, no key, and of the response headers only the harmless ones.
 */
export function callerError(failure: Failure, attempts: readonly FailedAttempt[]): Error {
  const error = errorOfKind(failure)
  if (failure.cause !== undefined && error.cause === undefined && isTransport(failure)) error.cause = failure.cause
  return withAttempts(error, attempts)
}

/** The error of a request that its caller has left, for the reason that the caller gave, if any. */
export function abortError(reason: unknown, attempts: readonly FailedAttempt[]): Error {
  const error = new APIUserAbortError()
  if (reason !== undefined) error.cause = reason
  return withAttempts(error, attempts)
}

/** Lists the attempts on an error of ours. Not enumerable: printing an error does not print the whole journey. */
export function withAttempts<Thrown extends Error>(error: Thrown, attempts: readonly FailedAttempt[]): Thrown {
  return Object.defineProperty(error, 'attempts', { value: Object.freeze([...attempts]), configurable: true })
}

/** The attempts listed on an error that the router threw. */
export function attemptsOf(error: unknown): readonly FailedAttempt[] {
  const attempts: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'attempts') : undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only withAttempts() writes this property
  return Array.isArray(attempts) ? (attempts as readonly FailedAttempt[]) : []
}

function errorOfKind(failure: Failure): Error {
  const { kind, cause, message, status } = failure
  if (kind === 'aborted') return new APIUserAbortError()
  if (timedOut.has(kind)) return timeoutError(failure)
  if (withoutAnswer.has(kind)) return connectionError(failure)
  if (kind === 'unusable') return ModelyardError.is(cause) ? cause : new APIConnectionError({ message })
  return status === undefined ? errorWithoutStatus(failure) : errorOfStatus(failure, status)
}

const timedOut: ReadonlySet<FailureKind> = new Set(['timeout', 'caller_timeout', 'deadline'])

/** What the OpenAI client has no status for: nothing came, or nothing that is of use. */
const withoutAnswer: ReadonlySet<FailureKind> = new Set(['network', 'malformed', 'mismatch', 'unfit', 'truncated', 'internal'])

function timeoutError({ message }: Failure): Error {
  return new APIConnectionTimeoutError({ message })
}

function connectionError({ kind, message, code }: Failure): Error {
  // As the OpenAI client says it; what exactly broke is the cause.
  const error = new APIConnectionError({ message: kind === 'network' ? undefined : message })
  const told = code ?? (kind === 'malformed' ? 'malformed_response' : undefined)
  return told === undefined ? error : Object.assign(error, { code: told })
}

/** An error inside a stream has no status; the vendor's error object makes it an APIError all the same. */
function errorWithoutStatus(failure: Failure): Error {
  return new APIError(undefined, errorBody(failure) ?? { message: failure.message }, undefined, harmless(failure.headers))
}

function errorOfStatus(failure: Failure, status: number): Error {
  const body = errorBody(failure)
  const headers = errorHeaders(failure)
  const plain = body === undefined ? plainText(failure, status) : undefined
  if (status >= 500) return new InternalServerError(status, body, plain, headers)
  switch (status) {
    case 400:
      return new BadRequestError(status, body, plain, headers)
    case 401:
      return new AuthenticationError(status, body, plain, headers)
    case 403:
      return new PermissionDeniedError(status, body, plain, headers)
    case 404:
      return new NotFoundError(status, body, plain, headers)
    case 409:
      return new ConflictError(status, body, plain, headers)
    case 422:
      return new UnprocessableEntityError(status, body, plain, headers)
    case 429:
      return new RateLimitError(status, body, plain, headers)
    default:
      return new APIError(status, body, plain, headers)
  }
}

/** The harmless headers; `requestID` reads the id from OpenAI's own name for it, whatever the vendor's is. */
function errorHeaders({ headers, requestId }: Failure): Headers {
  const kept = harmless(headers) ?? new Headers()
  if (typeof requestId === 'string' && !kept.has('x-request-id')) kept.set('x-request-id', requestId)
  return kept
}

/** The message where the vendor sent no error object; the `openai` class says by itself that there was no body. */
function plainText({ message }: Failure, status: number): string | undefined {
  return message === '' || message === `${status} status code (no body)` ? undefined : message
}

/** The error object as the OpenAI client would have got it: the vendor's own, or one in OpenAI's shape. */
function errorBody({ body, message, code, type, param }: Failure): object | undefined {
  if (typeof body === 'object' && body !== null) {
    const own = { ...body }
    return code === undefined && type === undefined && 'message' in own
      ? own
      : { message, ...own, ...defined({ code, type, param }) }
  }
  if (code === undefined && type === undefined && param === undefined) return undefined
  return { message, ...defined({ code, type, param }) }
}

function defined(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Whether what exactly broke is told as the error's `cause`. */
export function isTransport({ kind }: Failure): boolean {
  return kind === 'network' || kind === 'timeout' || kind === 'truncated' || kind === 'malformed' || kind === 'aborted'
}

const telling =
  /^(?:retry-after|retry-after-ms|content-type|date|server|via|cf-ray|x-.+|[a-z]+-(?:version|model|processing-ms)|.*ratelimit.*|.*request-id)$/
const secretive = /key|auth|token$|cookie|secret/

/** Of a vendor's response headers those that tell no secret. */
export function harmless(headers: Headers | undefined): Headers | undefined {
  if (headers === undefined) return undefined
  const kept = new Headers()
  for (const [name, value] of headers) if (telling.test(name) && !secretive.test(name)) kept.append(name, value)
  return kept
}
