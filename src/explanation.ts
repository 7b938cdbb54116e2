import type { BreakerSnapshot } from './contracts/breaker.ts'
import type { BudgetRefusal, BudgetShare, BudgetStatus } from './contracts/budget.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { Forecast } from './contracts/forecast.ts'
import type { RateHold, Rates } from './contracts/rates.ts'
import type { ChainLink, Decision } from './decision.ts'
import { decisionText } from './decision-text.ts'
import { formatUsd } from './money.ts'
import type { Plan } from './plan.ts'
import { quoteOf } from './quotes.ts'
import type { Target } from './resolve.ts'

/** What a call is likely to take and to cost at one target: a forecast as JSON-safe data. */
export interface CallEstimate extends Pick<Forecast, 'inputTokens' | 'outputTokens' | 'maxOutputTokens' | 'countedBy'> {
  /** Likely cost in US dollars; `null` where no price is known. */
  readonly costUsd: number | null
  /** In US dollars, if the answer takes all it may; `null` where no price is known. */
  readonly maxCostUsd: number | null
  /** Names the price; `null` where none is known. */
  readonly priceSnapshot: string | null
}

/** How long a target's calls have taken this router so far: half of them at most so many milliseconds. */
export interface Latency {
  readonly p50Ms: number
  /** Of streams; `null` where there were none. */
  readonly firstTokenP50Ms: number | null
  /** How many calls that rests on. */
  readonly calls: number
}

/** A target of the chain, and what a call to it would meet now. */
export interface Candidate extends ChainLink {
  readonly estimate: CallEstimate
  /** `null` while nothing was measured. */
  readonly latency: Latency | null
  /** `retryInMs`: when a request may test it; absent where nothing holds it back. */
  readonly circuit: Pick<BreakerSnapshot, 'state' | 'consecutiveErrors' | 'retryInMs'>
  /** It would be passed over, for this call would take it to its limit; absent where there is room. */
  readonly rateLimit?: RateHold
  /** The limit that does not cover this call, as it stands; absent where all budgets do. */
  readonly budget?: UncoveredBy
}

/** A limit that does not cover a call. Dollars, tokens or requests. */
export interface UncoveredBy extends BudgetStatus {
  /** What the call would reserve. */
  readonly needed: number
}

/** A decision, and what its targets are likely to take: what `explain()` gives. JSON-safe; `String(explanation)` is for people. */
export interface Explanation extends Decision {
  readonly chain: readonly Candidate[]
}

/** Where the figures of an explanation come from. */
export interface ExplanationParts {
  readonly forecast: (request: ChatRequest, target: Target) => Forecast
  readonly latency: (target: Target) => Latency | null
  readonly circuit: (target: Target) => BreakerSnapshot
  readonly rates: Pick<Rates, 'hold'>
  readonly budgets: Pick<BudgetShare, 'refusal'> | undefined
}

/** Lays out what a plan would meet now. Nothing is called and nothing is changed. */
export function explanationOf({ decision, targets }: Plan, request: ChatRequest, parts: ExplanationParts): Explanation {
  const chain = targets.flatMap((target, index) => {
    const link = decision.chain[index]
    return link === undefined ? [] : [candidate(link, target, { request, parts })]
  })
  return Object.assign(new Explained(), decision, { chain })
}

class Explained {
  toString(this: Explanation): string {
    return decisionText(this, this.chain.map(figures))
  }
}

function candidate(
  link: ChainLink,
  target: Target,
  { request, parts }: { readonly request: ChatRequest; readonly parts: ExplanationParts },
): Candidate {
  const { state, consecutiveErrors, retryInMs } = parts.circuit(target)
  const forecast = parts.forecast(request, target)
  const rateLimit = parts.rates.hold(target, () => ({ input: forecast.inputTokens, output: forecast.outputTokens }))
  const budget = parts.budgets?.refusal(quoteOf(forecast))
  return {
    ...link,
    estimate: estimateOf(forecast),
    latency: parts.latency(target),
    circuit: { state, consecutiveErrors, ...(retryInMs !== undefined && { retryInMs }) },
    ...(rateLimit !== undefined && { rateLimit }),
    ...(budget !== undefined && { budget: uncoveredBy(budget) }),
  }
}

function uncoveredBy({ budget, unit, window, limit, spent, reserved, left, resetsAt, needed }: BudgetRefusal): UncoveredBy {
  return { budget, unit, window, limit, spent, reserved, left, resetsAt, needed }
}

function estimateOf({ cost, maxCost, inputTokens, outputTokens, maxOutputTokens, countedBy }: Forecast): CallEstimate {
  return {
    inputTokens,
    outputTokens,
    maxOutputTokens,
    countedBy,
    costUsd: cost?.usd ?? null,
    maxCostUsd: maxCost?.usd ?? null,
    priceSnapshot: cost?.snapshot ?? null,
  }
}

/** `about $0.00042 (at most $0.0030) for 1,200 + 400 tokens; usually 840 ms; circuit open, to be tested in 12 s`. */
function figures({ estimate, latency, circuit, rateLimit, budget }: Candidate): string {
  const { costUsd, maxCostUsd, inputTokens, outputTokens } = estimate
  const cost = costUsd === null ? 'at an unknown price' : `about ${formatUsd(costUsd)}, at most ${formatUsd(maxCostUsd)}`
  const limit = rateLimit === undefined ? '' : `; at its limit for ${duration(rateLimit.retryInMs)}`
  const time = latency === null ? 'no calls measured' : `usually ${duration(latency.p50Ms)}`
  return `${cost}, for ${whole(inputTokens)} + ${whole(outputTokens)} tokens; ${time}; ${standing(circuit)}${limit}${budget === undefined ? '' : shortfall(budget)}`
}

/** `; not covered by the budget router, which has $0.0002 left per minute until 2026-01-01T00:01:00.000Z`. */
function shortfall({ budget, unit, window, left, resetsAt }: UncoveredBy): string {
  const rest = unit === 'usd' ? formatUsd(left) : `${whole(left)} ${unit}`
  return `; not covered by the budget ${budget}, which has ${rest} left per ${window} until ${resetsAt}`
}

function standing({ state, retryInMs }: Candidate['circuit']): string {
  const name = `circuit ${state.replace('_', ' ')}`
  if (retryInMs === undefined) return name
  if (state === 'closed') return `${name}, held back for ${duration(retryInMs)}`
  return retryInMs === 0 ? `${name}, to be tested now` : `${name}, to be tested in ${duration(retryInMs)}`
}

function duration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)} ms`
  return `${Number((ms / 1000).toFixed(ms < 10_000 ? 1 : 0))} s`
}

function whole(tokens: number): string {
  return Math.round(tokens).toLocaleString('en-US')
}
