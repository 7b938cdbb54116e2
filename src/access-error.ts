import { AuthenticationError, InternalServerError, PermissionDeniedError } from 'openai'
import type { ErrorCode } from './errors.ts'
import { ModelyardError } from './errors.ts'
import { harmlessCause } from './scrub.ts'

/** The one error for a service key that does not hold, whatever is wrong with it: callers learn nothing of keys by trying. */
export function keyRefused(): AuthenticationError {
  const message = 'The service key is not valid. It may have been revoked, or its time may be over: ask whoever gave it to you.'
  const body = { message, type: 'invalid_request_error', param: null, code: 'invalid_api_key' }
  return new AuthenticationError(401, body, undefined, new Headers())
}

/** The error where nobody can say whether the key holds: it is taken not to. */
export function keysUnavailable(cause: unknown): InternalServerError {
  const fault = cause === undefined ? 'did not answer in time' : 'failed'
  const message = `The store of the service keys ${fault}, and no key holds without it. Try again.`
  const body = { message, type: 'router_error', param: null, code: 'service_keys_unavailable' }
  const error = new InternalServerError(503, body, undefined, new Headers())
  if (cause !== undefined) error.cause = harmlessCause(cause)
  return error
}

/** The error for what a service key that holds is not for. */
export function notAllowed(
  code: Extract<ErrorCode, `${string}_not_allowed`>,
  message: string,
  param: string | null,
): PermissionDeniedError {
  return new PermissionDeniedError(403, { message, type: 'invalid_request_error', param, code }, undefined, new Headers())
}

/** The error for what belongs to the whole router, and not to the client of a key. */
export function notForServiceKeys(name: string): ModelyardError {
  const message = `${name} is the router's own, and this client is a service key's: use the client of createRouter() for it.`
  return new ModelyardError('NOT_FOR_SERVICE_KEYS', message, { field: name })
}
