import type OpenAI from 'openai'
import { argumentsText } from './response.ts'

type ToolDelta = OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall

interface OpenCall {
  /** Its number in the chunks that the caller sees. */
  readonly index: number
  /** Its number in the chunks that the server sent. */
  readonly sentIndex: number | undefined
  readonly id: string
  readonly custom: boolean
}

/**
 * The tool calls of one choice, numbered 0 to n-1 in their order of appearance. Servers leave out indexes, give every
 * call the same one, leave out ids or repeat them with each piece; what OpenAI itself sends goes through unchanged.
 */
export class ToolDeltas {
  readonly #calls: OpenCall[] = []
  /** The numbers of calls whose arguments have not begun. */
  readonly #empty = new Set<number>()

  /** The piece as it should have been sent. */
  read(delta: ToolDelta): ToolDelta {
    const known = this.#find(delta)
    if (known !== undefined) return this.#next(delta, known)
    const index = this.#calls.length
    const id = delta.id || `call_${crypto.randomUUID()}`
    const custom = 'custom' in delta
    const text = custom ? '' : argumentsOf(delta)
    this.#calls.push({ index, sentIndex: delta.index ?? undefined, id, custom })
    if (text === '' && !custom) this.#empty.add(index)
    const { function: called, ...rest } = delta
    if (custom) return { ...rest, index, id }
    return { ...rest, index, id, type: 'function', function: { ...called, arguments: text } }
  }

  /** The pieces that complete calls without arguments. */
  end(): ToolDelta[] {
    const pieces = Array.from(this.#empty, (index) => ({ index, function: { arguments: '{}' } }))
    this.#empty.clear()
    return pieces
  }

  #next(delta: ToolDelta, call: OpenCall): ToolDelta {
    if (call.custom) return delta.index === call.index ? delta : { ...delta, index: call.index }
    const text = argumentsOf(delta)
    if (text !== '') this.#empty.delete(call.index)
    const { index, id, type: _, function: called, ...rest } = delta
    if (index === call.index && id === undefined && called?.name === undefined && called?.arguments === text) return delta
    return { ...rest, index: call.index, function: { arguments: text } }
  }

  #find({ index, id }: ToolDelta): OpenCall | undefined {
    if (id) return this.#calls.find((call) => call.id === id)
    if (typeof index !== 'number') return this.#calls.at(-1)
    return this.#calls.findLast((call) => call.sentIndex === index)
  }
}

function argumentsOf({ function: called }: ToolDelta): string {
  const value: unknown = called?.arguments
  return value === undefined || value === null ? '' : argumentsText(value)
}
