// What Azure serves of OpenAI's models, at OpenAI's prices (global standard deployments; genai-prices 0.1.8, read
// 2026-11-22). Azure retires a model by deployment and region, so that no date stands here; its versions' dates are at
// learn.microsoft.com/azure/ai-foundry/openai/concepts/model-retirements.
import type { ModelCard } from '../../contracts/catalog.ts'
import { openaiModels } from './openai.ts'

const served: ReadonlySet<string> = new Set([
  'gpt-4o',
  'gpt-4o-mini',
  'gpt-4.1',
  'gpt-4.1-mini',
  'gpt-5.4',
  'gpt-5.4-mini',
  'gpt-6-sol',
  'gpt-6-luna',
  'text-embedding-3-small',
  'text-embedding-3-large',
])

/** OpenAI's models at Azure, by their own names: what most deployments are called. */
export const azureModels: readonly ModelCard[] = openaiModels
  .filter(({ id }) => served.has(id))
  .map((card) => ({ ...card, provider: 'azure', lifecycle: {} }))
