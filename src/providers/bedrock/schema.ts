import { isObject, type JsonObject } from '../shared/json.ts'
import { hasOpenObject, isRecursive } from '../shared/schema-walk.ts'
import { listOf } from '../shared/guards.ts'

/** A schema that the vendor can guarantee, or why there is none. */
export type Compiled = { readonly schema: JsonObject } | { readonly reason: string }

/*
 * What the compiler behind `outputConfig.textFormat` and strict tools understands, after the vendor's guide "Get validated
 * JSON results from models": the subset below, no recursion, and objects without other keys. Every other keyword goes
 * into the description, where the model still reads it, so that nothing is lost silently.
 */
const kept: ReadonlySet<string> = new Set([
  '$ref',
  'type',
  'title',
  'description',
  'default',
  'required',
  'enum',
  'const',
  'format',
])
const ignored: ReadonlySet<string> = new Set(['$schema', '$id', '$comment', 'additionalProperties'])
const unions: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf'])
const named: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions'])

/** Puts a schema into the subset that the vendor can guarantee. The schema given is not changed. */
export function compileSchema(schema: unknown): Compiled {
  if (!isObject(schema)) return { reason: 'the schema must be an object' }
  if (isRecursive(schema)) return { reason: 'a schema that refers to itself cannot be guaranteed' }
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
  if (key === 'minItems') return value === 0 || value === 1 ? { [key]: value } : undefined
  if (ignored.has(key)) return {}
  // Two unions side by side cannot both become `anyOf`.
  if (unions.has(key)) return key === 'oneOf' && schema['anyOf'] !== undefined ? undefined : union(key, value)
  if (!isObject(value)) return undefined
  if (key === 'items') return { items: reduced(value) }
  return named.has(key) ? { [key]: mapped(value) } : undefined
}

function mapped(schemas: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, isObject(schema) ? reduced(schema) : {}]))
}

function union(key: string, value: unknown): JsonObject {
  return { [key === 'allOf' ? key : 'anyOf']: listOf(value).map((branch) => (isObject(branch) ? reduced(branch) : {})) }
}

function isObjectSchema(schema: JsonObject): boolean {
  return schema['type'] === 'object' || listOf(schema['type']).includes('object') || isObject(schema['properties'])
}
