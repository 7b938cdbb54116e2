import type { ModelCard, Tier } from '../contracts/catalog.ts'
import type { ChatRequest } from '../contracts/chat.ts'
import type { Forecast, Tokenizer } from '../contracts/forecast.ts'
import type { Cost, Usage } from '../contracts/usage.ts'
import { noTokens } from '../contracts/usage.ts'
import type { PromptShape } from './prompt-shape.ts'
import { promptCounter } from './prompt-tokens.ts'
import { mediaTokens } from './token-rates.ts'

/** What a forecast has to know of a target. */
interface Subject {
  readonly provider: string
  readonly model: string
  readonly card: ModelCard | undefined
}

/** What forecasts are made with. */
export interface ForecastParts<Target extends Subject> {
  readonly cost: (usage: Usage, target: Target) => Cost | null
  /** The most that tokens which are expected in those buckets can cost. */
  readonly highestCost: (expected: Usage, target: Target) => Cost | null
  /** How long its answers have been so far, in tokens; `undefined` where too few were counted. */
  readonly usualOutput: (target: Target) => number | undefined
  readonly tokenizer?: Tokenizer | undefined
}

/** Forecasts calls: tokens, likely length of the answer, and what both cost. */
export function forecaster<Target extends Subject>({
  cost,
  highestCost,
  usualOutput,
  tokenizer,
}: ForecastParts<Target>): (request: ChatRequest, target: Target) => Forecast {
  const count = promptCounter(tokenizer)
  return (request, target) => {
    const { tokens: inputTokens, countedBy, shape } = count(request, target)
    const choices = request.n ?? 1
    const most = mostOutput(request, target.card, inputTokens)
    const outputTokens = choices * Math.min(most, usualOutput(target) ?? likelyOutput(request, target.card))
    const maxOutputTokens = choices * most
    return {
      inputTokens,
      outputTokens,
      maxOutputTokens,
      cost: cost({ ...noTokens, input: inputTokens, output: outputTokens }, target),
      maxCost: highestCost(dearest(request, target.card, { shape, inputTokens, maxOutputTokens }), target),
      countedBy,
    }
  }
}

interface Extent {
  readonly shape: PromptShape
  readonly inputTokens: number
  readonly maxOutputTokens: number
}

/** The tokens in the dearest buckets that the request gives rise to. */
function dearest(
  { modalities, service_tier: serviceTier }: ChatRequest,
  card: ModelCard | undefined,
  { shape: { sounds, images, isKeptLong }, inputTokens, maxOutputTokens }: Extent,
): Usage {
  const media = { audioInput: sounds * mediaTokens.sound, imageInput: images * mediaTokens.image }
  const text = Math.max(0, inputTokens - media.audioInput - media.imageInput)
  const speaks = modalities?.includes('audio') === true
  const draws = card?.output?.includes('image') === true
  return {
    ...noTokens,
    ...media,
    [isKeptLong ? 'cacheWrite1h' : 'input']: text,
    [draws ? 'imageOutput' : speaks ? 'audioOutput' : 'output']: maxOutputTokens,
    ...(typeof serviceTier === 'string' && { serviceTier }),
  }
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
