import type { CompletionUsage } from '../../contracts/chat.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { listOf, numberOf } from '../shared/guards.ts'

/** The vendor's counts in OpenAI's meaning: the prompt includes what was read from and written to the cache. */
export function usageOf(usage: JsonObject): CompletionUsage {
  const cached = numberOf(usage['cacheReadInputTokens']) ?? 0
  const written = numberOf(usage['cacheWriteInputTokens']) ?? 0
  const prompt = (numberOf(usage['inputTokens']) ?? 0) + cached + written
  const completion = numberOf(usage['outputTokens']) ?? 0
  const long = listOf(usage['cacheDetails'])
    .filter(isObject)
    .reduce((sum, detail) => sum + (detail['ttl'] === '1h' ? (numberOf(detail['inputTokens']) ?? 0) : 0), 0)
  const details = { cached_tokens: cached, cache_write_tokens: written, ...(long > 0 && { cache_write_1h_tokens: long }) }
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: details,
  }
}

/** OpenAI's word for the tier that served; `undefined` where the vendor names none, or one of its own. */
export function servedTier(answer: JsonObject): 'default' | 'flex' | 'priority' | undefined {
  const { serviceTier: tier } = answer
  const type = isObject(tier) ? tier['type'] : undefined
  return type === 'default' || type === 'flex' || type === 'priority' ? type : undefined
}
