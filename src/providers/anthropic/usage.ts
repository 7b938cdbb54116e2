import type { CompletionUsage, UsageExtras } from '../../contracts/chat.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { listOf, tokensOf } from '../shared/guards.ts'

/**
 * The vendor's counts in OpenAI's meaning: the prompt includes what was read from and written to the cache. Searches are
 * charged by the piece, and an answer from within one country costs more (`inference_geo`).
 */
export function usageOf(usage: JsonObject): CompletionUsage & UsageExtras {
  // A compaction is a call of its own before the answer: billed, but not part of the totals at the top.
  const compactions = listOf(usage['iterations'])
    .filter(isObject)
    .filter(({ type }) => type === 'compaction')
  const parts = [usage, ...compactions]
  const cached = sum(parts, 'cache_read_input_tokens')
  const written = sum(parts, 'cache_creation_input_tokens')
  const prompt = sum(parts, 'input_tokens') + cached + written
  const completion = sum(parts, 'output_tokens')
  const splits = parts.map((part) => part['cache_creation']).filter(isObject)
  const long = sum(splits, 'ephemeral_1h_input_tokens')
  const { output_tokens_details: details } = usage
  const thinking = isObject(details) && 'thinking_tokens' in details ? tokensOf(details['thinking_tokens']) : undefined
  const promptDetails = {
    cached_tokens: cached,
    cache_write_tokens: written,
    ...(long !== 0 && { cache_write_1h_tokens: long }),
  }
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: promptDetails,
    ...(thinking !== undefined && { completion_tokens_details: { reasoning_tokens: thinking } }),
    ...searchesOf(usage['server_tool_use']),
    ...(isPlace(usage['inference_geo']) && { region: usage['inference_geo'] }),
  }
}

function searchesOf(tools: unknown): UsageExtras {
  const searches = isObject(tools) ? tokensOf(tools['web_search_requests']) : 0
  return searches === 0 ? {} : { search_requests: searches }
}

/** Anywhere is no place. */
function isPlace(geo: unknown): geo is string {
  return typeof geo === 'string' && !['', 'global', 'not_available'].includes(geo)
}

/** Counts in a stream are cumulative: a later one replaces the earlier, and `null` says nothing. */
export function laterUsage(before: JsonObject, update: unknown): JsonObject {
  if (!isObject(update)) return before
  return { ...before, ...Object.fromEntries(Object.entries(update).filter(([, value]) => value !== null && value !== undefined)) }
}

/** OpenAI's word for the tier that served; `undefined` where the vendor names none. */
export function servedTier(usage: JsonObject): 'default' | 'priority' | 'fast' | undefined {
  if (usage['speed'] === 'fast') return 'fast'
  if (usage['service_tier'] === 'priority') return 'priority'
  return usage['service_tier'] === 'standard' ? 'default' : undefined
}

function sum(parts: readonly JsonObject[], field: string): number {
  return parts.reduce((total, part) => total + tokensOf(part[field]), 0)
}
