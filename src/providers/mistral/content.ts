import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'

/** What a piece of content adds to the answer. */
export interface Added {
  readonly text: string
  readonly reasoning: string
}

/** A place of the answer's text that sources stand behind. */
export interface Reference {
  readonly start: number
  readonly end: number
  readonly ids: readonly (string | number)[]
}

/** Reads content, whole or piece by piece: a text, or chunks of text, thinking and references. */
export class ContentReader {
  readonly references: Reference[] = []
  #chunks: JsonObject[] = []
  #length = 0

  /** Everything so far as the vendor's chunks, pieces that belong together joined. */
  get chunks(): readonly JsonObject[] {
    return this.#chunks
  }

  take(content: unknown): Added {
    if (typeof content === 'string') return { text: this.#text(content, { type: 'text', text: content }), reasoning: '' }
    let text = ''
    let reasoning = ''
    for (const chunk of listOf(content)) {
      if (typeof chunk === 'string') text += this.#text(chunk, { type: 'text', text: chunk })
      else if (!isObject(chunk)) continue
      else if (chunk['type'] === 'thinking') reasoning += this.#thinking(chunk)
      else if (chunk['type'] === 'text') text += this.#text(textOf(chunk['text']) ?? '', chunk)
      else this.#other(chunk)
    }
    return { text, reasoning }
  }

  #text(text: string, chunk: JsonObject): string {
    if (text === '') return ''
    this.#length += text.length
    const last = this.#chunks.at(-1)
    if (last?.['type'] === 'text') this.#replaceLast({ ...last, text: `${textOf(last['text'])}${text}` })
    else this.#chunks.push(chunk)
    return text
  }

  /** A stream sends thinking in as many chunks as it likes; the signature comes with the last of them. */
  #thinking(chunk: JsonObject): string {
    const thoughts = typeof chunk['thinking'] === 'string' ? [{ type: 'text', text: chunk['thinking'] }] : listOf(chunk['thinking'])
    const last = this.#chunks.at(-1)
    if (last?.['type'] === 'thinking' && last['closed'] !== true) {
      this.#replaceLast({ ...last, ...chunk, thinking: joined([...listOf(last['thinking']), ...thoughts]) })
    } else {
      this.#chunks.push({ ...chunk, thinking: thoughts })
    }
    return thoughts.map((thought) => (isObject(thought) ? (textOf(thought['text']) ?? '') : '')).join('')
  }

  #other(chunk: JsonObject): void {
    this.#chunks.push(chunk)
    if (chunk['type'] !== 'reference') return
    const ids = listOf(chunk['reference_ids']).filter((id) => typeof id === 'string' || typeof id === 'number')
    this.references.push({ start: this.references.at(-1)?.end ?? 0, end: this.#length, ids })
  }

  #replaceLast(chunk: JsonObject): void {
    this.#chunks = [...this.#chunks.slice(0, -1), chunk]
  }
}

/** Neighbouring texts as one. */
function joined(thoughts: readonly unknown[]): readonly unknown[] {
  const out: unknown[] = []
  for (const thought of thoughts) {
    const last = out.at(-1)
    if (isText(last) && isText(thought)) out[out.length - 1] = { ...last, text: last.text + thought.text }
    else out.push(thought)
  }
  return out
}

function isText(value: unknown): value is JsonObject & { readonly text: string } {
  return isObject(value) && value['type'] === 'text' && typeof value['text'] === 'string'
}
