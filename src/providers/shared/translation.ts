import type { ModelCard } from '../../contracts/catalog.ts'
import { merged } from './body.ts'
import type { JsonObject } from './json.ts'
import { takeNotes, type Notes } from './notes.ts'

/** For whom a request is translated. */
export interface Target {
  readonly model: string
  readonly card: ModelCard | undefined
}

/** A request as a vendor wants it. */
export interface Translation {
  readonly body: JsonObject
  /** Tuning fields that were left out, or sent at the nearest value there is. */
  readonly dropped: readonly string[]
  /** Something is said in other words than the vendor's own. */
  readonly emulated: boolean
  /** Parts of a JSON promise that the vendor does not see to. */
  readonly unenforced: readonly string[]
}

/** What `build` makes, with the caller's own fields merged in last, and what it noted. */
export function translated(build: (notes: Notes) => JsonObject, own: JsonObject | undefined): Translation {
  const notes = takeNotes()
  const built = build(notes)
  const body = own === undefined ? built : merged(built, own)
  const { dropped, emulated, unenforced } = notes
  return { body, dropped, emulated, unenforced }
}
