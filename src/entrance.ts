import { InternalServerError } from 'openai'
import { abortError } from './caller-error.ts'
import type { Place } from './contracts/place.ts'
import { type Patience, within } from './patience.ts'

/**
 * Waits in a place before the gate of the audit trail, as long as the request may take.
 *
 * @throws InternalServerError `audit_blocked` where that was in vain; APIUserAbortError where the caller has gone.
 */
export async function admitted(place: Place, patience: Patience): Promise<void> {
  const isFree = await within(
    place.free.then(() => true),
    patience,
  )
  if (isFree === true) return
  place.leave()
  const { signal } = patience
  throw signal?.aborted === true ? abortError(signal.reason, []) : blocked()
}

function blocked(): Error {
  const message =
    "The audit trail has no room for the records of another request, and audit.onFull: 'block' lets none go unrecorded."
  const body = { message, type: 'router_error', param: null, code: 'audit_blocked' }
  return new InternalServerError(503, body, undefined, new Headers())
}
