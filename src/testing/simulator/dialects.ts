import { anthropicBedrockDialect, anthropicMantleDialect, anthropicVertexDialect } from './anthropic-clouds.ts'
import { anthropicDialect } from './anthropic.ts'
import { azureDialect } from './azure.ts'
import { bedrockDialect } from './bedrock.ts'
import { cohereDialect } from './cohere.ts'
import { deepseekDialect } from './deepseek.ts'
import { googleDialect } from './google.ts'
import { m365Dialect } from './m365.ts'
import { groqDialect, openrouterDialect } from './hosts.ts'
import { mistralDialect } from './mistral.ts'
import { openaiDialect } from './openai.ts'
import { perplexityDialect } from './perplexity.ts'
import { replicateDialect } from './replicate.ts'
import { xaiDialect } from './xai.ts'

/** The built-in wire formats; a dialect of your own may start from one: `{ ...dialects.openai, vendor: 'acme' }`. */
export const dialects = {
  openai: openaiDialect,
  anthropic: anthropicDialect,
  'anthropic-bedrock': anthropicBedrockDialect,
  'anthropic-mantle': anthropicMantleDialect,
  'anthropic-vertex': anthropicVertexDialect,
  google: googleDialect,
  mistral: mistralDialect,
  bedrock: bedrockDialect,
  azure: azureDialect,
  perplexity: perplexityDialect,
  cohere: cohereDialect,
  'm365-copilot': m365Dialect,
  replicate: replicateDialect,
  xai: xaiDialect,
  deepseek: deepseekDialect,
  groq: groqDialect,
  openrouter: openrouterDialect,
} as const
