import { BadRequestError, InternalServerError, RateLimitError } from 'openai'
import type { BudgetRefusal, BudgetStatus } from './contracts/budget.ts'
import { decimalUsd, formatUsd, picoOf } from './money.ts'

/**
 * A budget does not cover the call: nobody was asked, and this is when it begins anew. Status 429, code `budget_exceeded`, with
 * the headers `retry-after` and `retry-after-ms`.
 */
export class BudgetExceededError extends RateLimitError {
  /** `router`, `agent:support` or `service-key:ID`. */
  readonly budget: string
  readonly unit: BudgetStatus['unit']
  readonly window: BudgetStatus['window']
  /** In dollars, tokens or requests, as the three that follow. */
  readonly limit: number
  readonly spent: number
  /** What the calls under way may take at most. */
  readonly reserved: number
  /** What this call would have reserved. */
  readonly needed: number
  /** When the budget begins anew: ISO 8601. */
  readonly resetAt: string
  /** Until then. A call under way that ends may make room earlier. */
  readonly retryAfterMs: number

  constructor(refusal: BudgetRefusal) {
    const { budget, unit, window, limit, spent, reserved, needed, resetsAt, retryAfterMs } = refusal
    super(
      429,
      { message: messageOf(refusal), type: 'router_error', param: null, code: 'budget_exceeded' },
      undefined,
      new Headers({
        'retry-after-ms': String(Math.ceil(retryAfterMs)),
        'retry-after': String(Math.ceil(retryAfterMs / 1000)),
      }),
    )
    this.budget = budget
    this.unit = unit
    this.window = window
    this.limit = limit
    this.spent = spent
    this.reserved = reserved
    this.needed = needed
    this.resetAt = resetsAt
    this.retryAfterMs = retryAfterMs
  }
}

function messageOf({ budget, unit, window, limit, spent, reserved, needed, resetsAt, isTooLarge }: BudgetRefusal): string {
  const shown = (amount: number): string => shownAmount(amount, unit)
  const state = `of ${shown(limit)} per ${window}, ${shown(spent)} are spent and ${shown(reserved)} reserved`
  if (!isTooLarge)
    return `The budget ${budget} does not cover this call, which may take ${shown(needed)}: ${state}. It begins anew at ${resetsAt}.`
  const cure = unit === 'requests' ? 'Raise the limit' : 'Set max_completion_tokens, or raise the limit or its slack'
  return `The budget ${budget} never covers this call, which may take ${shown(needed)}: ${state}. ${cure}.`
}

/** `$0.02`, `1200 tokens`. */
export function shownAmount(amount: number, unit: BudgetStatus['unit']): string {
  if (unit === 'usd') return `$${decimalUsd(picoOf(amount))}`
  return `${amount} ${amount === 1 ? unit.slice(0, -1) : unit}`
}

/** The error for a call that would go beyond the most that its request may cost. */
export function priceCapReached(
  target: string,
  { maxCostUsd, needed }: { readonly maxCostUsd: number; readonly needed: string },
): Error {
  const message = `A call to ${target} may cost up to ${needed}, and this request ${formatUsd(maxCostUsd)} at most (maxCostUsd).`
  return new BadRequestError(
    400,
    { message, type: 'invalid_request_error', param: 'max_completion_tokens', code: 'price_cap_exceeded' },
    undefined,
    new Headers(),
  )
}

/** The error for a call whose price is not known, where there is a budget or a cap in dollars. */
export function priceUnknown(target: string, by: string): Error {
  const message = `The price of ${target} is not known, and ${by} allows no call without one.`
  return new BadRequestError(
    400,
    { message, type: 'invalid_request_error', param: 'model', code: 'price_unknown' },
    undefined,
    new Headers(),
  )
}

/** The error where the shared store of the budgets is away, and nothing is to be spent without it. */
export function budgetsAway(): Error {
  const message = "The store of the budgets is away, and onStoreLost: 'reject' allows no call without it."
  const body = { message, type: 'router_error', param: null, code: 'budget_store_lost' }
  return new InternalServerError(503, body, undefined, new Headers())
}
