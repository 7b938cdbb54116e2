import type { ChatCompletion, CompletionUsage } from '../../contracts/chat.ts'
import type { UsageData } from './events.ts'

type FinishReason = ChatCompletion['choices'][number]['finish_reason']

/**
 * Token counts in OpenAI's meaning. The runtime's totals contain their parts already, whichever vendor's format it spoke
 * (measured with 1.0.14). Its `cost` is a multiplier of the allowance and no money, so nothing is said of it.
 */
export function usageOf(data: UsageData): CompletionUsage | undefined {
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = data
  if (inputTokens === undefined || outputTokens === undefined) return undefined
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cacheReadTokens, cache_write_tokens: cacheWriteTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  }
}

/** Why the model stopped: the runtime says it in OpenAI's words already. */
export function finishOf({ finishReason, contentFilterTriggered }: UsageData): FinishReason {
  if (contentFilterTriggered === true) return 'content_filter'
  return finishReason === 'length' || finishReason === 'tool_calls' || finishReason === 'content_filter' ? finishReason : 'stop'
}
