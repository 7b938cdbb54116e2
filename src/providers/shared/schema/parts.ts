import { isObject, type JsonObject } from '../json.ts'
import { areJoinable } from './joinable.ts'
import { into, type Place } from './place.ts'
import type { Run } from './run.ts'

/** A keyword with its value, and where the schema stands that it was taken from. */
export interface Part {
  readonly keyword: string
  readonly value: unknown
  readonly place: Place | undefined
}

/** A schema taken apart, to be said in a vendor's words. */
export interface Parts {
  /** In order. Where several schemas became one, `properties` and `required` may come several times. */
  readonly parts: readonly Part[]
  /** An object whose names are all said: it is to be closed. */
  readonly closes: boolean
}

/** Takes a schema apart; what `allOf` holds is counted among its own parts where that says the same. */
export function partsOf(schema: JsonObject, place: Place | undefined, run: Run): Parts {
  const parts = joined(schema, place, run)
  return run.dialect.objects === 'closed' ? closed(parts, place, run) : { parts, closes: false }
}

function joined(schema: JsonObject, place: Place | undefined, { dialect }: Run): readonly Part[] {
  const { allOf, ...rest } = schema
  const own = ownParts(schema, place)
  if (dialect.allOf === 'as it is' || !Array.isArray(allOf) || !allOf.every(isObject) || !areJoinable([rest, ...allOf])) return own
  const at = into(place, 'allOf')
  return [...own.filter(({ keyword }) => keyword !== 'allOf'), ...allOf.flatMap((each, index) => ownParts(each, into(at, index)))]
}

function ownParts(schema: JsonObject, place: Place | undefined): readonly Part[] {
  return Object.entries(schema).map(([keyword, value]) => ({ keyword, value, place }))
}

/** The parts of what may be an object, which then has no other names than those it says. */
function closed(parts: readonly Part[], place: Place | undefined, run: Run): Parts {
  const isAnObject = parts.some(({ keyword, value }) => describesObject(keyword, value))
  const all = inParts(parts, 'allOf')
  // Each of several closed objects would refuse the others' names.
  if (all.length > 0 && (isAnObject || all.some(isObjectOrReference))) return severalPlaces(parts, place, run)
  if (!isAnObject) return { parts, closes: false }
  if (unions(parts).some(isObjectOrReference)) return carrier(parts, place, run)
  const names = new Set(inParts(parts, 'properties').flatMap((value) => (isObject(value) ? Object.keys(value) : [])))
  if (names.size === 0 && isMap(parts)) run.refuse('an object with arbitrary keys', place)
  if (inParts(parts, 'required').some((name) => typeof name === 'string' && !names.has(name)))
    run.refuse('a required property without a schema', place)
  return { parts, closes: true }
}

/** Whether a keyword says that its schema is one of an object. */
function describesObject(keyword: string, value: unknown): boolean {
  if (keyword === 'type') return value === 'object' || (Array.isArray(value) && value.includes('object'))
  return keyword === 'properties'
}

function isObjectSchema(schema: unknown): boolean {
  return isObject(schema) && Object.entries(schema).some(([keyword, value]) => describesObject(keyword, value))
}

function isObjectOrReference(schema: unknown): boolean {
  return isObjectSchema(schema) || (isObject(schema) && schema['$ref'] !== undefined)
}

/** Everything in the values of a keyword. */
function inParts(parts: readonly Part[], wanted: string): readonly unknown[] {
  const found: unknown[] = []
  for (const { keyword, value } of parts) {
    if (keyword !== wanted) continue
    if (!Array.isArray(value)) found.push(value)
    else for (const each of value) found.push(each)
  }
  return found
}

function unions(parts: readonly Part[]): readonly unknown[] {
  return [...inParts(parts, 'anyOf'), ...inParts(parts, 'oneOf')]
}

function severalPlaces(parts: readonly Part[], place: Place | undefined, run: Run): Parts {
  run.refuse('an object that is described in several places', place)
  return { parts, closes: false }
}

/** An object that is one of several and says nothing else of itself. */
function carrier(parts: readonly Part[], place: Place | undefined, run: Run): Parts {
  const branches = unions(parts)
  if (parts.some(({ keyword }) => ofNames.has(keyword)) || !branches.every(isObjectOrReference))
    return severalPlaces(parts, place, run)
  if (!branches.every(isObjectSchema)) run.lose('type', place)
  return { parts: parts.filter(({ keyword }) => keyword !== 'type'), closes: false }
}

const ofNames: ReadonlySet<string> = new Set([
  'properties',
  'required',
  'patternProperties',
  'additionalProperties',
  'unevaluatedProperties',
])

/** Without names of its own an object is one for any, unless it says that there are none. */
function isMap(parts: readonly Part[]): boolean {
  const others = inParts(parts, 'additionalProperties')
  if (others.includes(false)) return false
  return (
    others.length > 0 || !parts.some(({ keyword }) => keyword === 'properties') || inParts(parts, 'patternProperties').length > 0
  )
}
