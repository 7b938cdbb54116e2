import { Allowance } from './allowance.ts'
import type { BudgetQuote } from './contracts/budget.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { Forecast } from './contracts/forecast.ts'
import type { RateNeed } from './contracts/rates.ts'
import type { Routing } from './plan-context.ts'
import type { Target } from './resolve.ts'
import type { CallOptions, Runtime } from './runtime.ts'
import { noTokens } from './contracts/usage.ts'

/** What a call to a target may take. */
export type Quote = (target: Target) => BudgetQuote

/** What is known of a request before its calls are made. */
export interface QuoteParts {
  readonly runtime: Runtime
  /** Of a chat call. */
  readonly request: ChatRequest | undefined
  /** Of any other. Default: one that takes nothing. */
  readonly quote: Quote | undefined
  readonly routing: Pick<Routing, 'maxCostUsd' | 'budgets'>
  /** Of the whole request. */
  readonly totalMs: number
}

/** What a reservation outlives the request by, in ms. */
const graceMs = 60_000
/** How long a reservation lasts where nothing limits the request. */
const longestLeaseMs = 86_400_000

/** What limits the calls of a request: what it may take in all, and what each is likely to take of its target's limits. */
export function limitsOf({ runtime, request, quote, routing, totalMs }: QuoteParts): Pick<CallOptions, 'allowance' | 'need'> {
  const { maxCostUsd, budgets: share } = routing
  const need = request === undefined ? noNeed : (target: Target): RateNeed => needOf(runtime, request, target)
  if (share === undefined && maxCostUsd === undefined) return { allowance: undefined, need }
  const asked = request === undefined ? (quote ?? freeQuote) : (target: Target): BudgetQuote => chatQuote(runtime, request, target)
  const leaseMs = Math.min(totalMs + graceMs, longestLeaseMs)
  return { allowance: new Allowance({ share, maxCostUsd, quote: asked, leaseMs }), need }
}

const noNeed = (): RateNeed => ({ input: 0, output: 0 })

function needOf({ forecast }: Runtime, request: ChatRequest, target: Target): RateNeed {
  const { inputTokens, outputTokens } = forecast(request, target)
  return { input: inputTokens, output: outputTokens }
}

function chatQuote({ forecast }: Runtime, request: ChatRequest, target: Target): BudgetQuote {
  return quoteOf(forecast(request, target))
}

/** What a forecast has a budget reserve. */
export function quoteOf({ inputTokens, outputTokens, maxOutputTokens, cost, maxCost }: Forecast): BudgetQuote {
  return {
    tokens: { likely: Math.ceil(inputTokens + outputTokens), most: Math.ceil(inputTokens + maxOutputTokens) },
    picoUsd: cost === null || maxCost === null ? null : { likely: cost.picoUsd, most: maxCost.picoUsd },
  }
}

/** Of a call that takes a prompt of so many tokens and gives no text. */
export function promptQuote(tokens: number, cost: Runtime['cost']): Quote {
  return (target) => {
    const picoUsd = cost({ ...noTokens, input: tokens }, target)?.picoUsd
    return {
      tokens: { likely: tokens, most: tokens },
      picoUsd: picoUsd === undefined ? null : { likely: picoUsd, most: picoUsd },
    }
  }
}

/** Of a call whose price nobody here knows. */
export const unknownQuote: Quote = () => ({ tokens: { likely: 0, most: 0 }, picoUsd: null })

/** Of a call that takes nothing. */
const freeQuote: Quote = () => ({ tokens: { likely: 0, most: 0 }, picoUsd: { likely: 0n, most: 0n } })
