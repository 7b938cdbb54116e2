/** How much of an event a record may hold. */
export interface Size {
  /** Characters of one string. */
  readonly text: number
  /** Items of one list. */
  readonly items: number
}

// Events have no field for a key or a message. This is for what a vendor, or a caller's slip, put where a name belongs.
const keyLike =
  /\b(?:(?:sk|rk|pk|gsk|xai|pplx|hf|r8|nvapi|gh[opsu]|github_pat)[-_](?=[\w-]*\d)[\w-]{20,}|AIza[\w-]{30,}|A[KS]IA[0-9A-Z]{16}|eyJ[\w-]{10,}\.[\w.-]{10,})/g
const shortestKey = 20

/** Makes frozen, JSON-safe copies of limited size, and counts the characters of their strings. */
export class Trimmer {
  readonly #size: Size
  #characters = 0

  constructor(size: Size) {
    this.#size = size
  }

  get characters(): number {
    return this.#characters
  }

  /** The text itself where it is short and clean. */
  text(text: string): string {
    const clean = text.length < shortestKey || text.search(keyLike) < 0 ? text : text.replace(keyLike, '[secret]')
    const short = clean.length <= this.#size.text ? clean : cut(clean, this.#size.text)
    this.#characters += short.length
    return short
  }

  /** A copy, of which only what has to be is changed: most objects are a few short strings and numbers. */
  object<Value extends object>(value: Value): Readonly<Value> {
    const copy = { ...value }
    for (const key in copy) {
      const safe = this.value(copy[key])
      if (safe !== copy[key]) Object.assign(copy, { [key]: safe })
    }
    return Object.freeze(copy)
  }

  value(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'object':
        if (value === null) return null
        return Array.isArray(value) ? this.#list(value) : this.object(value)
      case 'bigint':
        return value.toString()
      case 'function':
      case 'symbol':
        return undefined
      case 'boolean':
      case 'number':
      case 'undefined':
        return value
    }
  }

  #list(values: readonly unknown[]): unknown {
    const kept = values.slice(0, this.#size.items).map((value) => this.value(value))
    const left = values.length - kept.length
    // A list that was cut says so in the form of its items: plain strings, or the rejected targets of a decision.
    if (left > 0) kept.push(typeof kept[0] === 'string' ? `… ${left} more` : Object.freeze({ target: '…', reason: `${left} more` }))
    return Object.freeze(kept)
  }
}

function cut(text: string, longest: number): string {
  const start = text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')
  // A slice keeps the whole string in memory; this is a copy.
  return `${Buffer.from(start, 'utf16le').toString('utf16le')}…`
}
