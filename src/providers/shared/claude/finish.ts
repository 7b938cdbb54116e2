import type OpenAI from 'openai'

/** OpenAI's finish reasons. */
export type FinishReason = OpenAI.ChatCompletion.Choice['finish_reason']

const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
}

/**
 * The finish reason for a stop reason, in Claude's words or in those that one service (`own`) has besides. A word that is
 * not known yet is an end like any other.
 */
export function finishReason(
  stopReason: string,
  calls: 'none' | 'tools' | 'function',
  own: Readonly<Record<string, FinishReason>> = {},
): FinishReason {
  const reason = own[stopReason] ?? finishReasons[stopReason] ?? 'stop'
  if (calls === 'none') return reason === 'tool_calls' ? 'stop' : reason
  if (reason !== 'stop' && reason !== 'tool_calls') return reason
  return calls === 'function' ? 'function_call' : 'tool_calls'
}
