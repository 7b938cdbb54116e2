import { tokensOf } from './allowance.ts'
import type { Attempt } from './attempt.ts'
import type { AuditEvent } from './contracts/audit.ts'
import type { BudgetRefusal } from './contracts/budget.ts'
import { usdOf } from './money.ts'
import type { Account } from './runtime.ts'

type EventOf<Type extends AuditEvent['type']> = Extract<AuditEvent, { type: Type }>

/** What was set aside for an attempt; nothing where no budget is drawn on. */
export function reservedEvent({ number, target, cover }: Attempt): EventOf<'budget.reserved'> | undefined {
  if (cover === undefined || cover.budgets.length === 0) return undefined
  const { tokens, picoUsd } = cover.quote
  return {
    type: 'budget.reserved',
    attempt: number,
    target: target.id,
    budgets: cover.budgets,
    tokens: tokens.likely,
    costUsd: picoUsd === null ? null : usdOf(picoUsd.likely),
    maxTokens: tokens.most,
    maxCostUsd: picoUsd === null ? null : usdOf(picoUsd.most),
  }
}

/** Books what an attempt has taken: of budgets, and of its target's limits. Gives the event, where a budget is drawn on. */
export function settled(attempt: Attempt, account: Account, isServed: boolean): EventOf<'budget.settled'> | undefined {
  const { cover, rate, number, target } = attempt
  if (account.usage !== null) rate?.correct(tokensOf(account.usage))
  const booked = cover?.settle(account, isServed)
  if (booked === undefined || booked.budgets.length === 0) return undefined
  return { type: 'budget.settled', attempt: number, target: target.id, ...booked }
}

/** Which budget did not cover a call. */
export function exceededEvent(target: string, refusal: BudgetRefusal): EventOf<'budget.exceeded'> {
  const { budget, unit, window, limit, spent, reserved, needed, resetsAt } = refusal
  return { type: 'budget.exceeded', target, budget, unit, window, limit, spent, reserved, needed, resetsAt }
}
