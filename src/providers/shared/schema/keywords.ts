import { isObject } from '../json.ts'
import type { Dialect } from './dialect.ts'

/** Keywords by which a schema demands something of a value. All others are notes to the reader. */
const assertions: ReadonlySet<string> = new Set(
  `$ref $dynamicRef $recursiveRef type enum const format pattern minLength maxLength minimum maximum exclusiveMinimum
  exclusiveMaximum multipleOf properties required additionalProperties unevaluatedProperties patternProperties propertyNames
  minProperties maxProperties dependentRequired dependentSchemas dependencies items prefixItems additionalItems
  unevaluatedItems contains minContains maxContains minItems maxItems uniqueItems allOf anyOf oneOf not if then else`.split(/\s+/),
)

/** Formats that somebody checks, here at the latest. Any other is a note to the reader. */
const knownFormats: ReadonlySet<unknown> = new Set(
  `date time date-time duration uri uri-reference uri-template url email hostname ipv4 ipv6 regex uuid json-pointer
  json-pointer-uri-fragment relative-json-pointer`.split(/\s+/),
)

/** Whether a keyword with this value demands something. */
export function demands(keyword: string, value: unknown): boolean {
  if (keyword === 'format') return knownFormats.has(value)
  return assertions.has(keyword) && !(keyword === 'additionalProperties' && value === true)
}

/** Whether the vendor holds its answers to a keyword with this value. */
export function isEnforced(keyword: string, value: unknown, dialect: Dialect): boolean {
  return dialect.enforced.has(keyword) && (limits.get(keyword)?.(value, dialect) ?? true)
}

/** Keywords that are enforced with some values only. */
const limits: ReadonlyMap<string, (value: unknown, dialect: Dialect) => boolean> = new Map(
  Object.entries({
    enum: (value, dialect) => Array.isArray(value) && value.every((each) => isLiteral(each, dialect)),
    const: isLiteral,
    format: (value, { formats }) => typeof value === 'string' && formats.has(value),
    minItems: (value, { minItems }) => minItems === undefined || minItems.some((each) => each === value),
    additionalProperties: (value, { maps }) => maps || typeof value === 'boolean',
    items: (value, { untyped }) => isObject(value) || (value === true && untyped),
  } satisfies Record<string, (value: unknown, dialect: Dialect) => boolean>),
)

function isLiteral(value: unknown, { literals }: Dialect): boolean {
  if (literals === 'any') return true
  if (literals === 'scalars') return value === null || typeof value !== 'object'
  return typeof value === 'string' || typeof value === 'number'
}

/** Keywords of which a schema with a type has one. */
export const typing: readonly string[] = ['type', '$ref', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', 'properties']
