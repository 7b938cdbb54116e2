import type { Failure } from '../../contracts/failure.ts'
import type { Secret } from '../../contracts/secret.ts'
import { AttemptError } from '../../errors.ts'
import { failureFromBody, failureFromHttp, failureFromThrown } from '../shared/failure.ts'
import { redact } from '../shared/http.ts'
import { isObject, parseJson } from '../shared/json.ts'
import type { Recogniser } from '../shared/recognise.ts'
import type { CallFailureData, ErrorData } from './events.ts'

/**
 * Codes of the Copilot API and types of the runtime's errors: `ErrorData` of @github/copilot-sdk 1.0.14, and what its
 * runtime makes of refusals (measured).
 */
export const refusals: readonly Recogniser[] = [
  { kind: 'rate_limit', code: ['rate_limit', 'rate_limited', 'integration_rate_limited'] },
  { kind: 'rate_limit', code: ['user_global_rate_limited', 'user_weekly_rate_limited', 'user_model_rate_limited'] },
  { kind: 'quota', code: ['quota', 'quota_exceeded', 'session_quota_exceeded', 'billing_not_configured'] },
  { kind: 'context_length', code: ['context_limit', 'model_max_prompt_tokens_exceeded'] },
  { kind: 'not_found', code: ['model_not_supported'] },
  { kind: 'auth', code: ['authentication'] },
  { kind: 'auth', status: [401], code: ['authorization'] },
  { kind: 'permission', code: ['authorization', 'feature_not_enabled'] },
  { kind: 'malformed', text: /^No response was returned/ },
]

/** What is known of a call when it fails. */
export interface Circumstances {
  readonly secret: Secret
  /** Whether some of the answer has come already. */
  readonly hasBegun: boolean
}

/**
 * A model request that failed. The runtime would try again, several times and for up to a minute; here that is the router's
 * decision, so the first failure is the answer.
 */
export function failedRequest(data: CallFailureData, { secret, hasBegun }: Circumstances): AttemptError {
  const text = redact(unquoted(data.errorMessage ?? ''), secret)
  const { kind, message, headers: _, ...details } = requestFailure(data.statusCode, text)
  const isCut = hasBegun && (kind === 'network' || kind === 'malformed')
  return new AttemptError(isCut ? 'truncated' : kind, message, { ...details, requestId: requestIdOf(data) })
}

function requestFailure(status: number | undefined, text: string): Failure {
  if (status !== undefined && status >= 300) return failureFromHttp({ status, headers: new Headers(), text }, refusals)
  const body = parseJson(text)
  if (isObject(body)) return failureFromBody(body, refusals)
  return { kind: transportKind(text), message: text === '' ? 'The model request failed without a reason.' : text }
}

function requestIdOf({ serviceRequestId, providerCallId }: CallFailureData | ErrorData): string | null {
  return serviceRequestId ?? providerCallId ?? null
}

/** The runtime gives the vendor's words as JSON: an error object, or a text in quotation marks. */
function unquoted(message: string): string {
  const parsed = parseJson(message)
  return typeof parsed === 'string' ? parsed : message
}

/** Without a status it is either the connection, or an answer that is none. */
function transportKind(message: string): Failure['kind'] {
  return /^Failed to (?:finalize|parse|deserialize|decode)/i.test(message) ? 'malformed' : 'network'
}

/** An error of the session itself: of its set-up, its key or its allowance. */
export function failedSession(data: ErrorData, secret: Secret): AttemptError {
  const { errorType, errorCode, statusCode: status } = data
  const body = { message: redact(data.message, secret), type: errorType, code: errorCode ?? null }
  const {
    kind,
    message,
    headers: _,
    ...details
  } = status === undefined
    ? failureFromBody(body, refusals)
    : failureFromHttp({ status, headers: new Headers(), text: JSON.stringify(body) }, refusals)
  return new AttemptError(kind, message, { ...details, requestId: requestIdOf(data) })
}

/** What the runtime refused before there was a session: it says why in words alone. */
export function failedSetup(cause: unknown, secret: Secret): AttemptError {
  const message = cause instanceof Error ? redact(cause.message, secret) : 'The session could not be created.'
  const known = setupWords.find(([words]) => words.test(message))
  return new AttemptError(known?.[1] ?? 'internal', message)
}

const setupWords: readonly (readonly [RegExp, Failure['kind']])[] = [
  [/authentication failed|not authenticated|unauthorized/i, 'auth'],
  [/connection is closed|connection got disposed|connection failed|CLI server exited/i, 'network'],
]

/** Puts whatever the adapter threw into our words. */
export function failure(error: unknown): Failure {
  return failureFromThrown(error, refusals)
}
