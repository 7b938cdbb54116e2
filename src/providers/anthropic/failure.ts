import type { Failure, FailureKind } from '../../contracts/failure.ts'
import { failureFromThrown } from '../shared/failure.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { Recogniser } from '../shared/recognise.ts'

/** The vendor's errors by their type, and what only their words tell. The first row that fits counts. */
export const refusals: readonly Recogniser[] = [
  { kind: 'context_length', text: /^prompt is too long|exceeds? context limit|exceeds the (?:model's )?context window/i },
  { kind: 'quota', text: /credit balance is too low|reached your specified (?:api|workspace api) usage limits/i },
  { kind: 'content_filter', text: /blocked by (?:our )?content filtering policy/i },
  { kind: 'auth', status: [400], text: /\bx-api-key\b|api key (?:is|has)|invalid api key/i },
  { kind: 'permission', text: /organization has been disabled/i },
  {
    kind: 'not_found',
    status: [400],
    text: /model .{0,80}(?:not available|no longer available|deprecated|retired|end[- ]of[- ]life)/i,
  },
  { kind: 'auth', code: ['authentication_error'] },
  { kind: 'quota', code: ['billing_error'] },
  { kind: 'permission', code: ['permission_error'] },
  { kind: 'not_found', code: ['not_found_error'] },
  { kind: 'too_large', code: ['request_too_large'] },
  { kind: 'conflict', code: ['conflict_error'] },
  { kind: 'rate_limit', code: ['rate_limit_error'] },
  { kind: 'overloaded', code: ['overloaded_error'] },
  { kind: 'server', code: ['api_error', 'timeout_error'] },
]

/** `error.details.error_code`, the stable code that names the cause, where it says more than the type. */
const kindsOfCode: Readonly<Record<string, FailureKind>> = {
  enforced_spend_limit_reached: 'quota',
  contract_spend_limit_reached: 'quota',
  linked_organization_spend_limit_reached: 'quota',
  linked_organization_billing_unavailable: 'quota',
  ramp_limit_exceeded: 'rate_limit',
  organization_on_hold: 'permission',
  request_body_too_large_after_decoding: 'too_large',
  compaction_unavailable: 'overloaded',
  cmek_context_unavailable: 'server',
  cmek_key_unreachable: 'server',
}

/** Classifies whatever a call threw. */
export function failureOf(error: unknown): Failure {
  return withCode(failureFromThrown(error, refusals))
}

/** The failure by the vendor's stable code, where it has one. */
export function withCode(failure: Failure): Failure {
  const code = errorCode(failure.body)
  if (code === undefined) return failure
  return { ...failure, code, kind: kindsOfCode[code] ?? failure.kind }
}

function errorCode(body: unknown): string | undefined {
  if (!isObject(body)) return undefined
  const { details } = body
  return isObject(details) ? textOf(details['error_code']) : undefined
}
