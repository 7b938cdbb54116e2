import type { AuditEvent } from './contracts/audit.ts'
import type { Plan } from './plan.ts'
import type { Routing } from './plan-context.ts'
import type { Quote } from './quotes.ts'

type OperationName = Extract<AuditEvent, { type: 'request.accepted' }>['operation']

/** A call of another kind than chat. */
export interface Undertaking {
  readonly operation: OperationName
  /** What the caller asked for: a model string, or an endpoint. */
  readonly model: string
  readonly plan: (routing: Routing) => Plan
  /** Whether the router's own limit of the whole request holds, or the caller's `timeout` alone. Default true. */
  readonly isTimed?: boolean
  /** What is to be embedded or moderated. */
  readonly input?: unknown
  /** Who it is for. */
  readonly user?: string | undefined
  /** What a call may take, for budgets. Default: nothing. */
  readonly quote?: Quote
}
