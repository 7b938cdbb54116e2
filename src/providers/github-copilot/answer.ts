import type OpenAI from 'openai'
import type { AssistantExtras, ChatCompletion, ChatCompletionChunk } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'

type Choice = ChatCompletion['choices'][number]
type Delta = ChatCompletionChunk['choices'][number]['delta'] & AssistantExtras

/** What the chunks of a session add up to. */
export async function completionOf(chunks: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletion> {
  const draft = new MessageDraft()
  let last: ChatCompletionChunk | undefined
  let finish: Choice['finish_reason'] | undefined
  for await (const chunk of chunks) {
    last = chunk
    const [choice] = chunk.choices
    if (choice === undefined) continue
    draft.add(choice.delta)
    finish = choice.finish_reason ?? finish
  }
  if (last === undefined || finish === undefined) throw new AttemptError('truncated', 'The session ended without an answer.')
  const { id, created, model, usage } = last
  const choices = [{ index: 0, message: draft.message, logprobs: null, finish_reason: finish }]
  return { id, object: 'chat.completion', created, model, choices, ...(usage && { usage }) }
}

class MessageDraft {
  #content = ''
  #reasoning = ''
  readonly #calls: OpenAI.ChatCompletionMessageFunctionToolCall[] = []

  add({ content, reasoning_content: reasoning, tool_calls: calls = [] }: Delta): void {
    this.#content += content ?? ''
    this.#reasoning += reasoning ?? ''
    for (const { index, id = '', function: { name = '', arguments: json = '' } = {} } of calls) {
      const call = (this.#calls[index] ??= { id, type: 'function', function: { name, arguments: '' } })
      call.function.arguments += json
    }
  }

  get message(): Choice['message'] & AssistantExtras {
    const hasCalls = this.#calls.length > 0
    return {
      role: 'assistant',
      content: this.#content === '' && hasCalls ? null : this.#content,
      refusal: null,
      ...(this.#reasoning !== '' && { reasoning_content: this.#reasoning }),
      ...(hasCalls && { tool_calls: this.#calls }),
    }
  }
}
