import type { Forecast } from './contracts/forecast.ts'
import type { Rejection } from './contracts/policy.ts'
import { formatUsd, picoOf } from './money.ts'
import type { PlanContext, Routing } from './plan-context.ts'
import type { Target } from './resolve.ts'

type PriceLimits = Pick<Routing, 'maxCostUsd' | 'budgets'>

/** The context with candidates turned away that may be too dear, or whose price nobody knows. */
export function withinPrice(context: PlanContext, limits: PriceLimits): PlanContext {
  if (limits.maxCostUsd === undefined && limits.budgets?.pricedBy === undefined) return context
  return {
    ...context,
    constrain(request) {
      const constrain = context.constrain(request)
      return (target, support) => constrain(target, support) ?? tooDear(target, context.forecast(request, target), limits)
    },
  }
}

function tooDear(
  { id }: Target,
  { maxCost, maxOutputTokens }: Forecast,
  { maxCostUsd, budgets }: PriceLimits,
): Rejection | undefined {
  if (maxCost === null) {
    const by = maxCostUsd === undefined ? `the budget ${budgets?.pricedBy}` : 'maxCostUsd'
    return { reason: 'unpriced', field: 'model', detail: `the price of ${id} is not known, and ${by} allows no call without one` }
  }
  if (maxCostUsd === undefined || maxCost.picoUsd <= picoOf(maxCostUsd)) return undefined
  const most = `${formatUsd(maxCost.usd)} with an answer of ${maxOutputTokens} tokens`
  return {
    reason: 'price_cap',
    field: 'max_completion_tokens',
    detail: `${id} may cost up to ${most}, and maxCostUsd is ${formatUsd(maxCostUsd)}; limit the answer with max_completion_tokens`,
  }
}
