import type { ModelCard, Tier } from '../contracts/catalog.ts'
import type { ChatRequest } from '../contracts/chat.ts'
import type { Forecast, Tokenizer } from '../contracts/forecast.ts'
import type { Cost, Usage } from '../contracts/usage.ts'
import { promptCounter } from './prompt-tokens.ts'

/** What a forecast has to know of a target. */
interface Subject {
  readonly provider: string
  readonly model: string
  readonly card: ModelCard | undefined
}

/** What forecasts are made with. */
export interface ForecastParts<Target extends Subject> {
  readonly cost: (usage: Usage, target: Target) => Cost | null
  /** How long its answers have been so far, in tokens; `undefined` where too few were counted. */
  readonly usualOutput: (target: Target) => number | undefined
  readonly tokenizer?: Tokenizer | undefined
}

/** Forecasts calls: tokens, likely length of the answer, and what both cost. */
export function forecaster<Target extends Subject>({
  cost,
  usualOutput,
  tokenizer,
}: ForecastParts<Target>): (request: ChatRequest, target: Target) => Forecast {
  const count = promptCounter(tokenizer)
  return (request, target) => {
    const { tokens: inputTokens, countedBy } = count(request, target)
    const choices = request.n ?? 1
    const most = mostOutput(request, target.card, inputTokens)
    const outputTokens = choices * Math.min(most, usualOutput(target) ?? likelyOutput(request, target.card))
    const maxOutputTokens = choices * most
    const priced = (output: number): Cost | null => cost({ ...nothing, input: inputTokens, output }, target)
    return {
      inputTokens,
      outputTokens,
      maxOutputTokens,
      cost: priced(outputTokens),
      maxCost: priced(maxOutputTokens),
      countedBy,
    }
  }
}

const nothing: Usage = {
  input: 0,
  cached: 0,
  cacheWrite: 0,
  cacheWrite1h: 0,
  audioInput: 0,
  output: 0,
  reasoning: 0,
  audioOutput: 0,
}

/** Tokens of an answer where nothing was measured yet, by the model's tier: the answers of the complex one think before. */
const usualByTier: Readonly<Record<Tier, number>> = { simple: 150, standard: 400, complex: 1000 }

/** Data and calls of tools are shorter than prose. */
function likelyOutput({ tools, functions, response_format: format }: ChatRequest, card: ModelCard | undefined): number {
  const usual = usualByTier[card?.tier ?? 'standard']
  const isBrief = tools !== undefined || functions !== undefined || format?.type === 'json_schema'
  return isBrief ? usual / 2 : usual
}

/** Where neither request nor catalog sets a limit. */
const unknownLimit = 32_768

function mostOutput(request: ChatRequest, card: ModelCard | undefined, inputTokens: number): number {
  const asked = request.max_completion_tokens ?? request.max_tokens ?? Infinity
  const window = card?.contextWindow === undefined ? Infinity : Math.max(1, card.contextWindow - inputTokens)
  const most = Math.min(asked, card?.maxOutput ?? Infinity, window)
  return Number.isFinite(most) ? most : unknownLimit
}
