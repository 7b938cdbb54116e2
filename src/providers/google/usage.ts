import type { ChatCompletion, CompletionUsage } from '../../contracts/chat.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'

/** The vendor's counts in OpenAI's meaning; `undefined` where it gave none. */
export function toUsage(metadata: JsonObject | undefined): CompletionUsage | undefined {
  if (metadata === undefined) return undefined
  const prompt = count(metadata['promptTokenCount']) + count(metadata['toolUsePromptTokenCount'])
  const thoughts = count(metadata['thoughtsTokenCount'])
  const completion = count(metadata['candidatesTokenCount']) + thoughts
  // A start chunk may carry nothing but the kind of traffic.
  if (prompt === 0 && completion === 0) return undefined
  const audio = tokensOf(metadata['promptTokensDetails'], 'AUDIO')
  const spoken = tokensOf(metadata['candidatesTokensDetails'], 'AUDIO')
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: count(metadata['cachedContentTokenCount']),
      ...(audio > 0 ? { audio_tokens: audio } : {}),
    },
    completion_tokens_details: { reasoning_tokens: thoughts, ...(spoken > 0 ? { audio_tokens: spoken } : {}) },
  }
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}

function tokensOf(details: unknown, modality: string): number {
  if (!Array.isArray(details)) return 0
  return details
    .filter(isObject)
    .reduce((sum, detail) => (detail['modality'] === modality ? sum + count(detail['tokenCount']) : sum), 0)
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
