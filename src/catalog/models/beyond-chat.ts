// Models that make vectors or judge texts, of providers whose chat models stand elsewhere. Windows and ids: the vendors' own
// pages, named with each price. All read November 2026.
import type { ModelCard, Prices } from '../../contracts/catalog.ts'

const asOf = '2026-11-22'

/** Nothing of a chat model's features, and nothing comes out that is charged for. */
const silent = { tier: 'simple', input: ['text'], features: [] } as const

type Card = Pick<ModelCard, 'aliases' | 'contextWindow'> & { readonly prices: Prices | null }

function model(provider: string, id: string, { contextWindow, aliases, prices }: Card): ModelCard {
  return {
    ...silent,
    provider,
    id,
    prices,
    ...(aliases !== undefined && { aliases }),
    ...(contextWindow !== undefined && { contextWindow }),
  }
}

function price(source: string, input: number): Prices {
  return { source, asOf, input, output: 0 }
}

const bedrockPage = 'aws.amazon.com/bedrock/pricing, as public price tables of August 2026 quote it'
const coherePage = 'cohere.com/pricing, as public price tables of 2026 quote it'
const perplexityPage = 'docs.perplexity.ai/docs/embeddings/quickstart'
const qwenPage = 'alibabacloud.com/help/en/model-studio/embedding-interfaces-compatible-with-openai'

/** Embeddings and moderations. */
export const modelsBeyondChat: readonly ModelCard[] = [
  // developers.openai.com/api/docs/guides/moderation: free of charge.
  model('openai', 'omni-moderation-latest', {
    aliases: ['omni-moderation-2024-09-26'],
    prices: price('developers.openai.com/api/docs/guides/moderation', 0),
  }),
  // docs.mistral.ai/studio/safety-moderation: the name without a date still means the older one, which is deprecated.
  model('mistral', 'mistral-moderation-2603', { prices: null }),
  model('mistral', 'mistral-moderation-2411', { aliases: ['mistral-moderation-latest'], prices: null }),
  model('bedrock', 'amazon.titan-embed-text-v2:0', { contextWindow: 8192, prices: price(bedrockPage, 0.02) }),
  model('bedrock', 'amazon.nova-2-multimodal-embeddings-v1:0', { contextWindow: 8192, prices: null }),
  model('bedrock', 'cohere.embed-v4:0', {
    aliases: ['us.cohere.embed-v4:0', 'eu.cohere.embed-v4:0', 'global.cohere.embed-v4:0'],
    contextWindow: 128_000,
    prices: price(bedrockPage, 0.12),
  }),
  model('bedrock', 'cohere.embed-english-v3', { contextWindow: 512, prices: price(bedrockPage, 0.1) }),
  model('bedrock', 'cohere.embed-multilingual-v3', { contextWindow: 512, prices: price(bedrockPage, 0.1) }),
  model('cohere', 'embed-v4.0', { contextWindow: 128_000, prices: price(coherePage, 0.12) }),
  model('cohere', 'embed-english-v3.0', { contextWindow: 512, prices: price(coherePage, 0.1) }),
  model('cohere', 'embed-multilingual-v3.0', { contextWindow: 512, prices: price(coherePage, 0.1) }),
  model('perplexity', 'pplx-embed-v1-4b', { contextWindow: 32_000, prices: price(perplexityPage, 0.03) }),
  model('perplexity', 'pplx-embed-v1-0.6b', { contextWindow: 32_000, prices: price(perplexityPage, 0.004) }),
  model('qwen', 'text-embedding-v4', { contextWindow: 8192, prices: price(qwenPage, 0.07) }),
  model('qwen', 'text-embedding-v3', { contextWindow: 8192, prices: price(qwenPage, 0.07) }),
]
