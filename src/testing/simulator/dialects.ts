import { anthropicDialect } from './anthropic.ts'
import { googleDialect } from './google.ts'
import { openaiDialect } from './openai.ts'

/** The built-in wire formats; a dialect of your own may start from one: `{ ...dialects.openai, vendor: 'acme' }`. */
export const dialects = { openai: openaiDialect, anthropic: anthropicDialect, google: googleDialect } as const
