import { LocalBook } from '../budget/book.ts'
import { BudgetRegister } from '../budget/register.ts'
import { SharedBook } from '../budget/shared-book.ts'
import type { AuditEvent } from '../contracts/audit.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Rates } from '../contracts/rates.ts'
import type { RouterOptions } from '../options.ts'
import { RateRegistry } from '../rates/registry.ts'

/** The budgets of a router and its agents. */
export function budgetsOf(
  { budget, agents = {} }: RouterOptions,
  { clock, emit }: { readonly clock: Clock; readonly emit: (event: AuditEvent) => void },
): BudgetRegister {
  const { store, onStoreLost = 'local', ...own } = budget ?? {}
  const theirs = Object.entries(agents).flatMap(([name, options]) =>
    options.budget === undefined ? [] : [[name, options.budget] as const],
  )
  const book =
    store === undefined
      ? new LocalBook(clock)
      : new SharedBook({
          store,
          clock,
          goesOnAlone: onStoreLost === 'local',
          onLost: () => emit({ type: 'store.lost', store: 'budgets' }),
          onRegained: (awayMs) => emit({ type: 'store.regained', store: 'budgets', awayMs }),
        })
  return new BudgetRegister({ router: own, agents: Object.fromEntries(theirs) }, book)
}

/** The limits of a router's targets. */
export function ratesOf({ targets = {} }: RouterOptions, clock: Clock): Rates {
  const limits = Object.entries(targets).flatMap(([id, target]) =>
    target.limits === undefined ? [] : [[id, target.limits] as const],
  )
  return new RateRegistry(clock, new Map(limits))
}
