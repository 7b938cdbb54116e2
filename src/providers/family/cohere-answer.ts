import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'

/** A complete v2 answer as chat completions write it: its content in parts, its finish reason in Cohere's words. */
export function cohereAnswer(answer: JsonObject, model: string): JsonObject {
  const { message, finish_reason, usage, id, error } = answer
  if (!isObject(message) || (finish_reason === 'COMPLETE' && saysNothing(message))) return answer
  return {
    id,
    object: 'chat.completion',
    created: Math.trunc(Date.now() / 1000),
    model,
    choices: [
      {
        index: 0,
        ...(error !== undefined && { error }),
        message: { ...message, content: message['content'] ?? null, ...annotations(message['citations']) },
        logprobs: null,
        finish_reason,
      },
    ],
    ...cohereUsage(usage),
  }
}

/** An empty text is an answer; nothing at all is none. */
function saysNothing({ content, tool_calls, tool_plan }: JsonObject): boolean {
  return [content, tool_calls, tool_plan].every((part) => part === undefined)
}

/**
 * `tokens` counts what the model read and wrote, `billed_units` what is charged: the prompt without the vendor's own
 * template. The latter stays beside, as the vendor wrote it.
 */
export function cohereUsage(usage: unknown): JsonObject {
  if (!isObject(usage)) return {}
  const counts = isObject(usage['tokens']) ? usage['tokens'] : usage['billed_units']
  if (!isObject(counts)) return {}
  const { input_tokens: input, output_tokens: output, reasoning_tokens } = counts
  const { cached_tokens, billed_units } = usage
  return {
    usage: {
      prompt_tokens: input ?? 0,
      completion_tokens: output ?? 0,
      total_tokens: Number(input ?? 0) + Number(output ?? 0),
      ...(cached_tokens !== undefined && { cached_tokens }),
      ...(reasoning_tokens !== undefined && { reasoning_tokens }),
      ...(billed_units !== undefined && { billed_units }),
    },
  }
}

/** Citations of sources that have an address, as OpenAI writes them; all of them stay in `citations`. */
export function annotations(citations: unknown): JsonObject {
  if (!Array.isArray(citations)) return {}
  const found = citations.filter(isObject).flatMap(({ start, end, sources }) =>
    (Array.isArray(sources) ? sources : []).filter(isObject).flatMap((source) => {
      const about = isObject(source['document']) ? source['document'] : source['tool_output']
      if (!isObject(about) || typeof about['url'] !== 'string') return []
      const { url, title = '' } = about
      return [{ type: 'url_citation', url_citation: { start_index: start, end_index: end, url, title } }]
    }),
  )
  return found.length === 0 ? {} : { annotations: found }
}
