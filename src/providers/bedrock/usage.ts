import type { CompletionUsage } from '../../contracts/chat.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { listOf, tokensOf } from '../shared/guards.ts'

/** The vendor's counts in OpenAI's meaning: the prompt includes what was read from and written to the cache. */
export function usageOf(usage: JsonObject): CompletionUsage {
  const cached = tokensOf(usage['cacheReadInputTokens'])
  const written = tokensOf(usage['cacheWriteInputTokens'])
  const prompt = tokensOf(usage['inputTokens']) + cached + written
  const completion = tokensOf(usage['outputTokens'])
  const long = listOf(usage['cacheDetails'])
    .filter(isObject)
    .reduce((sum, detail) => sum + (detail['ttl'] === '1h' ? tokensOf(detail['inputTokens']) : 0), 0)
  const details = { cached_tokens: cached, cache_write_tokens: written, ...(long !== 0 && { cache_write_1h_tokens: long }) }
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
