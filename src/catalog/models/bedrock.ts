// Prices: @pydantic/genai-prices 0.1.8 for Amazon's and Meta's models and for the surcharge of regional profiles; Claude's
// base rates are those of its maker, which AWS charges too. Windows: AWS's model cards and models.dev (MIT), 2026. What has
// no price here has none in those sources. Ids: AWS's guide "Supported foundation models" and recorded requests.
import type { ModelCard } from '../../contracts/catalog.ts'
import { anthropicModels } from './anthropic.ts'
import { dearer } from './surcharge.ts'

const asOf = '2026-11-22'
const genaiPrices = { source: '@pydantic/genai-prices 0.1.8', asOf }

type Facts = Omit<ModelCard, 'provider' | 'id'>

function model(id: string, facts: Facts): ModelCard {
  return { provider: 'bedrock', id, ...facts }
}

/** Inference profiles that keep a request inside a geography. The bare id, for one region alone, costs the same. */
const geographies = ['eu', 'apac', 'au', 'jp', 'us-gov'] as const

/** A profile of one geography costs a tenth more than the global one, since the models of autumn 2025. */
const surcharge = 1.1

/** Two cards: the global profile, and the one of a geography with its surcharge. */
function profiles(id: string, facts: Facts, factor: number = surcharge): readonly ModelCard[] {
  const { prices } = facts
  const regional = { ...facts, prices: prices === null ? null : dearer(prices, factor, genaiPrices.source) }
  return [
    model(`global.${id}`, facts),
    model(`us.${id}`, { ...regional, aliases: [...geographies.map((geography) => `${geography}.${id}`), id] }),
  ]
}

/** A Claude model with what its maker's card says, under the id that it has here. */
function claude(makersId: string, id = `anthropic.${makersId}`, factor = surcharge): readonly ModelCard[] {
  const card = anthropicModels.find((each) => each.id === makersId)
  if (card === undefined) return []
  // Aliases are the maker's own; how long a model lives here is AWS's word, not the maker's.
  const { provider: _, id: __, aliases: ___, lifecycle: ____, ...facts } = card
  return profiles(id, facts, factor)
}

const words = ['text'] as const
const visual = ['text', 'image', 'file'] as const
const plain = ['streaming', 'tools', 'json_object'] as const
const thinking = [...plain, 'reasoning'] as const
const structured = [...plain, 'json_schema'] as const
const speaking = ['streaming', 'json_object'] as const

/**
 * The day by which the Titan text models had been refused as past their end of life (github.com/weaviate/weaviate, pull
 * request 10053); the vendor's own date is some days earlier. Its successors in size and price are the Nova models.
 */
const titanGone = '2025-12-18'

