import type { Failure } from '../../../contracts/failure.ts'
import { AttemptError } from '../../../errors.ts'
import { failureFromBody, failureFromHttp, failureFromThrown } from '../failure.ts'
import { listOf } from '../guards.ts'
import { isObject, parseJson, textOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { Recogniser } from '../recognise.ts'

/**
 * Google's errors, told by their words where the status says too little. `code` is the number in the error object,
 * which is all there is inside a stream.
 */
export const recognisers: readonly Recogniser[] = [
  { kind: 'context_length', text: /token count.{0,40}exceeds the maximum|exceeds the maximum number of tokens allowed/i },
  { kind: 'auth', status: [400], text: /api key not (?:valid|found)|api key expired|api_key_invalid/i },
  { kind: 'too_large', status: [400], text: /request payload size exceeds the limit/i },
  { kind: 'content_filter', status: [400], text: /responsible ai practices|prompt (?:could not be submitted|was blocked)/i },
  // A matter of the account, not of the request: another target may serve it.
  { kind: 'permission', status: [400], text: /user location is not supported|is not available in your country/i },
  {
    kind: 'quota',
    status: [400, 403, 429],
    text: /billing (?:account|to be enabled|is disabled)|enable billing|spend(?:ing)? (?:cap|limit)|prepa(?:id|yment) credits/i,
  },
  // "You exceeded your current quota" is said of every limit, also of those per minute.
  { kind: 'rate_limit', code: ['429'] },
  { kind: 'overloaded', code: ['503'] },
  { kind: 'server', code: ['499'] },
]

/**
 * Classifies whatever a call threw, the SDK's own errors included (their message is the vendor's body). `own` goes before
 * Google's table: the words of whoever made the model.
 */
export function toFailure(error: unknown, own: readonly Recogniser[] = []): Failure {
  return refined(failureFromThrown(error, [...own, ...recognisers]))
}

/** An error object inside a stream as an error. Its number is the status that it would have had as an answer. */
export function errorOfEvent(event: JsonObject): AttemptError {
  const status = errorObject(event)?.['code']
  if (typeof status !== 'number' || status < 400 || status > 599) return errorOf(refined(failureFromBody(event, recognisers)))
  const text = JSON.stringify(event)
  const { status: _status, headers: _headers, ...failure } = failureFromHttp({ status, headers: new Headers(), text }, recognisers)
  return errorOf(refined(failure))
}

/** The failure as an error. */
export function errorOf({ kind, message, ...details }: Failure): AttemptError {
  return new AttemptError(kind, message, details)
}

/** Adds what the vendor says in its own fields: its word for the error, how long to wait, which limit was hit. */
function refined(failure: Failure): Failure {
  const error = errorObject(failure.body)
  if (error === undefined) return failure
  const details = objectsOf(error['details'])
  const delay = details.map(({ retryDelay }) => secondsOf(retryDelay)).find((ms) => ms !== undefined)
  return {
    ...failure,
    kind: failure.kind === 'rate_limit' && isDailyQuota(details) ? 'quota' : failure.kind,
    code: textOf(error['status']) ?? failure.code ?? null,
    type: textOf(details.find(({ reason }) => typeof reason === 'string')?.['reason']) ?? failure.type ?? null,
    ...(delay === undefined || failure.retryAfterMs !== undefined ? {} : { retryAfterMs: delay }),
  }
}

/** The vendor's error object, also inside the text that it is for some proxies. */
function errorObject(body: unknown): JsonObject | undefined {
  const value = typeof body === 'string' ? parseJson(body) : body
  if (!isObject(value)) return undefined
  return isObject(value['error']) ? value['error'] : value
}

/** A quota per day comes back tomorrow; waiting as for a rate limit is of no use. */
function isDailyQuota(details: readonly JsonObject[]): boolean {
  return details.some(({ violations }) => objectsOf(violations).some(({ quotaId }) => /per_?day/i.test(textOf(quotaId) ?? '')))
}

function objectsOf(value: unknown): readonly JsonObject[] {
  return listOf(value).filter(isObject)
}

/** `"34.07s"` in milliseconds. */
function secondsOf(duration: unknown): number | undefined {
  const seconds = typeof duration === 'string' ? /^(\d+(?:\.\d+)?)s$/.exec(duration)?.[1] : undefined
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000)
}
