import type { Failure } from '../../contracts/failure.ts'
import { AttemptError } from '../../errors.ts'
import { failureFromBody, failureFromThrown } from '../shared/failure.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { Recogniser } from '../shared/recognise.ts'
import { listOf } from '../shared/guards.ts'

/**
 * The vendor's errors by their code and type, and what only their words tell. The first row that fits counts. The codes
 * are those of recorded answers; the vendor publishes no list.
 */
export const refusals: readonly Recogniser[] = [
  // Not the account's limit but the vendor's: it comes as 429.
  { kind: 'overloaded', code: ['3505', 'service_tier_capacity_exceeded', 'service_unavailable', 'overloaded_error'] },
  {
    kind: 'overloaded',
    status: [429, 500, 503],
    text: /service tier capacity exceeded|(?:model|service|server) is (?:\w+ )?overloaded/i,
  },
  { kind: 'context_length', text: /prompt contains \d+ tokens.{0,80}too large|too large for model with \d+ maximum context/is },
  { kind: 'content_filter', status: [400, 403, 422], text: /guardrail|blocked by (?:content )?moderation/i },
  {
    kind: 'quota',
    status: [401, 403, 429],
    text: /monthly (?:usage |spend(?:ing)? )?limit|usage limit (?:has been )?(?:reached|exceeded)|inactive subscription|payment required/i,
  },
  { kind: 'not_found', code: ['1500', 'invalid_model'] },
  { kind: 'not_found', status: [400, 403, 404], text: /^invalid model\b/i },
  { kind: 'rate_limit', code: ['1300', 'rate_limited', 'rate_limit_error'] },
  { kind: 'too_large', text: /request entity too large/i },
]

/** Whether it is an error where an answer should be: `{"object":"error"}`, `{"detail":...}`, `{"error":...}`. */
export function isErrorBody(value: unknown): boolean {
  if (!isObject(value) || Array.isArray(value['choices'])) return false
  return value['object'] === 'error' || Boolean(value['error']) || value['detail'] !== undefined
}

/** An error inside a stream. */
export function errorInBody(body: unknown): AttemptError {
  return errorOf(refined(failureFromBody(body, refusals)))
}

/** Classifies whatever a call threw. */
export function failureOf(error: unknown): Failure {
  return refined(failureFromThrown(error, refusals))
}

/** The failure as an error, for the way to the core. */
export function errorOf({ kind, message, ...details }: Failure): AttemptError {
  return new AttemptError(kind, message, details)
}

/**
 * The vendor's lists of problems as one sentence. They repeat the input, which belongs into no message, so only the place
 * and the words of each are taken.
 */
function refined(failure: Failure): Failure {
  const requestId = failure.requestId ?? failure.headers?.get('mistral-correlation-id')
  const known = requestId === undefined || requestId === null ? failure : { ...failure, requestId }
  const problems = problemsIn(failure.body)
  if (problems.length === 0) return known
  const message = problems.map(({ place, words }) => (place === '' ? words : `${place}: ${words}`)).join('; ')
  return { ...known, message, param: failure.param ?? (problems[0]?.place || null) }
}

interface Problem {
  readonly place: string
  readonly words: string
}

function problemsIn(body: unknown): readonly Problem[] {
  if (!isObject(body)) return []
  const inner = isObject(body['message']) ? body['message']['detail'] : undefined
  return listOf(body['detail'] ?? inner)
    .filter(isObject)
    .map(({ loc, msg }) => ({ place: placeOf(listOf(loc)), words: textOf(msg) ?? 'is not accepted' }))
}

/** `["body", "messages", 0, "user", "content"]` as `messages[0].user.content`. */
function placeOf(path: readonly unknown[]): string {
  return path
    .filter((step, index) => !(index === 0 && step === 'body'))
    .reduce<string>((place, step) => {
      if (typeof step === 'number') return `${place}[${step}]`
      return place === '' ? String(step) : `${place}.${String(step)}`
    }, '')
}
