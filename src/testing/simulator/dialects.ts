import { anthropicDialect } from './anthropic.ts'
import { azureDialect } from './azure.ts'
import { bedrockDialect } from './bedrock.ts'
import { cohereDialect } from './cohere.ts'
import { googleDialect } from './google.ts'
import { mistralDialect } from './mistral.ts'
import { openaiDialect } from './openai.ts'
import { perplexityDialect } from './perplexity.ts'

/** The built-in wire formats; a dialect of your own may start from one: `{ ...dialects.openai, vendor: 'acme' }`. */
export const dialects = {
  openai: openaiDialect,
  anthropic: anthropicDialect,
  google: googleDialect,
  mistral: mistralDialect,
  bedrock: bedrockDialect,
  azure: azureDialect,
  perplexity: perplexityDialect,
  cohere: cohereDialect,
} as const
