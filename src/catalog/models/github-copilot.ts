// Copilot serves other vendors' models under their names, in windows of its own. Which ones an account may use, its plan and its
// organisation decide, and no list of them ships with the SDK: so these are two that are known, and any other name is passed on.
// Windows: @pydantic/genai-prices 0.1.8, provider `github-copilot`, read 2026-11-22. A call counts against the allowance of the
// account by the model's multiplier, so it has no price in dollars.
import type { ModelCard } from '../../contracts/catalog.ts'

function model(id: string, card: Pick<ModelCard, 'tier' | 'contextWindow'>): ModelCard {
  return {
    provider: 'github-copilot',
    id,
    ...card,
    input: ['text', 'image'],
    features: ['streaming', 'tools', 'reasoning'],
    prices: null,
  }
}

/** Models of GitHub Copilot. */
export const githubCopilotModels: readonly ModelCard[] = [
  model('gpt-5.4', { tier: 'complex', contextWindow: 400_000 }),
  model('claude-sonnet-5', { tier: 'standard', contextWindow: 264_000 }),
]
