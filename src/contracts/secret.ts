// As `util.inspect.custom`; importing `node:util` for it would load a good deal of Node.
const inspectCustom = Symbol.for('nodejs.util.inspect.custom')
const shown = '[secret]'

/**
 * A key that does not print itself: `String()`, templates, `JSON.stringify` and `util.inspect` all give `[secret]`, and
 * no own property holds it. Only the code that builds a vendor's SDK client calls {@link Secret.reveal}.
 */
export class Secret {
  readonly #value: string
  #fingerprint: string | undefined

  constructor(value: string) {
    this.#value = value
  }

  /** By what it can do, not by its class: a store may come from the other build of this package. */
  static is(value: unknown): value is Secret {
    return typeof value === 'object' && value !== null && 'reveal' in value && typeof value.reveal === 'function'
  }

  /** The key in clear. */
  reveal(): string {
    return this.#value
  }

  /** The first 12 hex digits of the key's SHA-256: names the key in audit records without giving it away. */
  get fingerprint(): string {
    this.#fingerprint ??= process
      .getBuiltinModule('node:crypto')
      .createHash('sha256')
      .update(this.#value)
      .digest('hex')
      .slice(0, 12)
    return this.#fingerprint
  }

  toString(): string {
    return shown
  }

  toJSON(): string {
    return shown
  }

  [Symbol.toPrimitive](): string {
    return shown
  }

  [inspectCustom](): string {
    return shown
  }
}
