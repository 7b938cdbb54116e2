import type { Attempt } from './attempt.ts'
import { classification } from './classification.ts'
import type { Failure } from './contracts/failure.ts'
import { RouterFault } from './errors.ts'
import { scrubbed } from './scrub.ts'

/** What ended an attempt: the router or the caller, if one of them did, else what the adapter makes of the error. */
export function failureOf({ stopped, target, secret }: Attempt, error: unknown): Failure {
  if (stopped !== undefined) return { kind: stopped.kind, message: stopped.message, cause: stopped.cause }
  try {
    const failure = error instanceof RouterFault ? error.failure : target.adapter.failure(error)
    // Nobody has aborted anything: whatever the transport calls it, the connection broke.
    if (failure.kind === 'aborted') return scrubbed({ ...failure, kind: 'network' }, secret)
    if (Object.hasOwn(classification, failure.kind)) return scrubbed(failure, secret)
    return { kind: 'internal', message: `The adapter ${target.provider} gave the failure a kind that there is not.` }
  } catch (cause) {
    return { kind: 'internal', message: `The adapter ${target.provider} could not say what went wrong.`, cause }
  }
}
