import { BadRequestError, NotFoundError } from 'openai'
import type { Rejection } from './contracts/policy.ts'
import type { ErrorCode } from './errors.ts'
import { ModelyardError } from './errors.ts'
import type { Decision } from './plan.ts'

/** The error for a decision whose chain is empty: what no target can do, with the field and every target's reason. */
export function nothingLeft({ requested, rejected }: Decision): Error {
  const reasons = rejected.map(({ detail }) => detail).join('; ')
  const [first] = rejected
  if (first === undefined) {
    return new ModelyardError(
      'EMPTY_TIER',
      `No configured provider serves a model for ${requested}; configure one of the tier's providers or set \`tiers\`.`,
      { field: 'tiers' },
    )
  }
  if (first.reason === 'missing_key')
    return new ModelyardError(
      'MISSING_KEY',
      `${requested}: ${reasons}. Set the environment variable or put the key into the key store.`,
      { field: 'keys' },
    )
  const { code, status } = codes[first.reason]
  const body = {
    message: `No target can serve this request: ${reasons}.`,
    type: 'invalid_request_error',
    param: first.field ?? null,
    code,
  }
  return status === 404
    ? new NotFoundError(status, body, undefined, new Headers())
    : new BadRequestError(status, body, undefined, new Headers())
}

const codes = {
  unsupported: { code: 'unsupported_parameter', status: 400 },
  modality: { code: 'unsupported_parameter', status: 400 },
  context_window: { code: 'context_length_exceeded', status: 400 },
  region: { code: 'region_unavailable', status: 400 },
  strict: { code: 'parameter_dropped', status: 400 },
  retired: { code: 'model_retired', status: 404 },
} as const satisfies Record<Exclude<Rejection['reason'], 'missing_key'>, { readonly code: ErrorCode; readonly status: 400 | 404 }>
