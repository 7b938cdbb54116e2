import type { Condensed } from './condense.ts'
import { Torn } from './condense.ts'

/** Takes out of a text what is not to be kept, or puts something else in its place. */
export type Redactor = (text: string) => string | Promise<string>

// What OpenAI calls the parts of a message; another name may be anybody's.
const names: ReadonlySet<string> = new Set(
  `messages input role content name type text refusal image_url url detail input_audio data format file file_data file_id filename
  tool_calls tool_call_id id function arguments custom function_call audio transcript expires_at annotations url_citation title
  start_index end_index reasoning_content reasoning video_url`.split(/\s+/),
)
// What these say are words of the API too.
const worded: ReadonlySet<string> = new Set(['role', 'type'])
const apiWord = /^[a-z_]{1,32}$/

// So much text is worked on before others have their turn.
const turnLength = 32_768

/** Runs every text of a content through the redactors, one after the other. */
export class Redaction {
  readonly #redactors: readonly Redactor[]
  #worked = 0

  constructor(redactors: readonly Redactor[]) {
    this.#redactors = redactors
  }

  /** Rejects with what a redactor throws, and where it gives no text. */
  async of(value: Condensed): Promise<unknown> {
    if (typeof value === 'string') return this.#text(value)
    if (value instanceof Torn) return this.#torn(value)
    if (typeof value !== 'object' || value === null) return value
    return isList(value) ? this.#items(value) : this.#fields(value)
  }

  async #items(items: readonly Condensed[]): Promise<readonly unknown[]> {
    const redacted = []
    for (const item of items) redacted.push(await this.of(item))
    return redacted
  }

  async #fields(fields: Readonly<Record<string, Condensed>>): Promise<unknown> {
    const redacted: [string, unknown][] = []
    for (const [name, value] of Object.entries(fields)) {
      const isWord = worded.has(name) && typeof value === 'string' && apiWord.test(value)
      redacted.push([names.has(name) ? name : await this.#text(name), isWord ? value : await this.of(value)])
    }
    return Object.fromEntries(redacted)
  }

  /** What the redactors make of a beginning whatever follows: what they miss because it is cut in two is left out. */
  async #torn({ text, further, more }: Torn): Promise<string> {
    const [one, other] = [await this.#text(text), await this.#text(further)]
    let length = 0
    while (length < one.length && one[length] === other[length]) length += 1
    return `${one.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')}… ${more} more characters`
  }

  /** Arguments of tools are JSON: what stands behind an escaped line break there has a letter before it, and is no word of its own. */
  async #unescaped(text: string): Promise<string> {
    let clean = ''
    let done = 0
    for (const { 0: literal, index } of text.matchAll(jsonStrings)) {
      const said = saidBy(literal)
      const redacted = said === undefined ? undefined : await this.#text(said)
      if (redacted === undefined || redacted === said) continue
      clean += text.slice(done, index) + JSON.stringify(redacted)
      done = index + literal.length
    }
    return clean + text.slice(done)
  }

  async #text(text: string): Promise<string> {
    // A short text is work too.
    this.#worked += text.length + 64
    if (this.#worked > turnLength) {
      this.#worked = 0
      await new Promise((resolve) => setImmediate(resolve))
    }
    let redacted = await this.#unescaped(text)
    for (const redact of this.#redactors) {
      const given: unknown = await redact(redacted)
      if (typeof given !== 'string') throw new TypeError('a redactor gave no text')
      redacted = given
    }
    return redacted
  }
}

/** A string of JSON, also one that is cut off. Each character is read once, whatever the text. */
const jsonStrings = /"(?:[^"\\]|\\[^])*(?:"|$)/g

/** What it says; nothing where that is what it looks like, or it is no JSON after all. */
function saidBy(literal: string): string | undefined {
  if (!literal.includes('\\')) return undefined
  for (const whole of [literal, `${literal}"`]) {
    try {
      const said: unknown = JSON.parse(whole)
      return typeof said === 'string' ? said : undefined
    } catch {
      // Cut off, or no JSON.
    }
  }
  return undefined
}

function isList(value: Condensed & object): value is readonly Condensed[] {
  return Array.isArray(value)
}