/** Models on AWS Bedrock: by maker, newest first. */
export const bedrockModels: readonly ModelCard[] = [
  ...claude('claude-haiku-5-5'),
  ...claude('claude-sonnet-5-5'),
  ...claude('claude-opus-5-5'),
  ...claude('claude-opus-5'),
  ...claude('claude-sonnet-5'),
  ...claude('claude-opus-4-8'),
  ...claude('claude-opus-4-7'),
  ...claude('claude-opus-4-6', 'anthropic.claude-opus-4-6-v1'),
  ...claude('claude-sonnet-4-6'),
  ...claude('claude-opus-4-5', 'anthropic.claude-opus-4-5-20251101-v1:0'),
  ...claude('claude-haiku-4-5', 'anthropic.claude-haiku-4-5-20251001-v1:0'),
  ...claude('claude-sonnet-4-5', 'anthropic.claude-sonnet-4-5-20250929-v1:0'),
  ...claude('claude-sonnet-4-20250514', 'anthropic.claude-sonnet-4-20250514-v1:0', 1),
  ...claude('claude-3-7-sonnet-20250219', 'anthropic.claude-3-7-sonnet-20250219-v1:0', 1),
  ...profiles('amazon.nova-2-lite-v1:0', {
    tier: 'simple',
    contextWindow: 1_000_000,
    input: visual,
    features: thinking,
    prices: { ...genaiPrices, input: 0.3, cachedInput: 0.075, output: 2.5 },
  }),
  model('amazon.nova-premier-v1:0', {
    aliases: ['us.amazon.nova-premier-v1:0'],
    tier: 'complex',
    contextWindow: 1_000_000,
    input: visual,
    features: plain,
    prices: { ...genaiPrices, input: 2.5, cachedInput: 0.625, output: 12.5 },
  }),
  model('amazon.nova-pro-v1:0', {
    aliases: ['us.amazon.nova-pro-v1:0', 'eu.amazon.nova-pro-v1:0', 'apac.amazon.nova-pro-v1:0'],
    tier: 'standard',
    contextWindow: 300_000,
    input: visual,
    features: plain,
    prices: { ...genaiPrices, input: 0.8, cachedInput: 0.2, output: 3.2 },
  }),
  model('amazon.nova-lite-v1:0', {
    aliases: ['us.amazon.nova-lite-v1:0', 'eu.amazon.nova-lite-v1:0', 'apac.amazon.nova-lite-v1:0'],
    tier: 'simple',
    contextWindow: 300_000,
    input: visual,
    features: plain,
    prices: { ...genaiPrices, input: 0.06, cachedInput: 0.015, output: 0.24 },
  }),
  model('amazon.nova-micro-v1:0', {
    aliases: ['us.amazon.nova-micro-v1:0', 'eu.amazon.nova-micro-v1:0', 'apac.amazon.nova-micro-v1:0'],
    tier: 'simple',
    contextWindow: 128_000,
    input: words,
    features: plain,
    prices: { ...genaiPrices, input: 0.035, cachedInput: 0.00875, output: 0.14 },
  }),
  model('amazon.titan-text-express-v1', {
    tier: 'simple',
    contextWindow: 8192,
    input: words,
    features: speaking,
    prices: { ...genaiPrices, input: 0.2, output: 0.6 },
    lifecycle: { shutdownDate: titanGone, replacement: 'amazon.nova-lite-v1:0' },
  }),
  model('amazon.titan-text-lite-v1', {
    tier: 'simple',
    contextWindow: 4096,
    input: words,
    features: speaking,
    prices: { ...genaiPrices, input: 0.15, output: 0.2 },
    lifecycle: { shutdownDate: titanGone, replacement: 'amazon.nova-micro-v1:0' },
  }),
  model('us.meta.llama4-maverick-17b-instruct-v1:0', {
    aliases: ['meta.llama4-maverick-17b-instruct-v1:0'],
    tier: 'standard',
    contextWindow: 1_000_000,
    input: visual,
    features: plain,
    prices: { ...genaiPrices, input: 0.24, output: 0.97 },
  }),
  model('us.meta.llama4-scout-17b-instruct-v1:0', {
    aliases: ['meta.llama4-scout-17b-instruct-v1:0'],
    tier: 'simple',
    contextWindow: 10_000_000,
    input: visual,
    features: plain,
    prices: { ...genaiPrices, input: 0.17, output: 0.66 },
  }),
  model('meta.llama3-3-70b-instruct-v1:0', {
    aliases: ['us.meta.llama3-3-70b-instruct-v1:0'],
    tier: 'standard',
    contextWindow: 128_000,
    input: words,
    features: plain,
    prices: { ...genaiPrices, input: 0.72, output: 0.72 },
  }),
  model('us.mistral.pixtral-large-2502-v1:0', {
    aliases: ['eu.mistral.pixtral-large-2502-v1:0'],
    tier: 'standard',
    contextWindow: 128_000,
    input: ['text', 'image'],
    features: plain,
    prices: { ...genaiPrices, input: 2, output: 6 },
  }),
  model('mistral.mistral-large-2407-v1:0', {
    tier: 'standard',
    contextWindow: 128_000,
    input: words,
    features: plain,
    prices: null,
  }),
  model('mistral.mistral-large-2402-v1:0', {
    tier: 'standard',
    contextWindow: 32_000,
    input: words,
    features: plain,
    prices: { ...genaiPrices, input: 4, output: 12 },
  }),
  model('mistral.mixtral-8x7b-instruct-v0:1', {
    tier: 'simple',
    contextWindow: 32_000,
    input: words,
    features: speaking,
    prices: { ...genaiPrices, input: 0.45, output: 0.7 },
  }),
  model('mistral.mistral-7b-instruct-v0:2', {
    tier: 'simple',
    contextWindow: 32_000,
    input: words,
    features: speaking,
    prices: { ...genaiPrices, input: 0.15, output: 0.2 },
  }),
  model('openai.gpt-oss-120b-1:0', {
    tier: 'standard',
    contextWindow: 128_000,
    maxOutput: 16_384,
    input: words,
    features: [...structured, 'reasoning'],
    prices: { ...genaiPrices, input: 0.15, output: 0.6 },
  }),
  model('openai.gpt-oss-20b-1:0', {
    tier: 'simple',
    contextWindow: 128_000,
    maxOutput: 16_384,
    input: words,
    features: [...structured, 'reasoning'],
    prices: { ...genaiPrices, input: 0.07, output: 0.3 },
  }),
  model('us.deepseek.r1-v1:0', {
    aliases: ['deepseek.r1-v1:0'],
    tier: 'complex',
    contextWindow: 128_000,
    input: words,
    features: ['streaming', 'reasoning'],
    prices: { ...genaiPrices, input: 1.35, output: 5.4 },
  }),
]
