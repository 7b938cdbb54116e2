import type { Failure } from '../../contracts/failure.ts'
import { AttemptError } from '../../errors.ts'
import { failureFromThrown } from '../shared/failure.ts'
import { listOf } from '../shared/guards.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { Recogniser } from '../shared/recognise.ts'

/**
 * What Graph's code or words say beyond the status (learn.microsoft.com/graph/errors, read 2026-11). A server error may
 * pass on what a service behind it has said: "Got Non-2xx response from IC3. Status = 403 (Forbidden)", for an account
 * without a licence, as users of the API report it.
 */
export const refusals: readonly Recogniser[] = [
  { kind: 'auth', code: ['invalidauthenticationtoken'] },
  { kind: 'rate_limit', code: ['toomanyrequests', 'activitylimitreached'] },
  { kind: 'overloaded', code: ['serviceunavailable', 'servicenotavailable'] },
  { kind: 'too_large', code: ['requestentitytoolarge'] },
  { kind: 'permission', status: [500, 502, 503], text: /\bStatus\s*=\s*403\b/ },
  { kind: 'auth', status: [500, 502, 503], text: /\bStatus\s*=\s*401\b/ },
  { kind: 'rate_limit', status: [500, 502, 503], text: /\bStatus\s*=\s*429\b/ },
]

/** Puts whatever the adapter threw into our words. */
export function failure(error: unknown): Failure {
  return failureFromThrown(error, refusals)
}

/**
 * A refusal that comes as a conversation (for a user without a licence) says why in its last message. The others hold what
 * the user has written, so the body goes no further.
 */
export function withoutContent(error: unknown): unknown {
  if (!(error instanceof AttemptError)) return error
  const { kind, message: _, body, ...details } = error.failure
  const messages = isObject(body) ? listOf(body['messages']) : []
  if (messages.length === 0) return error
  const last = messages.at(-1)
  const said = messages.length > 1 && isObject(last) ? textOf(last['text']) : undefined
  return new AttemptError(kind, said ?? `${details.status} with a conversation in place of an error`, details)
}
