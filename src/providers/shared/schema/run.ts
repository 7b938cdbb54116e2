import type { Dialect } from './dialect.ts'
import { pathOf, type Place } from './place.ts'

/** A demand of the schema that the vendor does not hold its answers to. */
export interface Loss {
  /** Where in the schema: `properties.age`; empty for the schema itself. */
  readonly path: string
  readonly keyword: string
}

/** One compilation: for whom, and what has come of it so far. */
export class Run {
  readonly dialect: Dialect
  readonly losses: Loss[] = []
  #reason: string | undefined

  constructor(dialect: Dialect) {
    this.dialect = dialect
  }

  /** Why the schema cannot be said to this vendor at all, if it cannot. */
  get reason(): string | undefined {
    return this.#reason
  }

  lose(keyword: string, place: Place | undefined): void {
    this.losses.push({ path: pathOf(place), keyword })
  }

  refuse(what: string, place: Place | undefined): void {
    if (this.#reason !== undefined) return
    const path = pathOf(place)
    this.#reason = `${what} cannot be guaranteed${path === '' ? '' : ` (${path})`}`
  }
}
