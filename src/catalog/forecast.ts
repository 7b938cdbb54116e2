import type { ModelCard, Tier } from '../contracts/catalog.ts'
import type { ChatRequest } from '../contracts/chat.ts'
import type { Forecast } from '../contracts/forecast.ts'
import type { Cost, Usage } from '../contracts/usage.ts'
import { estimateTokens } from './estimate.ts'

/** What a forecast has to know of a target. */
interface Subject {
  /** `provider/model`. */
  readonly id: string
  readonly card: ModelCard | undefined
}

/** What forecasts are made with. */
export interface ForecastParts<Target extends Subject> {
  readonly cost: (usage: Usage, target: Target) => Cost | null
  /** How long its answers have been so far, in tokens; `undefined` where too few were counted. */
  readonly usualOutput: (target: Target) => number | undefined
}

/** Forecasts calls: tokens, likely length of the answer, and what both cost. A prompt is counted once, however many ask. */
export function forecaster<Target extends Subject>({
  cost,
  usualOutput,
}: ForecastParts<Target>): (request: ChatRequest, target: Target) => Forecast {
  const counted = new WeakMap<ChatRequest, number>()
  const inputOf = (request: ChatRequest): number => {
    let tokens = counted.get(request)
    if (tokens === undefined) counted.set(request, (tokens = estimateTokens(request)))
    return tokens
  }
  return (request, target) => {
    const inputTokens = inputOf(request)
    const choices = request.n ?? 1
    const most = mostOutput(request, target.card, inputTokens)
    const outputTokens = choices * Math.min(most, usualOutput(target) ?? likelyOutput[target.card?.tier ?? 'standard'])
    const maxOutputTokens = choices * most
    const priced = (output: number): Cost | null => cost({ ...nothing, input: inputTokens, output }, target)
    return {
      inputTokens,
      outputTokens,
      maxOutputTokens,
      cost: priced(outputTokens),
      maxCost: priced(maxOutputTokens),
      countedBy: 'characters',
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

/** Tokens of an answer where nothing was measured yet, by the model's tier. */
const likelyOutput: Readonly<Record<Tier, number>> = { simple: 300, standard: 600, complex: 1200 }

/** Where neither request nor catalog sets a limit. */
const unknownLimit = 32_768

function mostOutput(request: ChatRequest, card: ModelCard | undefined, inputTokens: number): number {
  const asked = request.max_completion_tokens ?? request.max_tokens ?? Infinity
  const window = card?.contextWindow === undefined ? Infinity : Math.max(1, card.contextWindow - inputTokens)
  const most = Math.min(asked, card?.maxOutput ?? Infinity, window)
  return Number.isFinite(most) ? most : unknownLimit
}
