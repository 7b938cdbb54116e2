import { listOf } from '../shared/guards.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { asItIs, commonFormats, structure, type Dialect } from '../shared/schema/dialect.ts'
import { subschemas } from '../shared/schema/walk.ts'

/**
 * What the compiler behind `output_config.format` and strict tools understands: the subset that the SDK's own
 * `transformJSONSchema` keeps (@anthropic-ai/sdk 1.12). Every other keyword goes into the description, as there.
 */
export const dialect: Dialect = asItIs([...structure, 'const', 'allOf', 'format', 'minItems'], {
  formats: new Set(commonFormats),
  literals: 'scalars',
  minItems: [0, 1],
  lost: 'described',
  oneOf: 'as anyOf',
  allOf: 'merged',
  objects: 'closed',
  untyped: false,
  recursion: 'refused',
})

/** The compiler's limits over all strict tools and the answer's format together, from recorded 400 answers. */
const limits = { strictTools: 20, optional: 24, unions: 16 } as const

/** Why the compiler would refuse these schemas together; `undefined` where it would not. */
export function tooLarge(tools: readonly JsonObject[], format: JsonObject | undefined): string | undefined {
  if (tools.length > limits.strictTools) return `more than ${limits.strictTools} strict tools`
  const sizes = [...tools, ...(format === undefined ? [] : [format])].map(sizeOf)
  const optional = sizes.reduce((sum, size) => sum + size.optional, 0)
  if (optional > limits.optional) return `more than ${limits.optional} optional properties in strict schemas`
  const unions = sizes.reduce((sum, size) => sum + size.unions, 0)
  return unions > limits.unions ? `more than ${limits.unions} properties with union types in strict schemas` : undefined
}

function sizeOf(schema: JsonObject): { readonly optional: number; readonly unions: number } {
  let optional = 0
  let unions = 0
  for (const { schema: each } of subschemas(schema)) {
    const required = listOf(each['required'])
    if (isObject(each['properties'])) {
      optional += Object.keys(each['properties']).filter((name) => !required.includes(name)).length
    }
    if (Array.isArray(each['type']) || Array.isArray(each['anyOf'])) unions += 1
  }
  return { optional, unions }
}
