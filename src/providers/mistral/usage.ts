import type { CompletionUsage } from '../../contracts/chat.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { numberOf, tokensOf } from '../shared/guards.ts'

/**
 * The vendor's counts. Sound is in none of them: it is billed by the second (`prompt_audio_seconds`), and the tokens that
 * `total_tokens` counts for it are not part of `prompt_tokens`. So the total is made of the two that are billed.
 */
export function usageOf(usage: JsonObject): CompletionUsage {
  const prompt = tokensOf(usage['prompt_tokens'])
  const completion = tokensOf(usage['completion_tokens'])
  const cached = cachedOf(usage)
  const reasoning = detail(usage, 'completion_tokens_details', 'reasoning_tokens')
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(cached !== undefined && { prompt_tokens_details: { cached_tokens: cached } }),
    ...(reasoning !== undefined && { completion_tokens_details: { reasoning_tokens: reasoning } }),
  }
}

/** OpenAI's word for the tier that served; `undefined` where the vendor names none. */
export function servedTier(usage: JsonObject): 'default' | undefined {
  return usage['service_tier'] === 'standard' ? 'default' : undefined
}

/** Older models say it under a name of its own. */
function cachedOf(usage: JsonObject): number | undefined {
  return detail(usage, 'prompt_tokens_details', 'cached_tokens') ?? numberOf(usage['num_cached_tokens'])
}

function detail(usage: JsonObject, group: string, field: string): number | undefined {
  const details = usage[group]
  return isObject(details) && details[field] !== undefined && details[field] !== null ? tokensOf(details[field]) : undefined
}
