import type { ChatCompletion } from '../contracts/chat.ts'
import type { Choice } from './check.ts'

/** The choices of a whole answer. */
export function choicesOf({ choices }: ChatCompletion): readonly Choice[] {
  return choices.map(({ finish_reason, message: { content, refusal, tool_calls } }) => ({
    finish: finish_reason,
    text: content ?? '',
    refused: (refusal ?? '') !== '',
    calls: (tool_calls ?? []).flatMap((call) => (call.type === 'function' ? [call.function] : [])),
  }))
}
