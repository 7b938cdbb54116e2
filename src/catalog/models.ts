import type { ModelCard } from '../contracts/catalog.ts'
import { anthropicModels } from './models/anthropic.ts'
import { googleModels } from './models/google.ts'
import { openaiModels } from './models/openai.ts'

/** Every model that the package knows, newest first within a provider. Facts only; what is not known is left out. */
export const models: readonly ModelCard[] = [...openaiModels, ...anthropicModels, ...googleModels]
