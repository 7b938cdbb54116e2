import { isObject, type JsonObject } from '../json.ts'
import { inside } from './walk.ts'

/** What `$ref` points at within the schema; `undefined` where that is nothing, or elsewhere. */
export function resolved(root: JsonObject, reference: string): unknown {
  return reference === '#' ? root : stepsOf(reference)?.reduce(step, root)
}

function step(at: unknown, name: string): unknown {
  if (Array.isArray(at)) return /^\d+$/.test(name) ? at[Number(name)] : undefined
  return isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined
}

/** The names on the way of a JSON pointer. */
function stepsOf(reference: string): readonly string[] | undefined {
  if (!reference.startsWith('#/')) return undefined
  try {
    return decodeURIComponent(reference.slice(2))
      .split('/')
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
  } catch {
    return undefined
  }
}

/** Whether a reference is on a way that compiling keeps: through definitions, properties and items. */
export function isStable(reference: string): boolean {
  const steps = stepsOf(reference)
  if (steps === undefined) return reference === '#'
  let index = 0
  while (index < steps.length) {
    const keyword = steps[index] ?? ''
    if (keyword === 'items') index += 1
    else if (named.has(keyword) && index + 1 < steps.length) index += 2
    else return false
  }
  return true
}

const named: ReadonlySet<string> = new Set(['$defs', 'definitions', 'properties'])

/**
 * Whether some part of the schema leads back to itself; with `required` only such ways count as an answer cannot end,
 * those that leave out no property. Looks at each part once.
 */
export function leadsBack(root: JsonObject, parts: readonly JsonObject[], ways: 'all' | 'required'): boolean {
  const done = new Set<JsonObject>()
  const open = new Set<JsonObject>()
  const trail: { readonly schema: JsonObject; readonly next: Iterator<JsonObject> }[] = []
  const enter = (schema: JsonObject): void => {
    open.add(schema)
    trail.push({ schema, next: nextOf(schema, root, ways) })
  }
  for (const start of parts) {
    if (!done.has(start)) enter(start)
    for (let last = trail.at(-1); last !== undefined; last = trail.at(-1)) {
      const { value, done: isOver } = last.next.next()
      if (isOver === true) {
        trail.pop()
        open.delete(last.schema)
        done.add(last.schema)
      } else if (open.has(value)) return true
      else if (!done.has(value)) enter(value)
    }
  }
  return false
}

function* nextOf(schema: JsonObject, root: JsonObject, ways: 'all' | 'required'): Generator<JsonObject> {
  // Definitions hold for whoever refers to them.
  const { $ref, $defs: _, definitions: __, properties, required, ...rest } = schema
  const target = typeof $ref === 'string' ? resolved(root, $ref) : undefined
  if (isObject(target)) yield target
  yield* inside(rest)
  const demanded = ways === 'required' ? new Set<unknown>(Array.isArray(required) ? required : []) : undefined
  for (const [name, inner] of Object.entries(isObject(properties) ? properties : {}))
    if (isObject(inner) && demanded?.has(name) !== false) yield inner
}
