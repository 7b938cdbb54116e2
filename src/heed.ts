import type { Attempt } from './attempt.ts'
import { classification } from './classification.ts'
import type { AuditEvent } from './contracts/audit.ts'
import type { Failure } from './contracts/failure.ts'
import type { Journal } from './journal.ts'
import type { ChosenKey, KeyFault } from './key-ring.ts'
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
  const { kind, retryAfterMs, headers } = failure
  permit.settle(fault?.sparesTarget === true ? 'neutral' : classification[kind].breaker)
  if (headers !== undefined && key === undefined) runtime.rates.observe(target, headers)
  if (retryAfterMs !== undefined && fault?.isKeys !== true)
    runtime.breakers.gate(target.circuit, Math.min(retryAfterMs, longestHoldMs))
  if (key === undefined || fault?.rested === undefined) return
  const severity = kind === 'auth' ? 'high' : 'normal'
  journal.emit({ type: 'key.rested', ...named(key), ...fault.rested, severity })
}

/** Heeds that a vendor has taken a call, and what it says of its limits. */
export function heedAnswer({ target, key }: Attempt, headers: Headers | undefined, { journal, runtime }: Place): void {
  if (key === undefined) {
    if (headers !== undefined) runtime.rates.observe(target, headers)
  } else if (key.works()) {
    journal.emit({ type: 'key.restored', ...named(key) })
  }
}

function named({ target, name, secret }: ChosenKey): Pick<KeyEvent, 'target' | 'key' | 'fingerprint'> {
  return { target: target.id, key: name, fingerprint: secret.fingerprint }
}

type KeyEvent = Extract<AuditEvent, { type: 'key.restored' }>
