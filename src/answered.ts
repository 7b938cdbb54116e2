import type { ChatCompletion, ChatCompletionChunk } from './contracts/chat.ts'
import type { Progress } from './progress.ts'

type ToolCallDelta = NonNullable<ChatCompletionChunk['choices'][number]['delta']['tool_calls']>[number]

interface Called {
  name: string
  arguments: string
}

/** What a model answered, put together from its pieces: of several choices the first. */
export class Answered {
  /** The model that the vendor says has answered. */
  model: string | null = null
  finish: string | null = null
  #text = ''
  readonly #calls = new Map<number, Called>()

  /** The text, or the refusal; where there is none, the tool calls as JSON: `[{"name":"f","arguments":"{}"}]`. */
  get text(): string {
    return this.#text === '' && this.#calls.size > 0 ? JSON.stringify([...this.#calls.values()]) : this.#text
  }

  addWhole({ model, choices }: ChatCompletion): void {
    this.model = model
    const [choice] = choices
    if (choice === undefined) return
    this.finish = choice.finish_reason
    this.#text = choice.message.content ?? choice.message.refusal ?? ''
    for (const [index, call] of (choice.message.tool_calls ?? []).entries()) {
      this.#calls.set(
        index,
        call.type === 'function'
          ? { name: call.function.name, arguments: call.function.arguments }
          : { name: call.custom.name, arguments: call.custom.input },
      )
    }
  }

  /** All that came of a stream. */
  addProgress({ model, text, toolCalls }: Progress): void {
    this.model = model ?? null
    this.#text = text
    for (const [index, { name, arguments: given }] of toolCalls.entries()) this.#calls.set(index, { name, arguments: given })
  }

  addChunk({ model, choices }: ChatCompletionChunk): void {
    if (model !== '') this.model ??= model
    const choice = choices.find(({ index }) => index === 0)
    if (choice === undefined) return
    if (choice.finish_reason !== null) this.finish = choice.finish_reason
    this.#text += choice.delta.content ?? choice.delta.refusal ?? ''
    for (const call of choice.delta.tool_calls ?? []) this.#addCall(call)
  }

  #addCall({ index, function: called }: ToolCallDelta): void {
    const call = this.#calls.get(index) ?? { name: '', arguments: '' }
    call.name += called?.name ?? ''
    call.arguments += called?.arguments ?? ''
    this.#calls.set(index, call)
  }
}
