import type { ChatCompletionChunk } from './contracts/chat.ts'

type Delta = ChatCompletionChunk['choices'][number]['delta']
type ToolCallDelta = NonNullable<Delta['tool_calls']>[number]

/** A tool call whose arguments had not all arrived. Never to be executed. */
export interface PartialToolCall {
  readonly id: string
  readonly name: string
  /** The JSON text as far as it came. */
  readonly arguments: string
  readonly complete: false
}

/** What has come of one streamed attempt so far. */
export class Progress {
  /** The model that the chunks name. */
  model: string | undefined
  /** The answer's id, as they give it. */
  id: string | undefined
  #committed = false
  #text = ''
  #reasoningLength = 0
  // One bit a choice: which have appeared, which have their finish reason.
  #seen = 0
  #done = 0
  readonly #reasons: string[] = []
  #calls: Map<number, { id: string; name: string; arguments: string }> | undefined

  /** Whether content, or a finish reason without any, has come: from here on the answer belongs to this attempt. */
  get committed(): boolean {
    return this.#committed
  }

  /** Whether every choice has its finish reason. */
  get finished(): boolean {
    return this.#done !== 0 && this.#done === this.#seen
  }

  /** Why the choices ended, in the order in which they did. */
  get finishReasons(): readonly string[] {
    return this.#reasons
  }

  get text(): string {
    return this.#text
  }

  get toolCalls(): readonly PartialToolCall[] {
    return [...(this.#calls?.values() ?? [])].map((call) => ({ ...call, complete: false }))
  }

  /** Characters of output so far: text, reasoning and arguments. */
  get length(): number {
    let length = this.#text.length + this.#reasoningLength
    for (const call of this.#calls?.values() ?? []) length += call.name.length + call.arguments.length
    return length
  }

  /** Takes note of a chunk; true when it bears content. */
  observe(chunk: ChatCompletionChunk): boolean {
    this.model ??= chunk.model
    this.id ??= chunk.id
    let bears = false
    for (const choice of chunk.choices) {
      const bit = 1 << Math.min(choice.index, 30)
      this.#seen |= bit
      if (this.#observeDelta(choice.delta)) bears = true
      if (choice.finish_reason !== null && choice.finish_reason !== undefined) {
        if ((this.#done & bit) === 0) this.#reasons.push(choice.finish_reason)
        this.#done |= bit
        bears = true
      }
    }
    if (bears) this.#committed = true
    return bears
  }

  #observeDelta(delta: Delta): boolean {
    const { content } = delta
    if (typeof content === 'string' && content !== '') {
      this.#text += content
      return true
    }
    if (delta.tool_calls !== undefined && delta.tool_calls.length > 0) {
      for (const call of delta.tool_calls) this.#observeCall(call)
      return true
    }
    return bearsOtherContent(delta) && this.#observeReasoning(delta)
  }

  #observeCall({ index, id, function: called }: ToolCallDelta): void {
    this.#calls ??= new Map()
    const call = this.#calls.get(index) ?? { id: '', name: '', arguments: '' }
    this.#calls.set(index, {
      id: id ?? call.id,
      name: called?.name ?? call.name,
      arguments: call.arguments + (called?.arguments ?? ''),
    })
  }

  #observeReasoning(delta: Delta): boolean {
    if ('reasoning_content' in delta && typeof delta.reasoning_content === 'string')
      this.#reasoningLength += delta.reasoning_content.length
    return true
  }
}

const silent = new Set(['role', 'content', 'tool_calls', 'provider_state'])

/** Refusals, reasoning, audio, a legacy function call: anything but the role and empty fields. */
function bearsOtherContent(delta: Delta): boolean {
  for (const [field, value] of Object.entries(delta)) {
    if (!silent.has(field) && value !== null && value !== undefined && value !== '') return true
  }
  return false
}
