import type { Recogniser } from '../recognise.ts'
import { isObject } from '../json.ts'
import type { JsonObject } from '../json.ts'

/** What differs from vendor to vendor that speaks the Responses format. */
export interface ResponsesStyle {
  /** The model that was asked, for answers that do not name theirs. */
  readonly model: string
  /** The owner tag of the state. */
  readonly owner: string
  /** The vendor's table of errors. */
  readonly refusals: readonly Recogniser[]
}

/** The value as a list; empty for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The objects of a list. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return listOf(value).filter(isObject)
}

/** The fields that have a value: neither `undefined` nor `null`, which both mean the vendor's default. */
export function present(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null))
}
