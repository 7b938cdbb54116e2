/** A text that was too long. */
export class Torn {
  /** Its beginning. */
  readonly text: string
  /** The same with some more behind it, in which what stands across the cut is whole. */
  readonly further: string
  /** How many characters are left out. */
  readonly more: number

  constructor(text: string, further: string, more: number) {
    this.text = text
    this.further = further
    this.more = more
  }
}

/** A part of content that may be kept: texts are what it is made of. */
export type Condensed = string | Torn | number | boolean | null | readonly Condensed[] | { readonly [field: string]: Condensed }

// What stands across the cut, a key or a name, must be recognised before the rest of it is thrown away.
const spareLength = 4_096
const shortestText = 16

/** Copies content as far as it has room: of messages the latest first, of media only what they are and how large. */
export class Condenser {
  readonly #room: number
  #left: number

  /** `room`: in bytes of JSON. */
  constructor(room: number) {
    this.#room = room
    this.#left = room
  }

  /** How much of it was taken. */
  get taken(): number {
    return this.#room - this.#left
  }

  messages(messages: readonly unknown[]): readonly Condensed[] {
    return this.#items(messages.toReversed()).toReversed()
  }

  value(value: unknown): Condensed {
    if (typeof value === 'string') return this.#text(value)
    if (typeof value === 'number' || typeof value === 'boolean') return this.#plain(value)
    if (typeof value !== 'object' || value === null) return null
    if (!Array.isArray(value)) return this.#fields(value)
    // Tokens are text too, which nobody can read for what is to be taken out of it.
    const isTokens = value.length > 0 && value.every((item) => typeof item === 'number')
    return isTokens ? this.#note(`${value.length} tokens`) : this.#items(value)
  }

  #items(items: readonly unknown[]): Condensed[] {
    const kept: Condensed[] = []
    for (const item of items) {
      if (this.#left <= 0) break
      this.#left -= 1
      kept.push(this.value(item))
    }
    const more = items.length - kept.length
    return more === 0 ? kept : [...kept, this.#note(`${more} more`)]
  }

  #fields(object: object): Condensed {
    const kept: [string, Condensed][] = []
    for (const [name, value] of Object.entries(object)) {
      // What a vendor wants back as it was is for nobody else to read.
      if (value === null || value === undefined || name === 'provider_state') continue
      this.#left -= name.length + 4
      kept.push([name, (typeof value === 'string' ? this.#media(name, value, object) : undefined) ?? this.value(value)])
    }
    return Object.fromEntries(kept)
  }

  #text(text: string): Condensed {
    const length = lengthWithin(text, Math.max(this.#left, shortestText))
    this.#left -= jsonBytes(text.slice(0, length))
    if (length === text.length) return text
    return new Torn(text.slice(0, length), text.slice(0, length + spareLength), text.length - length)
  }

  /** What stands for media; nothing where it is a text. In a text `data:` is a word as any other. */
  #media(name: string, text: string, part: object): string | undefined {
    const [, type] = name === 'url' || mediaFields.has(name) ? (/^data:([\w.+/-]{0,80})[;,]/.exec(text) ?? []) : []
    if (type !== undefined) return this.#note(`${type === '' ? 'data' : type}, ${sizeOf(text.slice(text.indexOf(',') + 1))} bytes`)
    if (!mediaFields.has(name)) return undefined
    const format: unknown = Reflect.get(part, 'format')
    return this.#note(`${typeof format === 'string' && /^\w{1,16}$/.test(format) ? `${format}, ` : ''}${sizeOf(text)} bytes`)
  }

  #plain(value: number | boolean): Condensed {
    this.#left -= 8
    return value
  }

  #note(text: string): string {
    this.#left -= text.length + 4
    return `[${text}]`
  }
}

/** Fields that hold media in base64: of sound, of files. */
const mediaFields: ReadonlySet<string> = new Set(['data', 'file_data', 'b64_json'])

/** How many bytes base64 stands for. */
function sizeOf(base64: string): number {
  return Buffer.byteLength(base64, 'base64')
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text))
}

/** How many characters from the beginning of a text take no more than so many bytes of JSON, or nearly as many as do. */
function lengthWithin(text: string, bytes: number): number {
  let length = Math.min(text.length, bytes)
  for (let taken = jsonBytes(text.slice(0, length)); taken > bytes + 2 && length > 0; taken = jsonBytes(text.slice(0, length)))
    length = Math.min(length - 1, Math.floor((length * bytes) / taken))
  return length
}
