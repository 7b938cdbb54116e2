import { isObject, type JsonObject } from '../json.ts'
import { resolved } from './references.ts'

/** A tool's parameters as a schema that is plainly one of an object. */
export interface Parameters {
  readonly schema: JsonObject & { readonly type: 'object' }
  /** The unions of its root, which are said in the description only. */
  readonly lost: readonly string[]
}

/**
 * Puts the parameters of a tool into the form that vendors ask for which want `type: 'object'` at the root and no union
 * there. What unions hold becomes optional properties; which of them belong together, the description says.
 */
export function parametersOf(given: unknown): Parameters {
  const whole = isObject(given) ? given : {}
  const root = dereferenced(whole, whole)
  const { anyOf, oneOf, allOf, ...rest } = root
  const unions = Object.entries({ anyOf, oneOf, allOf }).flatMap(([keyword, branches]) =>
    Array.isArray(branches) ? [{ keyword, branches }] : [],
  )
  if (unions.length === 0) {
    // Without a type it is a function without parameters; any object at all is something else.
    const properties = rest['type'] === undefined ? { properties: rest['properties'] ?? {} } : {}
    return { schema: { ...root, ...properties, type: 'object' }, lost: [] }
  }
  const words = unions.map(({ keyword, branches }) => `${keyword}: ${JSON.stringify(branches)}`).join(', ')
  const described = typeof rest['description'] === 'string' ? `${rest['description']}\n\n` : ''
  const branches = unions.flatMap((union): readonly unknown[] => union.branches)
  const schemas = [...branches, rest].flatMap((each) => (isObject(each) ? [dereferenced(each, whole)] : []))
  return {
    schema: { ...rest, type: 'object', properties: together(schemas), description: `${described}{${words}}` },
    lost: unions.map(({ keyword }) => keyword),
  }
}

/** What a schema refers to, in its place. */
function dereferenced(schema: JsonObject, root: JsonObject): JsonObject {
  const { $ref, ...rest } = schema
  const target = typeof $ref === 'string' ? resolved(root, $ref) : undefined
  return isObject(target) && target !== schema ? { ...target, ...rest } : schema
}

/** The properties of several schemas; one that several of them describe may be as any of these says. */
function together(schemas: readonly JsonObject[]): JsonObject {
  const found = new Map<string, Map<string, unknown>>()
  for (const { properties } of schemas) {
    for (const [name, property] of Object.entries(isObject(properties) ? properties : {}))
      found.set(name, (found.get(name) ?? new Map<string, unknown>()).set(JSON.stringify(property), property))
  }
  return Object.fromEntries(
    [...found].map(([name, ways]) => {
      const [only, ...others] = ways.values()
      return [name, others.length === 0 ? only : { anyOf: [...ways.values()] }]
    }),
  )
}
