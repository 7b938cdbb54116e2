import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'

/**
 * Whether a value keeps to a JSON Schema, as far as structured outputs speak of it: types, `enum` and `const`, properties,
 * items, combinations, references within the schema. Keywords beyond that are the model's business.
 */
export function conforms(value: unknown, schema: unknown, root: unknown = schema): boolean {
  if (schema === false) return false
  if (!isObject(schema)) return true
  const { $ref: reference } = schema
  if (typeof reference === 'string') return conforms(value, resolved(reference, root), root)
  return isOfType(value, schema) && isAllowed(value, schema) && combines(value, schema, root) && fits(value, schema, root)
}

function resolved(reference: string, root: unknown): unknown {
  const names = reference.replace(/^#\/?/, '').split('/').filter(Boolean)
  return names.reduce<unknown>(
    (inner, name) => (isObject(inner) ? inner[name.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined),
    root,
  )
}

function isOfType(value: unknown, { type }: JsonObject): boolean {
  const types: readonly unknown[] = type === undefined ? [] : Array.isArray(type) ? type : [type]
  return types.length === 0 || types.includes(typeOf(value)) || (types.includes('integer') && Number.isInteger(value))
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function isAllowed(value: unknown, schema: JsonObject): boolean {
  const text = JSON.stringify(value)
  const { enum: values } = schema
  if (Array.isArray(values) && !values.some((one) => JSON.stringify(one) === text)) return false
  return !('const' in schema) || JSON.stringify(schema['const']) === text
}

function combines(value: unknown, { anyOf, oneOf, allOf }: JsonObject, root: unknown): boolean {
  const holds = (one: unknown): boolean => conforms(value, one, root)
  if (Array.isArray(allOf) && !allOf.every(holds)) return false
  if (Array.isArray(anyOf) && !anyOf.some(holds)) return false
  return !Array.isArray(oneOf) || oneOf.some(holds)
}

function fits(value: unknown, schema: JsonObject, root: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => conforms(item, schema['items'], root))
  if (!isObject(value)) return true
  const { required, additionalProperties: others } = schema
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  if (Array.isArray(required) && !required.every((name) => typeof name === 'string' && Object.hasOwn(value, name))) return false
  return Object.entries(value).every(([name, inner]) =>
    conforms(inner, Object.hasOwn(properties, name) ? properties[name] : others, root),
  )
}
