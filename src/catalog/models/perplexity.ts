// Names, presets and what has become of older names: the vendor's migration guide from Sonar to the Agent API
// (github.com/perplexityai/api-platform-developers) and docs.stigg.io on the end of Sonar chat completions, both read
// 2026-11-22. Prices of the Agent API's own model: the release notes of TokenMeter, third party; every answer brings its
// real bill besides.
import type { ModelCard } from '../../contracts/catalog.ts'

const asOf = '2026-11-22'
const genaiPrices = { source: '@pydantic/genai-prices 0.1.8', asOf }

const visual = ['text', 'image'] as const
const agent = ['streaming', 'tools', 'json_schema', 'json_object', 'reasoning'] as const
const searching = ['streaming', 'json_schema'] as const

/** Sonar chat completions ended on this day. */
const ended = '2026-09-27'

function model(id: string, card: Omit<ModelCard, 'provider' | 'id'>): ModelCard {
  return { provider: 'perplexity', id, ...card }
}

/** A preset resolves to models of several vendors, at their prices and a fee for each use of a tool. */
function preset(name: string, tier: ModelCard['tier']): ModelCard {
  return model(`preset/${name}`, { tier, input: visual, features: agent, prices: null })
}

const oldest = `pplx-7b pplx-7b-chat pplx-7b-online pplx-70b pplx-70b-chat pplx-70b-online sonar-small-chat
  sonar-small-online sonar-medium-chat sonar-medium-online llama-3.1-sonar-small-128k-online`.split(/\s+/)

/** Perplexity's models and presets, and the names that came before them. */
export const perplexityModels: readonly ModelCard[] = [
  model('perplexity/sonar', {
    tier: 'standard',
    input: visual,
    features: agent,
    prices: {
      source: 'third party: release notes of TokenMeter, quoting the vendor; without fees for tools',
      asOf,
      input: 0.25,
      cachedInput: 0.0625,
      output: 2.5,
    },
  }),
  preset('fast', 'simple'),
  preset('low', 'standard'),
  preset('medium', 'complex'),
  preset('high', 'complex'),
  model('sonar', {
    aliases: oldest,
    tier: 'standard',
    contextWindow: 128_000,
    input: visual,
    features: searching,
    prices: { ...genaiPrices, input: 1, output: 1 },
    lifecycle: { shutdownDate: ended, replacement: 'perplexity/sonar' },
  }),
  model('sonar-pro', {
    aliases: ['llama-3.1-sonar-large-128k-online', 'llama-3.1-sonar-huge-128k-online'],
    tier: 'complex',
    contextWindow: 200_000,
    input: visual,
    features: searching,
    prices: { ...genaiPrices, input: 3, output: 15 },
    lifecycle: { shutdownDate: ended, replacement: 'preset/low' },
  }),
  model('sonar-reasoning-pro', {
    aliases: ['sonar-reasoning'],
    tier: 'complex',
    contextWindow: 128_000,
    input: visual,
    features: [...searching, 'reasoning'],
    prices: { ...genaiPrices, input: 2, output: 8 },
    lifecycle: { shutdownDate: ended, replacement: 'preset/low' },
  }),
  model('sonar-deep-research', {
    tier: 'complex',
    contextWindow: 128_000,
    input: visual,
    features: [...searching, 'reasoning'],
    prices: { ...genaiPrices, input: 2, output: 8 },
    lifecycle: { shutdownDate: ended, replacement: 'preset/medium' },
  }),
]
