import type OpenAI from 'openai'
import type { AssistantExtras, ChatCompletionChunk, CompletionUsage } from '../../contracts/chat.ts'

type Delta = OpenAI.ChatCompletionChunk.Choice.Delta & AssistantExtras
type FinishReason = NonNullable<OpenAI.ChatCompletionChunk.Choice['finish_reason']>
type ToolKey = string | number

/** Who answers: the same in each chunk of a stream. */
export interface ChunkHead {
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
}

interface ToolState {
  readonly index: number
  open: boolean
  empty: boolean
}

/**
 * Builds the chunks of one answer in OpenAI's grammar: role, then content and tool calls, then the finish reason, then
 * usage. Tool calls are numbered in their order of appearance, whatever numbers the vendor gives its blocks. One builder
 * for each choice, where a stream carries several.
 */
export class ChunkBuilder {
  readonly #head: ChunkHead
  readonly #choice: number
  readonly #tools = new Map<ToolKey, ToolState>()

  constructor(head: ChunkHead, choice = 0) {
    this.#head = head
    this.#choice = choice
  }

  /** The first chunk. */
  role(): ChatCompletionChunk {
    return this.delta({ role: 'assistant', content: '' })
  }

  text(content: string): ChatCompletionChunk {
    return this.delta({ content })
  }

  reasoning(reasoning_content: string): ChatCompletionChunk {
    return this.delta({ reasoning_content })
  }

  refusal(refusal: string): ChatCompletionChunk {
    return this.delta({ refusal })
  }

  /** Any other delta, such as `provider_state`. */
  delta(delta: Delta, finish_reason: FinishReason | null = null): ChatCompletionChunk {
    const { id, created, model } = this.#head
    return {
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      choices: [{ index: this.#choice, delta, logprobs: null, finish_reason }],
    }
  }

  /** Begins a tool call. `key` is the vendor's own index or id for it, unused so far. */
  toolCall(key: ToolKey, { id, name }: { readonly id: string; readonly name: string }): ChatCompletionChunk {
    const tool: ToolState = { index: this.#tools.size, open: true, empty: true }
    this.#tools.set(key, tool)
    return this.delta({ tool_calls: [{ index: tool.index, id, type: 'function', function: { name, arguments: '' } }] })
  }

  /** More of its arguments; `undefined` where there is nothing to send. */
  toolArguments(key: ToolKey, json: string): ChatCompletionChunk | undefined {
    const tool = this.#tools.get(key)
    if (tool === undefined || json === '') return undefined
    tool.empty = false
    return this.delta({ tool_calls: [{ index: tool.index, function: { arguments: json } }] })
  }

  /** Ends a tool call: one without arguments gets `{}`, any other needs nothing. */
  toolEnd(key: ToolKey): ChatCompletionChunk | undefined {
    const tool = this.#tools.get(key)
    if (tool === undefined || !tool.open) return undefined
    tool.open = false
    return tool.empty ? this.toolArguments(key, '{}') : undefined
  }

  /** Ends the answer: open tool calls, the finish reason (`stop` with tool calls is `tool_calls`), usage where known. */
  finish(reason: FinishReason, usage?: CompletionUsage): readonly ChatCompletionChunk[] {
    const out: ChatCompletionChunk[] = []
    for (const key of this.#tools.keys()) {
      const last = this.toolEnd(key)
      if (last !== undefined) out.push(last)
    }
    out.push(this.delta({}, reason === 'stop' && this.#tools.size > 0 ? 'tool_calls' : reason))
    if (usage !== undefined) out.push(usageChunk(this.#head, usage))
    return out
  }
}

/** The chunk without choices that carries usage and ends a stream. */
export function usageChunk({ id, created, model }: ChunkHead, usage: CompletionUsage): ChatCompletionChunk {
  return { id, object: 'chat.completion.chunk', created, model, choices: [], usage }
}
