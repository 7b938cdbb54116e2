import type { SchemaDraft, ValidationResult } from '@cfworker/json-schema'

/** Where a value breaks its schema. */
export interface Mismatch {
  /** In the value: `$.items[2].age`. Names that the schema does not say are content, and left out. */
  readonly at: string
  /** The keyword that is broken. */
  readonly keyword: string
}

/** Says where a value breaks a schema, if it does. */
export type Validate = (value: unknown, schema: object) => Mismatch | undefined

/**
 * The validator, loaded when an answer first has to be checked: most processes never need it. It interprets schemas and
 * compiles none to code, so that it works where `eval` is forbidden.
 */
export async function loadValidator(): Promise<Validate> {
  const { Validator } = await import('@cfworker/json-schema')
  return (value, schema) => {
    try {
      // It writes into the schema that it is given.
      const validator = new Validator(structuredClone(schema), draftOf(schema))
      return firstMismatch(validator.validate(value), value, schema)
    } catch {
      // A schema that cannot be followed to its end, which adapters turn away; or a value that leads round in circles.
      return { at: '$', keyword: 'schema' }
    }
  }
}

/** OpenAI's schemas are of the newest draft, unless they say otherwise. */
function draftOf(schema: object): SchemaDraft {
  const named: unknown = Reflect.get(schema, '$schema')
  const draft = typeof named === 'string' ? /draft-0?([467])|(2019-09)/.exec(named) : null
  if (draft === null) return '2020-12'
  if (draft[2] !== undefined) return '2019-09'
  return draft[1] === '4' ? '4' : '7'
}

/** Keywords whose own message only leads to the one inside that is broken. */
const leading: ReadonlySet<string> = new Set([
  '$ref',
  '$recursiveRef',
  'allOf',
  'properties',
  'patternProperties',
  'additionalProperties',
  'dependentSchemas',
  'items',
  'prefixItems',
  'additionalItems',
  'if',
])

function firstMismatch({ valid, errors }: ValidationResult, value: unknown, schema: object): Mismatch | undefined {
  if (valid) return undefined
  const index = errors.findIndex(({ keyword }) => !leading.has(keyword))
  const broken = errors[index] ?? errors[0]
  if (broken === undefined) return { at: '$', keyword: 'schema' }
  // `false` is no keyword: what is forbidden, the keyword says that led here.
  const teller = broken.keyword === 'false' ? (errors[index - 1] ?? broken) : broken
  return { at: pathIn(value, teller.instanceLocation, namesIn(schema)), keyword: teller.keyword }
}

/** A JSON pointer into an answer as a path that tells none of its content. */
function pathIn(value: unknown, pointer: string, known: ReadonlySet<string>): string {
  let at = value
  let path = '$'
  for (const step of pointer.split('/').slice(1)) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(at)) path += `[${name}]`
    else path += known.has(name) ? `.${name}` : '.*'
    at = typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined
  }
  return path
}

/** The names of properties that a schema says anywhere. */
function namesIn(schema: object): ReadonlySet<string> {
  const names = new Set<string>()
  const open: object[] = [schema]
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    for (const [keyword, inner] of Object.entries(each)) {
      if (typeof inner !== 'object' || inner === null) continue
      if (keyword === 'properties') for (const name of Object.keys(inner)) names.add(name)
      open.push(inner)
    }
  }
  return names
}
