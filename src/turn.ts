import type { Permit } from './contracts/breaker.ts'
import type { Failure } from './contracts/failure.ts'
import type { Journal } from './journal.ts'
import type { ChosenKey } from './key-ring.ts'
import type { HeldBack } from './refusal.ts'
import type { Target } from './resolve.ts'
import { retryWait } from './retry.ts'
import type { CallOptions, Runtime } from './runtime.ts'

/** A target that may be called now. */
export interface Turn {
  readonly target: Target
  readonly permit: Permit
  /** The key with which the same target has just been called in vain. */
  readonly after?: ChosenKey | undefined
}

/** What is to be done before its target is asked; where that fails the turn is given up. */
export async function faultOf(
  { target, permit }: Turn,
  prepare: (target: Target) => Promise<void>,
): Promise<{ readonly error: unknown } | undefined> {
  try {
    await prepare(target)
    return undefined
  } catch (error) {
    permit[Symbol.dispose]()
    return { error }
  }
}

/** Of targets that are held back, the one that would be free first of those that a request may test before their time. */
export function earlyTurn(
  heldBack: readonly HeldBack[],
  targets: readonly Target[],
  { options, runtime }: ChainParts,
): Turn | undefined {
  for (const held of heldBack.toSorted((one, other) => one.retryAfterMs - other.retryAfterMs)) {
    const target = targets.find(({ id }) => id === held.target)
    if (target === undefined || held.reason === 'key_resting') continue
    if (runtime.rates.hold(target, options.need)?.hard === true) continue
    const permit = runtime.admission.acquireEarly(target)
    if (permit !== undefined) return { target, permit }
  }
  return undefined
}

/** How long to wait before the target is tried again with so many tries left; nothing where it is not. */
export function waitFor(
  { circuit }: Target,
  failure: Failure,
  { options, runtime, deadline, left }: ChainParts & { readonly left: number },
): number | undefined {
  const { random, clock, breakers, retries } = runtime
  if (!retries.allows(circuit)) return undefined
  const wait = retryWait(failure, { left, spent: options.maxRetries - left, random })
  // Its circuit may have opened by now, and then there is nothing to wait for.
  const heldMs = breakers.peek(circuit)?.retryInMs ?? 0
  return wait !== undefined && heldMs <= wait && clock.now() + wait < deadline ? wait : undefined
}

/** The last wire call that failed, and where in the chain. */
export interface Tried {
  readonly failure: Failure
  readonly position: number
}

/** What a chain works with. */
export interface ChainParts {
  readonly options: CallOptions
  readonly runtime: Runtime
  readonly journal: Journal
  /** When the whole request must be done, in clock milliseconds. */
  readonly deadline: number
}
