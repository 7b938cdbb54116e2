import { isObject, type JsonObject } from '../shared/json.ts'
import { hasOpenObject, isRecursive, within } from '../shared/schema-walk.ts'
import { listOf } from '../shared/guards.ts'

/*
 * What the schema compiler behind `output_config.format` and strict tools understands: the subset that the SDK's own
 * `transformJSONSchema` keeps (1.12), plus `allOf`/`anyOf`/`const`. Every other keyword goes into the description, where
 * the model still reads it, so that nothing is lost silently.
 */
const kept: ReadonlySet<string> = new Set(['$ref', 'type', 'title', 'description', 'default', 'required'])
const ignored: ReadonlySet<string> = new Set(['$schema', '$id', '$comment'])
const formats: ReadonlySet<unknown> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
])

/** A schema in the compiler's subset, or why there is none. */
export type Compiled = { readonly schema: JsonObject } | { readonly reason: string }

/** Puts a schema into the subset that the vendor can guarantee. The schema given is not changed. */
export function compileSchema(schema: unknown): Compiled {
  if (!isObject(schema)) return { reason: 'the schema must be an object' }
  if (isRecursive(schema)) return { reason: 'a schema that refers to itself cannot be guaranteed' }
  if (hasUntyped(schema)) return { reason: 'a value of any type cannot be guaranteed' }
  if (hasOpenObject(schema)) return { reason: 'an object with arbitrary keys cannot be guaranteed' }
  return { schema: reduced(schema) }
}

function reduced(schema: JsonObject): JsonObject {
  const out: Record<string, unknown> = {}
  const lost: string[] = []
  for (const [key, value] of Object.entries(schema)) {
    const entry = keyword(key, value, schema)
    if (entry === undefined) lost.push(`${key}: ${JSON.stringify(value)}`)
    else Object.assign(out, entry)
  }
  if (isObjectSchema(schema)) Object.assign(out, { type: schema['type'] ?? 'object', additionalProperties: false })
  if (lost.length === 0) return out
  const described = typeof schema['description'] === 'string' ? `${schema['description']}\n\n` : ''
  return { ...out, description: `${described}{${lost.join(', ')}}` }
}

/** A keyword in the subset: kept, rewritten, or left out without loss (`{}`); `undefined` where it says more than fits. */
function keyword(key: string, value: unknown, schema: JsonObject): JsonObject | undefined {
  if (kept.has(key)) return { [key]: value }
  if (ignored.has(key)) return {}
  const limit = limitations[key]
  if (limit !== undefined) return limit(value) ? { [key]: value } : undefined
  // Two unions side by side cannot both become `anyOf`.
  return key === 'oneOf' && schema['anyOf'] !== undefined ? undefined : nested[key]?.(value)
}

/** Keywords that hold schemas. */
const nested: Readonly<Record<string, (value: unknown) => JsonObject | undefined>> = {
  $defs: (value) => (isObject(value) ? { $defs: mapped(value) } : undefined),
  definitions: (value) => (isObject(value) ? { definitions: mapped(value) } : undefined),
  properties: (value) => (isObject(value) ? { properties: mapped(value) } : undefined),
  items: (value) => (isObject(value) ? { items: reduced(value) } : undefined),
  allOf: (value) => ({ allOf: listOf(value).map(branch) }),
  anyOf: (value) => ({ anyOf: listOf(value).map(branch) }),
  oneOf: (value) => ({ anyOf: listOf(value).map(branch) }),
}

/** Keywords that are understood with some values only. */
const limitations: Readonly<Record<string, (value: unknown) => boolean>> = {
  enum: (value) => listOf(value).every(isPlain),
  const: isPlain,
  format: (value) => formats.has(value),
  minItems: (value) => value === 0 || value === 1,
  additionalProperties: (value) => value === false,
}

function mapped(schemas: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, branch(schema)]))
}

function branch(schema: unknown): JsonObject {
  return isObject(schema) ? reduced(schema) : {}
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object'
}

function isObjectSchema(schema: JsonObject): boolean {
  const { type } = schema
  return type === 'object' || listOf(type).includes('object') || isObject(schema['properties'])
}

const typing = ['type', '$ref', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', 'properties'] as const

/** The compiler wants to know every value's type. */
function hasUntyped(schema: JsonObject): boolean {
  for (const each of within(schema)) {
    if (!typing.some((key) => each[key] !== undefined)) return true
    if (isObject(each['properties']) && Object.values(each['properties']).some((property) => !isObject(property))) return true
  }
  return false
}

/** The compiler's limits over all strict tools and the answer's format together, from recorded 400 answers. */
const limits = { strictTools: 20, optional: 24, unions: 16 } as const

/** Why the compiler would refuse these schemas together; `undefined` where it would not. */
export function tooLarge(tools: readonly JsonObject[], format: JsonObject | undefined): string | undefined {
  if (tools.length > limits.strictTools) return `more than ${limits.strictTools} strict tools`
  const sizes = [...tools, ...(format === undefined ? [] : [format])].map(sizeOf)
  const optional = sizes.reduce((sum, size) => sum + size.optional, 0)
  if (optional > limits.optional) return `more than ${limits.optional} optional properties in strict schemas`
  const unions = sizes.reduce((sum, size) => sum + size.unions, 0)
  return unions > limits.unions ? `more than ${limits.unions} properties with union types in strict schemas` : undefined
}

function sizeOf(schema: JsonObject): { readonly optional: number; readonly unions: number } {
  let optional = 0
  let unions = 0
  for (const each of within(schema)) {
    const required = listOf(each['required'])
    if (isObject(each['properties'])) {
      optional += Object.keys(each['properties']).filter((name) => !required.includes(name)).length
    }
    if (Array.isArray(each['type']) || Array.isArray(each['anyOf'])) unions += 1
  }
  return { optional, unions }
}
