import { BadRequestError, InternalServerError, NotFoundError, PermissionDeniedError } from 'openai'
import type { SkipReason } from './contracts/audit.ts'
import type { Rejection } from './contracts/policy.ts'
import type { ErrorCode } from './errors.ts'
import { ModelyardError, setupError } from './errors.ts'
import type { Decision } from './decision.ts'
import { keyWords } from './key-presence.ts'
import type { Target } from './resolve.ts'
import { harmlessCause } from './scrub.ts'

/** The error for a decision whose chain is empty: what no target can do, with the field and every target's reason. */
export function nothingLeft({ requested, rejected }: Decision): Error {
  const reasons = rejected.map(({ detail }) => detail).join('; ')
  // What a service key is not for counts where nothing else stands in the way.
  const first = rejected.find(({ reason }) => reason !== 'model_not_allowed') ?? rejected[0]
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
  if (status === 403) return new PermissionDeniedError(status, body, undefined, new Headers())
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
  price_cap: { code: 'price_cap_exceeded', status: 400 },
  unpriced: { code: 'price_unknown', status: 400 },
  model_not_allowed: { code: 'model_not_allowed', status: 403 },
} as const satisfies Record<
  Exclude<Rejection['reason'], 'missing_key'>,
  { readonly code: ErrorCode; readonly status: 400 | 403 | 404 }
>

/**
 * The error for an endpoint that no configured provider has: a 404, as from a server without it, and a fault of set-up.
 * `keys` are those of the providers that would have it.
 */
export function unsupportedEndpoint(
  endpoint: string,
  { wanted, keys }: { readonly wanted: string; readonly keys: readonly string[] },
): NotFoundError {
  const orKey = keys.length === 0 ? '' : `, or its key, ${keys.join(' or ')}, to the key store`
  const message = `No configured provider has ${endpoint}: add ${wanted} to \`providers\`${orKey}.`
  const body = { message, type: 'invalid_request_error', param: null, code: 'UNSUPPORTED_ENDPOINT' }
  return setupError(new NotFoundError(404, body, undefined, new Headers()), 'UNSUPPORTED_ENDPOINT', 'providers')
}

/** A target that could not be called when the request came to it. */
export interface HeldBack {
  /** `provider/model`. */
  readonly target: string
  /** How much longer. */
  readonly retryAfterMs: number
  /** Its circuit is open, its vendor wants to be left alone, its limit is reached, or every key for it rests. */
  readonly reason: SkipReason
}

/**
 * Every target of a request is held back: nobody was called, and this is when to come back. Status 503, code
 * `all_circuits_open`, with the headers `retry-after` and `retry-after-ms`.
 */
export class AllCircuitsOpenError extends InternalServerError {
  /** Until the first target is free. */
  readonly retryAfterMs: number
  /** The same as a moment: ISO 8601. */
  readonly retryAt: string
  /** The targets in the order of the chain. */
  readonly targets: readonly (HeldBack & { readonly retryAt: string })[]

  /** `wallMs`: the present, in milliseconds of the Unix epoch. */
  constructor(heldBack: readonly HeldBack[], wallMs: number) {
    const retryAfterMs = Math.min(...heldBack.map((held) => held.retryAfterMs))
    const list = heldBack.map(({ target, retryAfterMs: ms, reason }) => {
      const why = reason === 'key_resting' ? ' (its vendor has turned down every key for it)' : ''
      return `${target} for ${Math.ceil(ms)} ms${why}`
    })
    super(
      503,
      { message: `Every target is held back: ${list.join(', ')}.`, type: 'router_error', param: null, code: 'all_circuits_open' },
      undefined,
      new Headers({
        'retry-after-ms': String(Math.ceil(retryAfterMs)),
        'retry-after': String(Math.ceil(retryAfterMs / 1000)),
      }),
    )
    const moment = (ms: number): string => new Date(wallMs + Math.ceil(ms)).toISOString()
    this.retryAfterMs = retryAfterMs
    this.retryAt = moment(retryAfterMs)
    this.targets = heldBack.map((held) => Object.freeze({ ...held, retryAt: moment(held.retryAfterMs) }))
  }
}

/** The error for a request that no key opened a target for. */
export function missingKey({ adapter, provider }: Target): ModelyardError {
  const message = `The key store holds no ${keyWords(adapter)} for ${provider}; set that environment variable or put the key into the store.`
  return new ModelyardError('MISSING_KEY', message, { field: 'keys' })
}

/** As {@link missingKey}, where the store itself is at fault: it threw `cause` or, without one, did not answer in time. */
export function keyStoreFailed({ adapter, provider }: Target, cause: unknown): ModelyardError {
  const fault = cause === undefined ? 'did not answer in time when asked for' : 'failed to give'
  const message = `The key store ${fault} ${keyWords(adapter, 'the key')} for ${provider}.`
  return new ModelyardError('MISSING_KEY', message, { field: 'keys', ...(cause !== undefined && { cause: harmlessCause(cause) }) })
}
