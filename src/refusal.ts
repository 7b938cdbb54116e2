import { APIError, BadRequestError, NotFoundError } from 'openai'
import type { Rejection } from './contracts/policy.ts'
import type { ErrorCode } from './errors.ts'
import { ModelyardError } from './errors.ts'
import type { Decision } from './decision.ts'
import type { Target } from './resolve.ts'

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

/** A target that its breaker held back when the request came to it. */
export interface HeldBack {
  readonly target: string
  readonly retryInMs: number
}

/** The error for a request whose every target is held back: nobody was called, and this is when to come back. */
export function allCircuitsOpen(heldBack: readonly HeldBack[]): Error {
  const retryAfterMs = Math.min(...heldBack.map(({ retryInMs }) => retryInMs))
  const list = heldBack.map(({ target, retryInMs }) => `${target} for ${Math.ceil(retryInMs)} ms`).join(', ')
  const body = { message: `Every target is held back: ${list}.`, type: 'router_error', param: null, code: 'all_circuits_open' }
  const headers = new Headers({
    'retry-after-ms': String(Math.ceil(retryAfterMs)),
    'retry-after': String(Math.ceil(retryAfterMs / 1000)),
  })
  return Object.assign(APIError.generate(503, { error: body }, undefined, headers), { retryAfterMs, targets: heldBack })
}

/** The error for a request that no key opened a target for. */
export function missingKey({ adapter, provider }: Target): ModelyardError {
  const message = `The key store holds no ${adapter.key ?? 'key'} for ${provider}; set that environment variable or put the key into the store.`
  return new ModelyardError('MISSING_KEY', message, { field: 'keys' })
}

/** As {@link missingKey}, where the store itself is at fault: it threw `cause` or, without one, did not answer in time. */
export function keyStoreFailed({ adapter, provider }: Target, cause: unknown): ModelyardError {
  const fault = cause === undefined ? 'did not answer in time when asked for' : 'failed to give'
  const message = `The key store ${fault} ${adapter.key ?? 'the key'} for ${provider}.`
  return new ModelyardError('MISSING_KEY', message, { field: 'keys', ...(cause !== undefined && { cause }) })
}
