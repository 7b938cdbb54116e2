import { isObject, type JsonObject } from '../json.ts'
import { into, type Place } from './place.ts'

/** How a keyword holds schemas. */
type Holds = 'one' | 'list' | 'map'

/** The keywords that hold schemas, and how. */
export const holders: ReadonlyMap<string, Holds> = new Map<string, Holds>([
  ...words('items additionalItems unevaluatedItems contains additionalProperties unevaluatedProperties propertyNames', 'one'),
  ...words('not if then else', 'one'),
  ...words('prefixItems anyOf oneOf allOf', 'list'),
  ...words('properties patternProperties dependentSchemas dependencies $defs definitions', 'map'),
])

function words(keywords: string, holds: Holds): readonly (readonly [string, Holds])[] {
  return keywords.split(' ').map((keyword) => [keyword, holds] as const)
}

/** A schema inside another, or the outermost itself. */
export interface Inner {
  readonly schema: JsonObject
  readonly place: Place | undefined
  /** How many schemas it is in. */
  readonly depth: number
}

/** Adds the schemas right inside of one to a list. */
function enter({ schema, place, depth }: Inner, open: Inner[]): void {
  for (const keyword of Object.keys(schema)) {
    const holds = holders.get(keyword)
    if (holds === undefined) continue
    const value = schema[keyword]
    const at = into(place, keyword)
    const deeper = (each: unknown, step: Place): void => {
      if (isObject(each)) open.push({ schema: each, place: step, depth: depth + 1 })
    }
    // Draft 7 has lists under `items`.
    if (Array.isArray(value)) for (const [index, each] of value.entries()) deeper(each, into(at, index))
    else if (holds !== 'map') deeper(value, at)
    else if (isObject(value)) for (const name of Object.keys(value)) deeper(value[name], into(at, name))
  }
}

/** The schemas right inside of one. */
export function inside(schema: JsonObject): readonly JsonObject[] {
  const open: Inner[] = []
  enter({ schema, place: undefined, depth: 0 }, open)
  return open.map((inner) => inner.schema)
}

/**
 * Every schema inside, itself first. Ends with one that is deeper than `deepest`, if it finds any. Needs no stack: the depth
 * of what comes in is nobody's promise.
 */
export function subschemas(root: JsonObject, deepest = Infinity): readonly Inner[] {
  const found: Inner[] = []
  const open: Inner[] = [{ schema: root, place: undefined, depth: 0 }]
  for (let inner = open.pop(); inner !== undefined; inner = open.pop()) {
    found.push(inner)
    if (inner.depth > deepest) return found
    enter(inner, open)
  }
  return found
}

/** Whether a value is nested deeper than that; one that leads back to itself is. */
export function isDeeper(value: unknown, levels: number): boolean {
  let layer: ReadonlySet<unknown> = new Set([value])
  for (let level = 0; level <= levels; level += 1) {
    const next = new Set<unknown>()
    for (const each of layer)
      if (typeof each === 'object' && each !== null) for (const inner of Object.values(each)) next.add(inner)
    if (next.size === 0) return false
    layer = next
  }
  return true
}
