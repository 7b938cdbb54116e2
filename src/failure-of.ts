import type { Attempt } from './attempt.ts'
import { classification } from './classification.ts'
import type { Failure } from './contracts/failure.ts'
import { RouterFault } from './errors.ts'
import type { Target } from './resolve.ts'
import { scrubbed } from './scrub.ts'

/** What ended an attempt: the router or the caller, if one of them did, else what the adapter makes of the error. */
export function failureOf({ stopped, target, secrets }: Attempt, error: unknown): Failure {
  if (stopped !== undefined) return { kind: stopped.kind, message: stopped.message, cause: stopped.cause }
  return scrubbed(classified(target, error), secrets)
}

function classified(target: Target, error: unknown): Failure {
  try {
    const failure = error instanceof RouterFault ? error.failure : target.adapter.failure(error)
    // Nobody has aborted anything: whatever the transport calls it, the connection broke.
    if (failure.kind === 'aborted') return { ...failure, kind: 'network' }
    if (Object.hasOwn(classification, failure.kind)) return failure
    return { kind: 'internal', message: `The adapter ${target.provider} gave the failure a kind that there is not.` }
  } catch (cause) {
    return { kind: 'internal', message: `The adapter ${target.provider} could not say what went wrong.`, cause }
  }
}
