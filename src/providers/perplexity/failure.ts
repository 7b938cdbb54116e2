import type { Failure } from '../../contracts/failure.ts'
import { failureFromThrown } from '../shared/failure.ts'
import type { Recogniser } from '../shared/recognise.ts'

/** The vendor's types of errors (its migration guide for the Agent API, read 2026-11), where they say more than the status. */
export const refusals: readonly Recogniser[] = [
  { kind: 'rate_limit', code: ['request_rate_limit_exceeded'] },
  { kind: 'not_found', code: ['invalid_model'] },
  { kind: 'too_large', code: ['payload_too_large'] },
  { kind: 'server', code: ['internal_error', 'bad_gateway', 'gateway_timeout', 'upstream_structured_output_failed'] },
  // `invalid_request` says no more than its status; the words may say that the prompt is too long, or the model gone.
  { kind: 'invalid_request', status: [400, 422], code: ['invalid_parameter', 'invalid_date_format'] },
]

/** Puts whatever the adapter threw into our words. */
export function failure(error: unknown): Failure {
  return failureFromThrown(error, refusals)
}
