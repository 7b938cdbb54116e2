import { isObject, textOf } from '../json.ts'
import type { JsonObject } from '../json.ts'

interface Call {
  readonly key: string
  hasArguments: boolean
}

/** What has been streamed of a response's output so far, by item. */
export class OutputDraft {
  readonly #calls = new Map<string, Call>()
  readonly #names = new Map<string, string>()
  readonly #said = new Set<string>()
  readonly #items = new Map<number, JsonObject>()
  #thought: string | undefined
  #spoke = false

  /** How many calls there are. */
  get calls(): number {
    return this.#calls.size
  }

  /** Whether anything was said. */
  get spoke(): boolean {
    return this.#spoke
  }

  /** A call begins; `undefined` where it has begun before. */
  call(event: JsonObject, item: JsonObject): string | undefined {
    if (this.keyOf({ ...event, item }) !== undefined) return undefined
    const key = `call-${this.#calls.size}`
    this.#calls.set(key, { key, hasArguments: false })
    for (const name of namesOf({ ...event, item })) this.#names.set(name, key)
    return key
  }

  /** The call that an event is about. Vendors name it by the item's id, its place in the output, or the call's own id. */
  keyOf(event: JsonObject): string | undefined {
    for (const name of namesOf(event)) {
      const key = this.#names.get(name)
      if (key !== undefined) return key
    }
    return undefined
  }

  grew(key: string, json: string): void {
    const call = this.#calls.get(key)
    if (call !== undefined && json !== '') call.hasArguments = true
  }

  hasArguments(key: string): boolean {
    return this.#calls.get(key)?.hasArguments === true
  }

  /** Something of a message was streamed. */
  said(event: JsonObject): void {
    this.#spoke = true
    for (const name of namesOf(event)) this.#said.add(name)
  }

  hasSaid(event: JsonObject): boolean {
    return namesOf(event).some((name) => this.#said.has(name))
  }

  /** Something of the reasoning was streamed; true where a new paragraph begins. */
  thought(event: JsonObject): boolean {
    const { item_id: id, output_index: index, summary_index: summary, content_index: content } = event
    for (const name of namesOf(event)) this.#said.add(name)
    const paragraph = JSON.stringify([id ?? index, summary, content])
    const begins = this.#thought !== undefined && this.#thought !== paragraph
    this.#thought = paragraph
    return begins
  }

  /** A whole item. */
  keep({ output_index: index }: JsonObject, item: JsonObject): void {
    this.#items.set(typeof index === 'number' ? index : this.#items.size, item)
  }

  /**
   * The items of the answer: as they were when each was whole, for `encrypted_content` may be cut elsewhere, and those of
   * the final snapshot that never came by themselves.
   */
  itemsOf(snapshot: readonly JsonObject[]): readonly JsonObject[] {
    const last = Math.max(snapshot.length - 1, ...this.#items.keys())
    return Array.from({ length: last + 1 }, (_, index) => this.#items.get(index) ?? snapshot[index]).filter(
      (item) => item !== undefined,
    )
  }
}

function namesOf({ item_id: id, output_index: index, item, call_id }: JsonObject): readonly string[] {
  const inner = isObject(item) ? item : {}
  const ids = [textOf(id), textOf(inner['id'])].flatMap((each) => (each === undefined || each === '' ? [] : [`item ${each}`]))
  const calls = [textOf(call_id), textOf(inner['call_id'])].flatMap((each) =>
    each === undefined || each === '' ? [] : [`call ${each}`],
  )
  return [...ids, ...calls, ...(typeof index === 'number' ? [`place ${index}`] : [])]
}
