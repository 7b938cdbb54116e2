import type { ChatCompletion, ChatCompletionChunk } from './contracts/chat.ts'
import type { AnswerFacts } from './contracts/telemetry.ts'
import { RouterFault } from './errors.ts'

/** Whether an adapter's answer is one at all. */
export function isCompletion(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('choices' in answer) || !Array.isArray(answer.choices)) return false
  const [choice]: unknown[] = answer.choices
  return (
    typeof choice === 'object' &&
    choice !== null &&
    'message' in choice &&
    typeof choice.message === 'object' &&
    choice.message !== null
  )
}

/** Whether the model or its vendor's filter has refused: every choice is a refusal. */
export function refuses({ choices }: ChatCompletion): boolean {
  return choices.every(({ finish_reason, message }) => finish_reason === 'content_filter' || isText(message.refusal))
}

/** As {@link refuses}, of a chunk before which there was no content. */
export function beginsWithRefusal({ choices }: ChatCompletionChunk): boolean {
  const [choice] = choices
  if (choice === undefined) return false
  const { delta, finish_reason } = choice
  return isText(delta.refusal) || (finish_reason === 'content_filter' && !isText(delta.content))
}

/** Whether there is nothing in an answer: no text, call, sound or refusal in any of its choices. */
export function isEmpty({ choices }: ChatCompletion): boolean {
  return choices.every(({ message }) => {
    const { content, refusal, tool_calls: calls, function_call: call, audio } = message
    const says = [content, refusal].some((text) => typeof text === 'string' && text.trim() !== '')
    return !says && (calls?.length ?? 0) === 0 && (call ?? undefined) === undefined && (audio ?? undefined) === undefined
  })
}

/** What an answer says of itself beside its model and its content. */
export function factsOf({ id, choices }: ChatCompletion): Omit<AnswerFacts, 'model'> {
  return factsFrom(
    id,
    choices.map(({ finish_reason }) => finish_reason),
  )
}

/** Only what is there: a user's adapter may leave out what it should not. */
export function factsFrom(id: string | undefined, reasons: readonly unknown[]): Omit<AnswerFacts, 'model'> {
  const finishReasons = reasons.filter(isText)
  return { ...(isText(id) && { id }), ...(finishReasons.length > 0 && { finishReasons }) }
}

/** A refusal as the failure that it is where another target is to be asked. */
export function refusalFault(provider: string): RouterFault {
  return new RouterFault('content_filter', `${provider} refused to answer.`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
