import type { ModelCard } from '../contracts/catalog.ts'
import { anthropicModels } from './models/anthropic.ts'
import { azureModels } from './models/azure.ts'
import { bedrockModels } from './models/bedrock.ts'
import { familyModels } from './models/family.ts'
import { googleModels } from './models/google.ts'
import { codestralModels, mistralModels } from './models/mistral.ts'
import { openaiModels } from './models/openai.ts'
import { perplexityModels } from './models/perplexity.ts'

/** Every model that the package knows, newest first within a provider. Facts only; what is not known is left out. */
export const models: readonly ModelCard[] = [
  ...openaiModels,
  ...anthropicModels,
  ...googleModels,
  ...mistralModels,
  ...codestralModels,
  ...bedrockModels,
  ...azureModels,
  ...perplexityModels,
  ...familyModels,
]
