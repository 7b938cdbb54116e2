import { isObject, type JsonObject } from './json.ts'

/** Every schema inside, itself first. */
export function* within(schema: unknown): Generator<JsonObject> {
  if (Array.isArray(schema)) for (const each of schema) yield* within(each)
  if (!isObject(schema)) return
  yield schema
  for (const [key, value] of Object.entries(schema)) {
    if (values.has(key)) continue
    if (!named.has(key)) yield* within(value)
    else if (isObject(value)) for (const each of Object.values(value)) yield* within(each)
  }
}

/** Keywords whose value is data. */
const values: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples'])
/** Keywords whose value is a collection of schemas by name. */
const named: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions', 'patternProperties'])

/** A map: `additionalProperties` is all that it allows, and exactly that cannot be kept. */
export function hasOpenObject(schema: JsonObject): boolean {
  for (const each of within(schema)) {
    const extra = each['additionalProperties']
    const hasNames = isObject(each['properties']) && Object.keys(each['properties']).length > 0
    if (!hasNames && (extra === true || isObject(extra) || isObject(each['patternProperties']))) return true
  }
  return false
}

/** Whether a definition leads back to itself, or a reference leaves the schema. */
export function isRecursive(root: JsonObject): boolean {
  const done = new Set<string>()
  const path = new Set<string>()

  function loops(reference: string): boolean {
    if (done.has(reference)) return false
    if (path.has(reference) || !reference.startsWith('#/')) return true
    path.add(reference)
    const found = references(pointed(root, reference)).some(loops)
    path.delete(reference)
    done.add(reference)
    return found
  }

  return references(root).some(loops)
}

function references(schema: unknown): string[] {
  return [...within(schema)].flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []))
}

function pointed(root: JsonObject, reference: string): unknown {
  let at: unknown = root
  for (const step of reference.slice(2).split('/')) {
    if (!isObject(at)) return undefined
    at = at[step.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return at
}
