import { shownAmount } from './budget-error.ts'
import type { BudgetStatus } from './contracts/budget.ts'

/** The budgets of a router, to look at. `String(client.budgets)` is a list for people. */
export interface BudgetPanel {
  /**
   * How every limit stands, the router's first; of service keys the 1,000 that were used last here. With a shared store as this process
   * last heard.
   */
  list(): readonly BudgetStatus[]
  /** As {@link list}, asked of the shared store anew. */
  refresh(): Promise<readonly BudgetStatus[]>
  toString(): string
}

/** What is shown of the budgets. */
export function budgetPanel(budgets: Pick<BudgetPanel, 'list' | 'refresh'>): BudgetPanel {
  return { list: () => budgets.list(), refresh: () => budgets.refresh(), toString: () => toldBudgets(budgets.list()) }
}

function toldBudgets(statuses: readonly BudgetStatus[]): string {
  if (statuses.length === 0) return 'no budgets'
  return statuses.map(toldBudget).join('\n')
}

function toldBudget({ budget, unit, window, limit, spent, reserved, left, resetsAt }: BudgetStatus): string {
  const [of, gone, held, rest] = [limit, spent, reserved, left].map((amount) => shownAmount(amount, unit))
  return `${budget}: ${gone} of ${of} per ${window} spent, ${held} reserved, ${rest} left until ${resetsAt}`
}
