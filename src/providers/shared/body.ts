import { isObject, type JsonObject } from './json.ts'

/** The fields that have a value. */
export function defined(fields: JsonObject): JsonObject {
  const out: Record<string, unknown> = {}
  for (const name in fields) {
    const value = fields[name]
    if (value !== undefined && value !== null) out[name] = value
  }
  return out
}

/** The caller's own fields for a vendor, last: objects are merged, anything else is replaced. */
export function merged(body: JsonObject, own: JsonObject): JsonObject {
  const out: Record<string, unknown> = { ...body }
  for (const [key, value] of Object.entries(own)) {
    const before = out[key]
    out[key] = isObject(before) && isObject(value) ? merged(before, value) : value
  }
  return out
}
