import type { CompletionUsage, UsageExtras } from '../../../contracts/chat.ts'
import { tokensOf } from '../guards.ts'
import { isObject } from '../json.ts'
import type { JsonObject } from '../json.ts'

/**
 * Token counts in OpenAI's chat words; `undefined` where there are none. Totals are totals already. A bill that the vendor
 * makes itself (`usage.cost`) goes along as it is. Searches are charged by the piece: those of the web among the output's
 * items. Opening a page that was found is none.
 */
export function usageOf(value: unknown, items: readonly JsonObject[]): (CompletionUsage & UsageExtras) | undefined {
  if (!isObject(value)) return undefined
  const { input_tokens: input, output_tokens: output, input_tokens_details, output_tokens_details, cost } = value
  if ((input ?? undefined) === undefined && (output ?? undefined) === undefined) return undefined
  const prompt_tokens = tokensOf(input)
  const completion_tokens = tokensOf(output)
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    ...(isObject(input_tokens_details) && { prompt_tokens_details: inputDetails(input_tokens_details) }),
    ...(isObject(output_tokens_details) && { completion_tokens_details: outputDetails(output_tokens_details) }),
    ...(cost !== undefined && cost !== null && { cost }),
    ...searchesIn(items),
  }
}

function searchesIn(items: readonly JsonObject[]): UsageExtras {
  const searches = items.filter(({ type, action, status }) => {
    if (type !== 'web_search_call' || status === 'failed') return false
    return !isObject(action) || action['type'] === undefined || action['type'] === 'search'
  })
  return searches.length === 0 ? {} : { search_requests: searches.length }
}

type PromptDetails = NonNullable<CompletionUsage['prompt_tokens_details']>
type CompletionDetails = NonNullable<CompletionUsage['completion_tokens_details']>

/** Cache reads and writes have two pairs of names. */
function inputDetails(details: JsonObject): PromptDetails {
  const cached = countOf(details['cached_tokens']) ?? countOf(details['cache_read_input_tokens'])
  const written = countOf(details['cache_write_tokens']) ?? countOf(details['cache_creation_input_tokens'])
  const byLifetime = details['cache_write_tokens_details']
  const long = isObject(byLifetime) ? countOf(byLifetime['ttl_12h']) : undefined
  return {
    ...(cached !== undefined && { cached_tokens: cached }),
    ...(written !== undefined && { cache_write_tokens: written }),
    // The part that is written for hours and not for minutes has a price of its own.
    ...(long !== undefined && { cache_write_1h_tokens: long }),
    ...counts(details, ['audio_tokens', 'image_tokens', 'text_tokens']),
  }
}

function outputDetails(details: JsonObject): CompletionDetails {
  return counts(details, ['reasoning_tokens', 'audio_tokens', 'image_tokens', 'text_tokens'])
}

function counts(details: JsonObject, names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const count = countOf(details[name])
      return count === undefined ? [] : [[name, count]]
    }),
  )
}

function countOf(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : tokensOf(value)
}
