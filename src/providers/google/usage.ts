import type { ChatCompletion, CompletionUsage, UsageExtras } from '../../contracts/chat.ts'
import { tokensOf } from '../shared/guards.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'

/**
 * The vendor's counts in OpenAI's meaning; `undefined` where it gave none. What was read from the cache is part of the counts
 * by modality too, and is taken out of them. `searches`: what {@link searchesOf} found in the answer.
 */
export function toUsage(metadata: JsonObject | undefined, searches = 0): (CompletionUsage & UsageExtras) | undefined {
  if (metadata === undefined) return undefined
  const prompt = tokensOf(metadata['promptTokenCount']) + tokensOf(metadata['toolUsePromptTokenCount'])
  const thoughts = tokensOf(metadata['thoughtsTokenCount'])
  const completion = tokensOf(metadata['candidatesTokenCount']) + thoughts
  // A start chunk may carry nothing but the kind of traffic.
  if (prompt === 0 && completion === 0) return undefined
  const fresh = (modality: string): number =>
    byModality(metadata['promptTokensDetails'], modality) - byModality(metadata['cacheTokensDetails'], modality)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: tokensOf(metadata['cachedContentTokenCount']),
      ...present('audio_tokens', fresh('AUDIO')),
      ...present('image_tokens', fresh('IMAGE')),
    },
    completion_tokens_details: {
      reasoning_tokens: thoughts,
      ...present('audio_tokens', byModality(metadata['candidatesTokensDetails'], 'AUDIO')),
      ...present('image_tokens', byModality(metadata['candidatesTokensDetails'], 'IMAGE')),
    },
    ...present('search_requests', searches),
  }
}

/**
 * How many searches a grounded candidate is charged for: from Gemini 3 on each query, before it the prompt
 * (ai.google.dev/gemini-api/docs/google-search, "Pricing").
 */
export function searchesOf(candidate: JsonObject, model: string): number {
  const { groundingMetadata: grounding } = candidate
  const queries = isObject(grounding) ? grounding['webSearchQueries'] : undefined
  if (!Array.isArray(queries) || queries.length === 0) return 0
  return /^(?:models\/)?gemini-[12](?:\.|-)/.test(model) ? 1 : queries.length
}

function present(name: string, tokens: number): Readonly<Record<string, number>> {
  return tokens === 0 ? {} : { [name]: tokens }
}

function byModality(details: unknown, modality: string): number {
  if (!Array.isArray(details)) return 0
  return details
    .filter(isObject)
    .reduce((sum, detail) => (detail['modality'] === modality ? sum + tokensOf(detail['tokenCount']) : sum), 0)
}

/** The tier that served the request, in OpenAI's words. */
export function toServiceTier(metadata: JsonObject | undefined): ChatCompletion['service_tier'] | undefined {
  switch (metadata?.['serviceTier']) {
    case 'standard':
      return 'default'
    case 'flex':
      return 'flex'
    case 'priority':
      return 'priority'
    default:
      return undefined
  }
}
