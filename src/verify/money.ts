import type { BudgetOptions } from '../contracts/budget.ts'
import type { ChatRequest } from '../contracts/chat.ts'
import type { Forecast } from '../contracts/forecast.ts'
import type { Target } from '../resolve.ts'
import type { ChainInOptions } from './chains.ts'
import { distinct } from './chains.ts'
import type { Finding } from './finding.ts'
import { finding } from './finding.ts'
import type { VerifyParts } from './parts.ts'

type Parts = Pick<VerifyParts, 'forecast' | 'options' | 'hasBaseline' | 'names'>

/** An ordinary call without a limit of its own. */
const ordinary: ChatRequest = { model: '', messages: [{ role: 'user', content: 'hello '.repeat(200) }] }

/** Prices that are not known, and what cannot work without them; budgets that no call fits into. */
export function* money(chains: readonly ChainInOptions[], parts: Parts): Generator<Finding> {
  const { options, forecast } = parts
  const isUnpriced = (target: Target): boolean => forecast(ordinary, target).cost === null
  for (const { target, where } of distinct(chains.flatMap(({ places }) => places)))
    if (isUnpriced(target))
      yield finding('missing_price', where, {
        message: `the price of ${target.id} is not known`,
        fix: 'Give it one in `catalog`, or install @pydantic/genai-prices.',
      })
  for (const chain of chains) yield* needingPrices(chain, options, isUnpriced)
  if (!parts.hasBaseline() && chains.some(({ kind, places }) => kind === 'tier' && places.length > 0))
    yield finding('no_baseline', 'baseline', {
      message: 'no model of the complex tier has a price, so that the ledger cannot say what was saved',
      fix: 'Name a model with a price as `baseline`.',
    })
  yield* budgets(chains, parts)
}

function* needingPrices(
  { kind, places, agent, where }: ChainInOptions,
  options: Parts['options'],
  isUnpriced: (target: Target) => boolean,
): Generator<Finding> {
  const targets = distinct(places)
  const set = (name: 'hedge' | 'affinity'): boolean => {
    const own = agent?.[name]
    return own !== undefined ? own !== false : options[name] !== undefined
  }
  if (kind === 'alias' || targets.length < 2) return
  const unasked = targets.slice(1).find(({ target }) => isUnpriced(target))
  if (set('hedge') && unasked !== undefined)
    yield finding('hedge_unpriced', agent?.hedge === undefined ? unasked.where : `${where}.hedge`, {
      message: `${unasked.target.id} is never asked beside another, for its price is not known`,
      fix: 'Give it a price in `catalog`.',
    })
  const unweighed = targets.find(({ target }) => isUnpriced(target))
  if (set('affinity') && unweighed !== undefined)
    yield finding('affinity_unpriced', agent?.affinity === undefined ? unweighed.where : `${where}.affinity`, {
      message: `what the prompt cache of ${unweighed.target.id} saves cannot be weighed, for its price is not known`,
      fix: 'Give it a price in `catalog`.',
    })
}

function* budgets(chains: readonly ChainInOptions[], { options, forecast }: Parts): Generator<Finding> {
  const all = chains.flatMap(({ places }) => places)
  yield* budget(
    options.budget,
    'budget',
    distinct(all).map(({ target }) => forecastAt(target, forecast)),
  )
  for (const { agent, where, places } of chains)
    if (agent !== undefined)
      yield* budget(
        agent.budget,
        `${where}.budget`,
        distinct(places).map(({ target }) => forecastAt(target, forecast)),
      )
}

interface Expected {
  readonly id: string
  readonly likely: { readonly usd: number | undefined; readonly tokens: number }
  readonly most: { readonly usd: number | undefined; readonly tokens: number }
}

function forecastAt(target: Target, forecast: Parts['forecast']): Expected {
  const expected: Forecast = forecast(ordinary, target)
  const { inputTokens, outputTokens, maxOutputTokens } = expected
  return {
    id: target.id,
    likely: { usd: expected.cost?.usd, tokens: inputTokens + outputTokens },
    most: { usd: expected.maxCost?.usd, tokens: inputTokens + maxOutputTokens },
  }
}

/** The dearest model that a limit does not cover is told; one finding a limit. */
function* budget(options: BudgetOptions | undefined, where: string, models: readonly Expected[]): Generator<Finding> {
  for (const unit of ['usd', 'tokens'] as const) {
    for (const [window, limit] of Object.entries(options?.[unit] ?? {})) {
      const needs = (how: 'likely' | 'most') => models.filter((model) => (model[how][unit] ?? 0) > limit)
      const dearest = (how: 'likely' | 'most') =>
        needs(how).toSorted((one, other) => (other[how][unit] ?? 0) - (one[how][unit] ?? 0))[0]
      const [likely, most] = [dearest('likely'), dearest('most')]
      const place = `${where}.${unit}.${window}`
      if (likely !== undefined)
        yield finding('budget_too_small', place, {
          message: `one ordinary call of ${likely.id} is likely to take ${shown(likely.likely[unit], unit)}, the limit is ${shown(limit, unit)}`,
          fix: 'Raise the limit, or leave the model out.',
        })
      else if (most !== undefined && (options?.slack ?? 0) === 0)
        yield finding('budget_blocks_long', place, {
          message: `a call of ${most.id} without a token limit reserves ${shown(most.most[unit], unit)}, the limit is ${shown(limit, unit)}`,
          fix: 'Send `max_completion_tokens`, allow some `slack`, or raise the limit.',
        })
    }
  }
}

function shown(amount: number | undefined, unit: 'usd' | 'tokens'): string {
  return unit === 'usd' ? `$${(amount ?? 0).toPrecision(3)}` : `${amount ?? 0} tokens`
}
