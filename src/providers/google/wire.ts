import type { JsonObject } from '../shared/json.ts'

/** One part of a turn, in the vendor's words. Parts that are replayed keep whatever fields they came with. */
export type Part = JsonObject

/** One turn. Instructions and tool results have no role of their own. */
export type Content = { readonly role: 'user' | 'model'; readonly parts: readonly Part[] }

/** What the SDK's `generateContent` takes, as plain JSON. */
export type GenerateContent = {
  readonly model: string
  readonly contents: readonly Content[]
  readonly config: JsonObject
  /** Fields of the vendor's body that the SDK does not know and would leave out. */
  readonly extraBody?: JsonObject
}

/** What tells the two services of this vendor apart, as far as bodies go. */
export interface Dialect {
  readonly backend: 'gemini' | 'vertex'
  /** The owner tag of `provider_state`. */
  readonly stateOwner: string
}
