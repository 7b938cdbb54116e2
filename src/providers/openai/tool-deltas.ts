import type OpenAI from 'openai'
import { parseJson } from '../shared/json.ts'
import { argumentsText } from './response.ts'

type ToolDelta = OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall

interface OpenCall {
  /** Its number in the chunks that the caller sees. */
  readonly index: number
  /** Its number in the chunks that the server sent. */
  readonly sentIndex: number | undefined
  readonly id: string
  readonly custom: boolean
  /** The arguments so far. */
  text: string
}

/**
 * The tool calls of one choice, numbered 0 to n-1 in their order of appearance. Servers leave out indexes, give every
 * call the same one, leave out ids or repeat them with each piece; what OpenAI itself sends goes through unchanged.
 */
export class ToolDeltas {
  readonly #calls: OpenCall[] = []

  /** Whether there are no calls. */
  get none(): boolean {
    return this.#calls.length === 0
  }

  /** Whether there are calls, each with arguments that are a whole JSON value. */
  get whole(): boolean {
    return this.#calls.length > 0 && this.#calls.every(({ text, custom }) => !custom && isWhole(text))
  }

  /** The piece as it should have been sent. */
  read(delta: ToolDelta): ToolDelta {
    const known = this.#find(delta)
    return known === undefined ? this.#first(delta) : this.#next(delta, known)
  }

  /** The pieces that complete calls without arguments. */
  end(): ToolDelta[] {
    const pieces: ToolDelta[] = []
    for (const call of this.#calls) {
      if (call.custom || call.text !== '') continue
      call.text = '{}'
      pieces.push({ index: call.index, function: { arguments: '{}' } })
    }
    return pieces
  }

  #find({ index, id, function: called }: ToolDelta): OpenCall | undefined {
    if (typeof index === 'number') {
      const known = this.#calls.findLast((call) => call.sentIndex === index)
      // The same number with another id is another call.
      return !id || known === undefined || known.id === id ? known : this.#calls.find((call) => call.id === id)
    }
    if (id) return this.#calls.find((call) => call.id === id)
    return called?.name ? undefined : this.#calls.at(-1)
  }

  #first(delta: ToolDelta): ToolDelta {
    const index = this.#calls.length
    const isFresh = Boolean(delta.id) && this.#calls.every((call) => call.id !== delta.id)
    const id = isFresh && delta.id !== undefined ? delta.id : `call_${crypto.randomUUID()}`
    const custom = 'custom' in delta
    const text = argumentsOf(delta)
    this.#calls.push({ index, sentIndex: delta.index ?? undefined, id, custom, text })
    const { function: called, ...rest } = delta
    if (custom) return { ...rest, index, id }
    return { ...rest, index, id, type: 'function', function: { ...called, arguments: text } }
  }

  #next(delta: ToolDelta, { index, custom }: OpenCall): ToolDelta {
    if (custom) return { ...delta, index }
    const text = argumentsOf(delta)
    const call = this.#calls[index]
    if (call !== undefined) call.text += text
    const { index: sentIndex, id, type: _, function: called, ...rest } = delta
    if (sentIndex === index && id === undefined && called?.name === undefined && called?.arguments === text) return delta
    return { ...rest, index, function: { arguments: text } }
  }
}

function isWhole(text: string): boolean {
  return text === '' || parseJson(text) !== undefined
}

function argumentsOf({ function: called }: ToolDelta): string {
  const value: unknown = called?.arguments
  return value === undefined || value === null ? '' : argumentsText(value)
}
