import { isObject, type JsonObject } from '../json.ts'

/** Whether several schemas that all hold mean the same when their keywords stand in one. */
export function areJoinable(schemas: readonly JsonObject[]): boolean {
  const keywords = schemas.flatMap((schema) => Object.entries(schema).filter(([keyword, value]) => says(keyword, value)))
  return (
    areSaidOnce(keywords) &&
    areDifferent(schemas.flatMap(({ properties }) => (isObject(properties) ? Object.keys(properties) : []))) &&
    groups.every((group) => isOfOne(group, schemas)) &&
    isReferenceAlone(keywords)
  )
}

/** Whether a keyword with this value says anything. */
function says(keyword: string, value: unknown): boolean {
  return !(keyword === 'additionalProperties' && value === true)
}

function areSaidOnce(keywords: readonly (readonly [string, unknown])[]): boolean {
  const seen = new Map<string, unknown>()
  for (const [keyword, value] of keywords) {
    const isAgain = seen.has(keyword)
    if (isAgain && !additive.has(keyword) && !(keyword === 'type' && seen.get(keyword) === value)) return false
    seen.set(keyword, value)
  }
  return true
}

function areDifferent(names: readonly string[]): boolean {
  return new Set(names).size === names.length
}

/** Properties of several schemas add up, as long as none of them says what else there may be. */
function isOfOne(group: readonly string[], schemas: readonly JsonObject[]): boolean {
  const said = schemas
    .map((schema) => group.filter((keyword) => Object.hasOwn(schema, keyword) && says(keyword, schema[keyword])))
    .filter(({ length }) => length > 0)
  return said.length < 2 || said.every((keywords) => keywords.every((keyword) => keyword === 'properties'))
}

/** What stands beside a reference does not count everywhere. */
function isReferenceAlone(keywords: readonly (readonly [string, unknown])[]): boolean {
  return (
    !keywords.some(([keyword]) => keyword === '$ref') || keywords.every(([keyword]) => keyword === '$ref' || notes.has(keyword))
  )
}

/** Keywords that demand nothing. */
const notes: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
])
/** Keywords that may stand there several times: then all of them count. */
const additive: ReadonlySet<string> = new Set(['properties', 'required', 'title', 'description', '$comment'])
/** Keywords whose meaning depends on each other in the same schema. */
const groups: readonly (readonly string[])[] = [
  ['properties', 'patternProperties', 'additionalProperties', 'unevaluatedProperties'],
  ['items', 'prefixItems', 'additionalItems', 'unevaluatedItems'],
  ['contains', 'minContains', 'maxContains'],
  ['if', 'then', 'else'],
]
