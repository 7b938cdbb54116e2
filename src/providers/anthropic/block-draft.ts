import { isObject, parseJson, textOf, type JsonObject } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'

/** One content block of a stream while it grows. */
export class BlockDraft {
  readonly type: string
  readonly id: string
  readonly name: string
  /** Tells this block from every other of its stream. */
  readonly key: string
  /** The arguments so far. */
  json = ''
  closed = false
  readonly #start: JsonObject
  readonly #grown: Record<string, unknown> = {}
  readonly #citations: unknown[]

  constructor(start: JsonObject, position: number) {
    this.#start = start
    this.type = textOf(start['type']) ?? ''
    this.id = textOf(start['id']) ?? ''
    this.name = textOf(start['name']) ?? ''
    this.key = `${position}`
    this.#citations = [...listOf(start['citations'])]
  }

  /** Text or thinking that the block began with. */
  get text(): string {
    return textOf(this.#start[this.type]) ?? ''
  }

  /** The arguments that a call began with, as JSON. */
  get startJson(): string {
    return JSON.stringify(isObject(this.#start['input']) ? this.#start['input'] : {})
  }

  /** Takes a delta; gives the text, thinking or JSON that it adds. */
  grow(delta: JsonObject): string {
    switch (delta['type']) {
      case 'text_delta':
        return this.#append('text', delta['text'])
      case 'thinking_delta':
        return this.#append('thinking', delta['thinking'])
      case 'input_json_delta': {
        const added = textOf(delta['partial_json']) ?? ''
        this.json += added
        return added
      }
      case 'citations_delta':
        this.#citations.push(delta['citation'])
        return ''
      default:
        // Signatures, and what a later API adds to blocks that are only sent back.
        for (const [field, value] of Object.entries(delta)) if (field !== 'type') this.#append(field, value)
        return ''
    }
  }

  /** The whole block, as a unary answer would have brought it. */
  block(): JsonObject {
    const input: unknown = this.json === '' ? undefined : (parseJson(this.json) ?? {})
    return {
      ...this.#start,
      ...this.#grown,
      ...(this.#citations.length > 0 && { citations: this.#citations }),
      ...(input !== undefined && { input }),
    }
  }

  #append(field: string, value: unknown): string {
    if (typeof value !== 'string') {
      this.#grown[field] = value
      return ''
    }
    const before = this.#grown[field] ?? this.#start[field]
    this.#grown[field] = typeof before === 'string' ? before + value : value
    return value
  }
}
