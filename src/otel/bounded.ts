import { other } from './names.ts'

/** Callers may name any model, and a vendor answer with any: each would be a series of its own, for ever. */
const mostNames = 200

/** The first names that come, up to a number; what comes after them is all one. */
export class Names {
  readonly #known = new Set<string>()

  of(name: string): string {
    return this.has(name) ? name : other
  }

  has(name: string): boolean {
    if (this.#known.size < mostNames) this.#known.add(name)
    return this.#known.has(name)
  }
}
