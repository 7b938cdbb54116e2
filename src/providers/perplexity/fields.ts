import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject } from '../shared/json.ts'

/**
 * The vendor refuses a request with any field that it does not know. These pass as they are, as far as the caller gives
 * them: the types of @perplexity-ai/perplexity_ai 0.38.5 and the vendor's request mapping for the Agent API, read 2026-11.
 */
export const passing = [
  ...(['temperature', 'top_p', 'parallel_tool_calls', 'metadata'] as const),
  ...(['language_preference', 'max_steps', 'max_tool_calls', 'truncation'] as const),
] as const

/** What earlier names of a search's filters were, at the top of the body; now they belong to the tool. */
export const searchFilters = [
  'search_domain_filter',
  'search_recency_filter',
  'search_after_date_filter',
  'search_before_date_filter',
  'last_updated_after_filter',
  'last_updated_before_filter',
] as const

/** What is translated elsewhere. */
const translated: ReadonlySet<string> = new Set(
  `model messages stream stream_options tools tool_choice web_search_options response_format max_tokens
  max_completion_tokens reasoning_effort store n stop modalities audio functions function_call logprobs top_logprobs
  moderation`.split(/\s+/),
)

/** Fields at the values that change nothing. */
const neutral: Readonly<Record<string, readonly unknown[]>> = {
  frequency_penalty: [0],
  presence_penalty: [0],
  service_tier: ['auto', 'default'],
}

/** The fields of a request that have no place at this vendor and only tune: unknown ones included. */
export function droppedFields(request: ChatRequest): readonly string[] {
  const known = new Set<string>([...passing, ...searchFilters, ...translated])
  const others = Object.entries(request).filter(([field, value]) => !known.has(field) && isTuned(value, neutral[field]))
  const finer = {
    reasoning_effort: request.reasoning_effort === 'none',
    'stream_options.include_obfuscation': request.stream_options?.include_obfuscation === true,
    'messages[].content[].image_url.detail': request.messages.some(isDetailed),
  }
  return [...others.map(([field]) => field), ...Object.entries(finer).flatMap(([field, isSet]) => (isSet ? [field] : []))]
}

function isDetailed({ content }: ChatRequest['messages'][number]): boolean {
  return Array.isArray(content) && content.some((part) => part.type === 'image_url' && (part.image_url.detail ?? 'auto') !== 'auto')
}

function isTuned(value: unknown, usual: readonly unknown[] = []): boolean {
  if (value === undefined || value === null || usual.includes(value)) return false
  return !isObject(value) || Object.keys(value).length > 0
}
