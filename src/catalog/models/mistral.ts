// Windows, features and dates of release: docs.mistral.ai/models and models.dev (MIT). Prices: mistral.ai/pricing as
// quoted by github.com/simonw/llm-prices/pull/63 and @pydantic/genai-prices; retirements: docs.mistral.ai's table of legacy
// models as quoted by the sources beside them. All read November 2026. Where a date of retirement could not be found there
// is none: the vendor then answers "Invalid model", and the chain goes on.
import type { ModelCard, Prices } from '../../contracts/catalog.ts'

const asOf = '2026-11-22'
const genaiPrices = { source: '@pydantic/genai-prices 0.1.8', asOf }
const llmPrices = { source: 'mistral.ai/pricing, by github.com/simonw/llm-prices/pull/63', asOf }

const plain = ['streaming', 'tools', 'json_object', 'json_schema', 'n'] as const
const thinking = [...plain, 'reasoning'] as const
const written = ['text'] as const
// Documents are read by the vendor's own text recognition, whatever the model.
const seen = ['text', 'image', 'file'] as const

const quarterMillion = 262_144

function model(id: string, card: Omit<ModelCard, 'provider' | 'id'>): ModelCard {
  return { provider: 'mistral', id, ...card }
}

/** A model that is gone, for the names that are still written. */
function gone(id: string, { aliases, tier = 'simple', ...lifecycle }: Gone): ModelCard {
  return model(id, { ...(aliases !== undefined && { aliases }), tier, input: written, features: plain, lifecycle, prices: null })
}

interface Gone {
  readonly aliases?: readonly string[]
  readonly tier?: ModelCard['tier']
  readonly shutdownDate: string
  readonly replacement: string
  readonly rerouted?: boolean
}

const codestralPrices: Prices = { ...genaiPrices, input: 0.3, cachedInput: 0.03, output: 0.9 }

