import { isObject, parseJson, textOf, type JsonObject } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'

/** What a delta adds to the answer. */
export interface Added {
  readonly kind: 'text' | 'reasoning' | 'arguments' | 'nothing'
  readonly text: string
}

const nothing: Added = { kind: 'nothing', text: '' }

/** One content block of a stream while it grows. Text and reasoning have no start of their own. */
export class BlockDraft {
  /** Tells this block from every other of its stream. */
  readonly key: number
  readonly #call: JsonObject | undefined
  /** Results of the vendor's own tools, and what else a start may hold. */
  readonly #start: JsonObject
  #text = ''
  #reasoning = ''
  #signature: string | undefined
  #redacted: string | undefined
  #json = ''
  readonly #citations: JsonObject[] = []
  readonly #results: unknown[] = []
  closed = false

  constructor(start: JsonObject, key: number) {
    this.key = key
    this.#start = start
    this.#call = isObject(start['toolUse']) ? start['toolUse'] : undefined
  }

  /** Id and name of a call that the caller has to make. */
  get call(): { readonly id: string; readonly name: string } | undefined {
    if (this.#call === undefined || this.#call['type'] === 'server_tool_use') return undefined
    return { id: textOf(this.#call['toolUseId']) ?? '', name: textOf(this.#call['name']) ?? '' }
  }

  /** Whether any arguments have come. */
  get argued(): boolean {
    return this.#json !== ''
  }

  /** Takes a delta. */
  grow(delta: JsonObject): Added {
    const { text, toolUse, reasoningContent, citation, toolResult } = delta
    if (typeof text === 'string') {
      this.#text += text
      return { kind: 'text', text }
    }
    if (isObject(toolUse)) return this.#argue(toolUse['input'])
    if (isObject(reasoningContent)) return this.#reason(reasoningContent)
    if (isObject(citation)) this.#citations.push(citation)
    if (toolResult !== undefined) this.#results.push(...listOf(toolResult))
    return nothing
  }

  #argue(input: unknown): Added {
    // Some models stream an object in place of its text.
    const json = textOf(input) ?? (isObject(input) ? JSON.stringify(input) : '')
    this.#json += json
    return { kind: 'arguments', text: json }
  }

  #reason({ text, signature, redactedContent }: JsonObject): Added {
    if (typeof signature === 'string') this.#signature = (this.#signature ?? '') + signature
    if (typeof redactedContent === 'string') this.#redacted = (this.#redacted ?? '') + redactedContent
    if (typeof text !== 'string') return nothing
    this.#reasoning += text
    return { kind: 'reasoning', text }
  }

  /** The whole block, as an answer without stream would have brought it. */
  block(): JsonObject {
    if (this.#call !== undefined) return { toolUse: { ...this.#call, input: parseJson(this.#json) ?? {} } }
    const { toolResult } = this.#start
    if (isObject(toolResult)) return { toolResult: { ...toolResult, content: this.#results } }
    if (this.#redacted !== undefined) return { reasoningContent: { redactedContent: this.#redacted } }
    if (this.#reasoning !== '' || this.#signature !== undefined) {
      const signed = this.#signature === undefined ? {} : { signature: this.#signature }
      return { reasoningContent: { reasoningText: { text: this.#reasoning, ...signed } } }
    }
    if (this.#citations.length === 0) return { text: this.#text }
    return { citationsContent: { content: [{ text: this.#text }], citations: this.#citations } }
  }
}
