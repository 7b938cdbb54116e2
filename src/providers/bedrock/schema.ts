import { asItIs, commonFormats, structure, type Dialect } from '../shared/schema/dialect.ts'

/**
 * What the compiler behind `outputConfig.textFormat` and strict tools understands, after the vendor's guide "Get validated
 * JSON results from models" (read 2026-11): a subset of draft 2020-12 without recursion, with closed objects. Anything else
 * in a schema is a 400 there; here it goes into the description.
 */
export const dialect: Dialect = asItIs([...structure, 'const', 'allOf', 'format', 'minItems'], {
  formats: new Set(commonFormats),
  literals: 'scalars',
  minItems: [0, 1],
  lost: 'described',
  oneOf: 'as anyOf',
  allOf: 'merged',
  objects: 'closed',
  recursion: 'refused',
})
