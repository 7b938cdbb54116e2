import { APIError } from 'openai'
import { BudgetExceededError } from './budget-error.ts'
import type { FailedAttempt } from './caller-error.ts'
import { callerError, withAttempts } from './caller-error.ts'
import type { Chain } from './chain.ts'
import type { FailureKind } from './contracts/failure.ts'
import { AllCircuitsOpenError } from './refusal.ts'

/** How a request ends with which no target is left: what the trail says, and what the caller gets. */
export interface Exhaustion {
  readonly told: {
    readonly kind: FailureKind | 'all_circuits_open' | 'budget_exceeded'
    readonly status?: number
    readonly code?: string | null
  }
  readonly error: Error
}

/** What a request knows of its own when nothing is left. */
export interface Remains {
  /** Why the last target that no wire call could be made to could not be called. */
  readonly unusable: Error | undefined
  readonly failed: readonly FailedAttempt[]
  readonly wallMs: number
}

/** Why nothing is left: the last failure if there was one, else who was held back, had its hands full, or had no key. */
export function exhaustion(chain: Chain, { unusable, failed, wallMs }: Remains): Exhaustion {
  const { lastFailure, heldBack } = chain
  if (lastFailure !== undefined) return { told: lastFailure, error: callerError(lastFailure, failed) }
  if (unusable instanceof APIError && unusable.code !== undefined)
    return { told: refused(unusable), error: withAttempts(unusable, failed) }
  const congestion = chain.congestion()
  if (congestion !== undefined)
    return { told: congestion.failure, error: congestion.error ?? callerError(congestion.failure, failed) }
  if (heldBack.length === 0 && unusable !== undefined) return { told: { kind: 'unusable' }, error: withAttempts(unusable, failed) }
  const told = { kind: 'all_circuits_open', status: 503, code: 'all_circuits_open' } as const
  return { told, error: withAttempts(new AllCircuitsOpenError(heldBack, wallMs), failed) }
}

/** What the trail says where a budget or a cap forbade the call. */
function refused(error: APIError): Exhaustion['told'] {
  const { status, code } = error
  const kind = error instanceof BudgetExceededError ? 'budget_exceeded' : 'unusable'
  return { kind, ...(typeof status === 'number' && { status }), ...(typeof code === 'string' && { code }) }
}
