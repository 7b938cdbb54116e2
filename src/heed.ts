import type { Attempt } from './attempt.ts'
import type { Consequence } from './classification.ts'
import { classification } from './classification.ts'
import type { Failure } from './contracts/failure.ts'
import type { Journal } from './journal.ts'
import type { KeyFault } from './key-ring.ts'
import { longestHoldMs } from './retry.ts'
import type { Runtime } from './runtime.ts'

/** What has failed, and what that says of its key where that was chosen. */
interface Failed {
  readonly attempt: Attempt
  readonly fault: KeyFault | undefined
}

/** Where a failure is put down: with its request, and with what all requests share. */
interface Place {
  readonly journal: Journal
  readonly runtime: Pick<Runtime, 'breakers' | 'rates'>
}

/**
 * Heeds what a vendor says with a failure: whether its target is to blame, how long to leave it alone, and what is left of its
 * limits. Where the key was chosen, what is a matter of keys is not one of the target, and limits are those of the key's account.
 */
export function heed(failure: Failure, { attempt, fault }: Failed, { journal, runtime }: Place): void {
  const { target, permit, key } = attempt
  const { breaker, key: heldByKey }: Consequence = classification[failure.kind]
  const { retryAfterMs, headers } = failure
  permit.settle(fault?.sparesTarget === true ? 'neutral' : breaker)
  if (headers !== undefined && key === undefined) runtime.rates.observe(target, headers)
  const isKeys = key !== undefined && (fault?.sparesTarget === true || heldByKey !== undefined)
  if (retryAfterMs !== undefined && !isKeys) runtime.breakers.gate(target.circuit, Math.min(retryAfterMs, longestHoldMs))
  if (key === undefined || fault?.rested === undefined) return
  const { name, secret } = key
  const severity = failure.kind === 'auth' ? 'high' : 'normal'
  journal.emit({ type: 'key.rested', target: target.id, key: name, fingerprint: secret.fingerprint, ...fault.rested, severity })
}

/** Heeds that a vendor has taken a call, and what it says of its limits. */
export function heedAnswer({ target, key }: Attempt, headers: Headers | undefined, { journal, runtime }: Place): void {
  if (key === undefined) {
    if (headers !== undefined) runtime.rates.observe(target, headers)
  } else if (key.works()) {
    journal.emit({ type: 'key.restored', target: target.id, key: key.name, fingerprint: key.secret.fingerprint })
  }
}
