import type { ModelCard } from '../contracts/catalog.ts'
import { anthropicVertexModels } from './models/anthropic-vertex.ts'
import { anthropicModels } from './models/anthropic.ts'
import { azureModels } from './models/azure.ts'
import { bedrockModels } from './models/bedrock.ts'
import { modelsBeyondChat } from './models/beyond-chat.ts'
import { familyModels } from './models/family.ts'
import { githubCopilotModels } from './models/github-copilot.ts'
import { googleModels } from './models/google.ts'
import { m365Models } from './models/m365.ts'
import { codestralModels, mistralModels } from './models/mistral.ts'
import { openaiModels } from './models/openai.ts'
import { perplexityModels } from './models/perplexity.ts'
import { replicateModels } from './models/replicate.ts'
import { withTerms } from './models/terms.ts'

const cards: readonly ModelCard[] = [
  ...openaiModels,
  ...anthropicModels,
  ...googleModels,
  ...mistralModels,
  ...codestralModels,
  ...bedrockModels,
  ...anthropicVertexModels,
  ...azureModels,
  ...perplexityModels,
  ...replicateModels,
  ...githubCopilotModels,
  ...m365Models,
  ...familyModels,
  ...modelsBeyondChat,
]

/** Every model that the package knows, newest first within a provider. Facts only; what is not known is left out. */
export const models: readonly ModelCard[] = cards.map(withTerms)
