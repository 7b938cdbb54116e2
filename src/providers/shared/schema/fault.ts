import { isObject, type JsonObject } from '../json.ts'
import { into, pathOf, type Place } from './place.ts'
import { resolved } from './references.ts'
import { holders, isDeeper, subschemas, type Inner } from './walk.ts'

/** As deep as the body of a request may be. */
const deepest = 200

/** A JSON Schema and every schema in it; or why it is none that anybody could keep to. */
export type Examined = { readonly schema: JsonObject; readonly parts: readonly Inner[] } | { readonly reason: string }

/** Looks for what is malformed in a schema, or refers to nothing. */
export function examined(schema: unknown): Examined {
  if (!isObject(schema)) return { reason: 'the schema must be an object' }
  const parts = subschemas(schema, deepest)
  if ((parts.at(-1)?.depth ?? 0) > deepest) return { reason: tooDeep }
  for (const { schema: part, place } of parts) {
    const reason = malformed(part, place) ?? dangling(part, schema, place)
    if (reason !== undefined) return { reason }
  }
  return { schema, parts }
}

const tooDeep = `the schema is nested deeper than ${deepest} levels`

function malformed(schema: JsonObject, place: Place | undefined): string | undefined {
  for (const keyword of Object.keys(schema)) {
    const value = schema[keyword]
    const wanted = shapes.get(keyword)
    if (wanted !== undefined && !wanted.fits(value)) return `${pathOf(into(place, keyword))} must be ${wanted.words}`
    // What holds no schemas has not been looked into yet.
    if (!holders.has(keyword) && typeof value === 'object' && isDeeper(value, deepest)) return tooDeep
  }
  return undefined
}

interface Shape {
  readonly words: string
  readonly fits: (value: unknown) => boolean
}

const isSchema = (value: unknown): boolean => typeof value === 'boolean' || isObject(value)
const types: readonly unknown[] = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']

const aSchema: Shape = { words: 'a schema', fits: isSchema }
const someSchemas: Shape = {
  words: 'a list of schemas',
  fits: (value) => Array.isArray(value) && value.length > 0 && value.every(isSchema),
}
const namedSchemas: Shape = {
  words: 'schemas by name',
  fits: (value) => isObject(value) && Object.values(value).every(isSchema),
}
const aNumber: Shape = { words: 'a number', fits: (value) => typeof value === 'number' }
const someTexts: Shape = {
  words: 'a list of strings',
  fits: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
}
const aText: Shape = { words: 'a string', fits: (value) => typeof value === 'string' }

const holding = { one: aSchema, list: someSchemas, map: namedSchemas }

const shapes: ReadonlyMap<string, Shape> = new Map(
  Object.entries({
    ...Object.fromEntries([...holders].map(([keyword, holds]) => [keyword, holding[holds]])),
    // Draft 7 knows lists of schemas here, and lists of names there.
    items: { words: 'a schema', fits: (value) => isSchema(value) || someSchemas.fits(value) },
    dependencies: { words: 'schemas or lists of names', fits: isObject },
    type: {
      words: 'a type of JSON Schema, or a list of them',
      fits: (value) =>
        Array.isArray(value) ? value.length > 0 && value.every((each) => types.includes(each)) : types.includes(value),
    },
    enum: { words: 'a list of values', fits: (value) => Array.isArray(value) && value.length > 0 },
    required: someTexts,
    pattern: aText,
    format: aText,
    $ref: aText,
    minimum: aNumber,
    maximum: aNumber,
    multipleOf: aNumber,
    minLength: aNumber,
    maxLength: aNumber,
    minItems: aNumber,
    maxItems: aNumber,
    minProperties: aNumber,
    maxProperties: aNumber,
    minContains: aNumber,
    maxContains: aNumber,
  } satisfies Record<string, Shape>),
)

function dangling({ $ref }: JsonObject, root: JsonObject, place: Place | undefined): string | undefined {
  if (typeof $ref !== 'string' || isSchema(resolved(root, $ref))) return undefined
  return `${pathOf(into(place, '$ref'))} refers to something that is not in the schema`
}

/** Why an answer could not be checked against this schema here: a pattern that is none in JavaScript. */
export function uncheckable(schema: JsonObject): string | undefined {
  for (const { schema: inner, place } of subschemas(schema)) {
    const { pattern, patternProperties, $dynamicRef } = inner
    if ($dynamicRef !== undefined) return `${pathOf(into(place, '$dynamicRef'))} cannot be followed`
    if (typeof pattern === 'string' && !isPattern(pattern)) return `${pathOf(into(place, 'pattern'))} is no pattern of JavaScript's`
    const names = isObject(patternProperties) ? Object.keys(patternProperties) : []
    if (!names.every(isPattern)) return `${pathOf(into(place, 'patternProperties'))} has a pattern that is none of JavaScript's`
  }
  return undefined
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp
  } catch {
    return false
  }
}
