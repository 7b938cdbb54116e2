import { isObject } from '../shared/json.ts'
import { compileSchema } from '../shared/schema/compile.ts'
import { asItIs, structure, type Dialect } from '../shared/schema/dialect.ts'

/**
 * What the vendor heeds of `responseJsonSchema` and `parametersJsonSchema`, as listed there in the types of @google/genai 3.1;
 * the formats are those that its guide to structured output names. The rest it accepts and ignores. What says exactly the
 * same in keywords that it heeds is put into these.
 */
export const dialect: Dialect = asItIs([...structure, 'prefixItems', 'minItems', 'maxItems', 'minimum', 'maximum', 'format'], {
  formats: new Set(['date-time', 'date', 'time']),
  literals: 'strings and numbers',
  oneOf: 'like anyOf',
  allOf: 'merged',
  plainValues: true,
  maps: true,
  recursion: 'in optional properties',
  refsAlone: true,
})

/** What is sent where nothing is promised: the vendor may make more of it than it says. */
const lenient: Dialect = { ...dialect, allOf: 'as it is', recursion: 'allowed' }

/** A JSON Schema as this vendor enforces it, or as it is where that cannot be said. */
export function toNativeSchema(schema: unknown): unknown {
  for (const each of [dialect, lenient]) {
    const compiled = compileSchema(schema, each)
    if ('schema' in compiled) return compiled.schema
  }
  return schema
}

/** Whether a schema is that of an object without any fields, which is better left out. */
export function isEmptySchema(schema: unknown): boolean {
  if (!isObject(schema)) return true
  const { type, properties, additionalProperties, ...rest } = schema
  if (additionalProperties !== undefined && additionalProperties !== false) return false
  if (isObject(properties) && Object.keys(properties).length > 0) return false
  const others = Object.keys(rest).filter((keyword) => keyword !== '$schema' && keyword !== 'required' && keyword !== 'title')
  return (type === undefined || type === 'object') && others.length === 0
}