/** Mistral's models, newest first. */
export const mistralModels: readonly ModelCard[] = [
  model('mistral-large-4', {
    aliases: ['mistral-large-4-0'],
    tier: 'complex',
    // The vendor's card has 524,288; third parties report up to twice that.
    contextWindow: 524_288,
    maxOutput: 262_144,
    input: seen,
    features: thinking,
    released: '2026-10-06',
    // Half of the list price ($1.36 and $4.18) as long as the public preview lasts; its end is not announced.
    prices: {
      source: 'third party: LiteLLM and apidog.com, quoting the vendor',
      asOf,
      input: 0.68,
      cachedInput: 0.07,
      output: 2.09,
    },
  }),
  model('mistral-medium-3-5', {
    aliases: ['mistral-medium-3.5', 'mistral-medium-2604', 'mistral-medium-latest', 'mistral-medium'],
    tier: 'standard',
    contextWindow: quarterMillion,
    input: seen,
    features: thinking,
    prices: { ...genaiPrices, input: 1.5, cachedInput: 0.15, output: 7.5 },
  }),
  model('mistral-small-2603', {
    aliases: ['mistral-small-latest', 'mistral-small'],
    tier: 'simple',
    contextWindow: quarterMillion,
    input: seen,
    features: thinking,
    prices: { ...genaiPrices, input: 0.15, cachedInput: 0.015, output: 0.6 },
  }),
  model('mistral-large-2512', {
    aliases: ['mistral-large-latest'],
    tier: 'standard',
    contextWindow: quarterMillion,
    input: seen,
    features: plain,
    released: '2025-12-02',
    prices: { ...genaiPrices, input: 0.5, cachedInput: 0.05, output: 1.5 },
  }),
  model('ministral-14b-2512', {
    aliases: ['ministral-14b-latest'],
    tier: 'simple',
    contextWindow: quarterMillion,
    input: seen,
    features: plain,
    released: '2025-12-02',
    prices: { ...llmPrices, input: 0.2, cachedInput: 0.02, output: 0.2 },
  }),
  model('ministral-8b-2512', {
    aliases: ['ministral-8b-latest'],
    tier: 'simple',
    contextWindow: quarterMillion,
    input: seen,
    features: plain,
    released: '2025-12-02',
    prices: { ...genaiPrices, input: 0.15, cachedInput: 0.015, output: 0.15 },
  }),
  model('ministral-3b-2512', {
    aliases: ['ministral-3b-latest'],
    tier: 'simple',
    contextWindow: 131_072,
    input: seen,
    features: plain,
    released: '2025-12-02',
    prices: { ...llmPrices, input: 0.1, cachedInput: 0.01, output: 0.1 },
  }),
  model('devstral-2512', {
    aliases: ['devstral-latest', 'devstral-medium-latest'],
    tier: 'standard',
    contextWindow: quarterMillion,
    input: written,
    features: plain,
    prices: { ...genaiPrices, input: 0.4, cachedInput: 0.04, output: 2 },
  }),
  model('magistral-medium-2509', {
    aliases: ['magistral-medium-latest'],
    tier: 'standard',
    contextWindow: 131_072,
    input: seen,
    features: thinking,
    prices: { source: 'third party: mastra.ai/models/providers/mistral', asOf, input: 2, output: 5 },
  }),
  model('magistral-small-2509', {
    aliases: ['magistral-small-latest'],
    tier: 'simple',
    contextWindow: 131_072,
    input: seen,
    features: thinking,
    prices: { ...llmPrices, input: 0.5, output: 1.5 },
  }),
  model('mistral-medium-2508', {
    tier: 'standard',
    contextWindow: 131_072,
    input: seen,
    features: plain,
    prices: { source: 'third party: LiteLLM pull request 10729', asOf, input: 0.4, output: 2 },
  }),
  model('codestral-2508', {
    aliases: ['codestral-latest'],
    tier: 'simple',
    contextWindow: 256_000,
    input: written,
    features: plain,
    prices: codestralPrices,
  }),
  // Sound is billed by the second on top, which no price per token can say.
  model('voxtral-small-2507', {
    aliases: ['voxtral-small-latest'],
    tier: 'simple',
    contextWindow: 32_768,
    input: ['text', 'audio'],
    features: plain,
    prices: null,
  }),
  model('mistral-small-2506', {
    tier: 'simple',
    contextWindow: 131_072,
    input: seen,
    features: plain,
    prices: { source: 'third party: github.com/theopenco/llmgateway/pull/1622', asOf, input: 0.1, output: 0.3 },
  }),
  model('mistral-embed', {
    tier: 'simple',
    contextWindow: 8192,
    input: written,
    features: [],
    prices: { ...genaiPrices, input: 0.1, output: 0.1 },
  }),
  model('codestral-embed', { tier: 'simple', contextWindow: 8192, input: written, features: [], prices: null }),
  // docs.embabel.com: refused since then as an invalid model.
  gone('mistral-large-2411', { tier: 'standard', shutdownDate: '2026-05-31', replacement: 'mistral-large-2512' }),
  // github.com/braintrustdata/braintrust-proxy/issues/1005; recorded answers of 2026 to the undated name are Ministral's.
  gone('pixtral-12b-2409', {
    aliases: ['pixtral-12b', 'pixtral-12b-latest'],
    shutdownDate: '2025-12-31',
    replacement: 'ministral-14b-2512',
    rerouted: true,
  }),
  gone('codestral-2501', { shutdownDate: '2025-11-30', replacement: 'codestral-2508' }),
  // docs.mistral.ai/getting-started/models, legacy models.
  gone('open-mixtral-8x22b', {
    aliases: ['open-mixtral-8x22b-2404', 'mixtral-8x22b'],
    shutdownDate: '2025-03-30',
    replacement: 'mistral-small-2603',
  }),
  gone('open-mixtral-8x7b', {
    aliases: ['mixtral-8x7b'],
    shutdownDate: '2025-03-30',
    replacement: 'mistral-small-2603',
  }),
  gone('open-mistral-7b', {
    aliases: ['mistral-7b', 'mistral-tiny'],
    shutdownDate: '2025-03-30',
    replacement: 'ministral-8b-2512',
  }),
]

/** The code model at its own host. What it costs there depends on the plan of the key, not on tokens alone. */
export const codestralModels: readonly ModelCard[] = [
  {
    provider: 'codestral',
    id: 'codestral-2508',
    aliases: ['codestral-latest'],
    tier: 'simple',
    contextWindow: 256_000,
    input: written,
    features: plain,
    prices: null,
  },
]
