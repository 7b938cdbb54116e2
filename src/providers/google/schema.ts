import { isObject } from '../shared/json.ts'

/**
 * A JSON Schema as this vendor enforces it. The vendor accepts the whole of JSON Schema in `parametersJsonSchema` and
 * `responseJsonSchema` but heeds only some keywords (listed at `responseJsonSchema` in the SDK's types). What it would
 * ignore is put into keywords that it heeds where that says exactly the same; everything else stays as it is.
 */
export function toNativeSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(toNativeSchema)
  if (!isObject(schema)) return schema
  const out: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(schema)) out[keyword] = translated(keyword, value)
  if ('const' in out && !('enum' in out) && /^(?:string|number)$/.test(typeof out['const'])) {
    out['enum'] = [out['const']]
    out['type'] ??= typeof out['const']
    delete out['const']
  }
  if (out['type'] === 'integer') includeBounds(out)
  return out
}

function translated(keyword: string, value: unknown): unknown {
  if (keywordsOfMaps.has(keyword) && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, toNativeSchema(schema)]))
  }
  return keywordsOfValues.has(keyword) ? value : toNativeSchema(value)
}

/** Keywords whose keys are names of the caller's, not keywords. */
const keywordsOfMaps: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions', 'patternProperties', 'dependentSchemas'])
/** Keywords whose values are data. */
const keywordsOfValues: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'example', 'examples', 'required'])

/** `exclusiveMinimum: 0` of a whole number is `minimum: 1`. */
function includeBounds(schema: Record<string, unknown>): void {
  for (const [exclusive, inclusive, step] of bounds) {
    const bound = schema[exclusive]
    if (typeof bound !== 'number' || !Number.isInteger(bound) || inclusive in schema) continue
    Reflect.set(schema, inclusive, bound + step)
    Reflect.deleteProperty(schema, exclusive)
  }
}

const bounds = [
  ['exclusiveMinimum', 'minimum', 1],
  ['exclusiveMaximum', 'maximum', -1],
] as const

/** Whether a schema is that of an object without any fields, which is better left out. */
export function isEmptySchema(schema: unknown): boolean {
  if (!isObject(schema)) return true
  const { type, properties, additionalProperties, ...rest } = schema
  if (additionalProperties !== undefined && additionalProperties !== false) return false
  if (isObject(properties) && Object.keys(properties).length > 0) return false
  const others = Object.keys(rest).filter((keyword) => keyword !== '$schema' && keyword !== 'required' && keyword !== 'title')
  return (type === undefined || type === 'object') && others.length === 0
}
