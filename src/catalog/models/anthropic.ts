// Windows, output limits and dates of release: platform.claude.com/docs/en/models, and models.dev (MIT), July 2026, for
// older models. Retirement: the `DEPRECATED_MODELS` constant of `@anthropic-ai/sdk` 1.12.0 for claude-sonnet-4-5, the
// vendor's release notes for the rest. A model without a rate for one-hour cache writes has none published.
import type { ModelCard } from '../../contracts/catalog.ts'

const asOf = '2026-11-22'
const genaiPrices = { source: '@pydantic/genai-prices 0.1.8', asOf }
const priceList = { source: 'https://platform.claude.com/docs/en/about-claude/pricing', asOf }

const visual = ['text', 'image', 'file'] as const
const plain = ['streaming', 'tools'] as const
const thinking = [...plain, 'reasoning'] as const
const structured = [...thinking, 'json_schema'] as const

const large = { contextWindow: 1_000_000, maxOutput: 128_000, input: visual, features: structured } as const
const medium = { contextWindow: 200_000, maxOutput: 64_000, input: visual, features: structured } as const

const opusRates = { input: 5, cachedInput: 0.5, cacheWrite: 6.25, cacheWrite1h: 10, output: 25 } as const
const firstOpusRates = { input: 15, cachedInput: 1.5, cacheWrite: 18.75, cacheWrite1h: 30, output: 75 } as const
const sonnetRates = { input: 3, cachedInput: 0.3, cacheWrite: 3.75, cacheWrite1h: 6, output: 15 } as const
const fableRates = { input: 10, cachedInput: 1, cacheWrite: 12.5, cacheWrite1h: 20, output: 50 } as const

function model(id: string, card: Omit<ModelCard, 'provider' | 'id'>): ModelCard {
  return { provider: 'anthropic', id, ...card }
}

/** Anthropic's models, newest first. */
export const anthropicModels: readonly ModelCard[] = [
  // Named in the SDK's `Model` union; no window and no price published that we could read.
  model('claude-fable-5-2', { tier: 'complex', input: visual, features: structured, prices: null }),
  model('claude-mythos-5-2', { tier: 'complex', input: visual, features: structured, prices: null }),
  model('claude-haiku-5-5', {
    ...large,
    tier: 'simple',
    released: '2026-10-07',
    prices: {
      source: 'https://platform.claude.com/docs/en/models/haiku-5-5/overview',
      asOf,
      input: 0.1,
      cachedInput: 0.01,
      cacheWrite: 0.125,
      cacheWrite1h: 0.2,
      output: 0.5,
      longContext: [{ above: 100_000, input: 0.5, cachedInput: 0.05, cacheWrite: 0.625, cacheWrite1h: 1, output: 2.5 }],
    },
  }),
  model('claude-sonnet-5-5', {
    ...large,
    tier: 'standard',
    prices: {
      source:
        'https://platform.claude.com/docs/en/models/sonnet-5-5/overview; cache reads third party (claudit 1.9.2: cut on 2026-10-07)',
      asOf,
      input: 2,
      cachedInput: 0.1,
      cacheWrite: 2.5,
      cacheWrite1h: 4,
      output: 10,
    },
  }),
  model('claude-opus-5-5', {
    ...large,
    tier: 'complex',
    prices: { ...genaiPrices, input: 4, cachedInput: 0.2, cacheWrite: 5, cacheWrite1h: 8, output: 20 },
  }),
  model('claude-fable-5-1', { ...large, tier: 'complex', prices: { ...genaiPrices, ...fableRates, cachedInput: 0.25 } }),
  model('claude-mythos-5-1', { ...large, tier: 'complex', prices: { ...priceList, ...fableRates, cachedInput: 0.25 } }),
  model('claude-opus-5', { ...large, tier: 'complex', prices: { ...genaiPrices, ...opusRates } }),
  model('claude-sonnet-5', {
    ...large,
    tier: 'standard',
    released: '2026-06-30',
    prices: { ...genaiPrices, input: 2, cachedInput: 0.2, cacheWrite: 2.5, cacheWrite1h: 4, output: 10 },
  }),
  model('claude-fable-5', { ...large, tier: 'complex', released: '2026-06-09', prices: { ...genaiPrices, ...fableRates } }),
  model('claude-mythos-5', { ...large, tier: 'complex', prices: { ...priceList, ...fableRates } }),
  model('claude-mythos-preview', { tier: 'complex', input: visual, features: structured, prices: null }),
  model('claude-opus-4-8', { ...large, tier: 'complex', released: '2026-05-28', prices: { ...genaiPrices, ...opusRates } }),
  model('claude-opus-4-7', { ...large, tier: 'complex', released: '2026-04-16', prices: { ...genaiPrices, ...opusRates } }),
  model('claude-opus-4-6', { ...large, tier: 'complex', released: '2026-02-05', prices: { ...genaiPrices, ...opusRates } }),
  model('claude-sonnet-4-6', {
    ...large,
    maxOutput: 64_000,
    tier: 'standard',
    released: '2026-02-17',
    prices: { ...genaiPrices, ...sonnetRates },
  }),
  model('claude-opus-4-5', {
    ...medium,
    aliases: ['claude-opus-4-5-20251101'],
    tier: 'complex',
    released: '2025-11-24',
    prices: { ...genaiPrices, ...opusRates },
  }),
  model('claude-haiku-4-5', {
    ...medium,
    aliases: ['claude-haiku-4-5-20251001'],
    tier: 'simple',
    released: '2025-10-15',
    prices: { ...genaiPrices, input: 1, cachedInput: 0.1, cacheWrite: 1.25, cacheWrite1h: 2, output: 5 },
  }),
  // The source's rates above 200,000 tokens belong to a beta that ended on 2026-04-30; larger prompts are refused.
  model('claude-sonnet-4-5', {
    ...medium,
    aliases: ['claude-sonnet-4-5-20250929'],
    tier: 'standard',
    released: '2025-09-29',
    // Third party: where resellers move their customers.
    lifecycle: { shutdownDate: '2026-11-30', replacement: 'claude-sonnet-5-5' },
    prices: { ...genaiPrices, ...sonnetRates },
  }),
  // The price list of September 2026 calls it retired and gives no day; a replacement was not to be found.
  model('claude-opus-4-1', {
    contextWindow: 200_000,
    maxOutput: 32_000,
    aliases: ['claude-opus-4-1-20250805'],
    tier: 'complex',
    input: visual,
    features: structured,
    released: '2025-08-05',
    lifecycle: { shutdownDate: '2026-08-31' },
    prices: { ...genaiPrices, ...firstOpusRates },
  }),
  model('claude-opus-4-20250514', {
    contextWindow: 200_000,
    maxOutput: 32_000,
    aliases: ['claude-opus-4-0', 'claude-opus-4'],
    tier: 'complex',
    input: visual,
    features: thinking,
    released: '2025-05-22',
    lifecycle: { shutdownDate: '2026-06-15', replacement: 'claude-opus-4-8' },
    prices: { ...genaiPrices, ...firstOpusRates },
  }),
  model('claude-sonnet-4-20250514', {
    contextWindow: 200_000,
    maxOutput: 64_000,
    aliases: ['claude-sonnet-4-0', 'claude-sonnet-4'],
    tier: 'standard',
    input: visual,
    features: thinking,
    released: '2025-05-22',
    lifecycle: { shutdownDate: '2026-06-15', replacement: 'claude-sonnet-4-6' },
    prices: { ...genaiPrices, ...sonnetRates },
  }),
  model('claude-3-7-sonnet-20250219', {
    contextWindow: 200_000,
    maxOutput: 64_000,
    aliases: ['claude-3-7-sonnet-latest', 'claude-3-7-sonnet'],
    tier: 'standard',
    input: visual,
    features: thinking,
    released: '2025-02-19',
    lifecycle: { shutdownDate: '2026-02-19', replacement: 'claude-sonnet-4-5' },
    prices: { ...genaiPrices, ...sonnetRates },
  }),
  model('claude-3-5-sonnet-20241022', {
    contextWindow: 200_000,
    maxOutput: 8192,
    aliases: ['claude-3-5-sonnet-latest', 'claude-3-5-sonnet'],
    tier: 'standard',
    input: visual,
    features: plain,
    released: '2024-10-22',
    lifecycle: { shutdownDate: '2025-10-28', replacement: 'claude-sonnet-4-5' },
    prices: { ...genaiPrices, ...sonnetRates },
  }),
  model('claude-3-5-sonnet-20240620', {
    contextWindow: 200_000,
    maxOutput: 8192,
    tier: 'standard',
    input: ['text', 'image'],
    features: plain,
    released: '2024-06-20',
    lifecycle: { shutdownDate: '2025-10-28', replacement: 'claude-sonnet-4-5' },
    prices: { ...genaiPrices, ...sonnetRates },
  }),
  model('claude-3-5-haiku-20241022', {
    contextWindow: 200_000,
    maxOutput: 8192,
    aliases: ['claude-3-5-haiku-latest', 'claude-3-5-haiku'],
    tier: 'simple',
    input: visual,
    features: plain,
    released: '2024-10-22',
    lifecycle: { shutdownDate: '2026-02-19', replacement: 'claude-haiku-4-5' },
    prices: { ...genaiPrices, input: 0.8, cachedInput: 0.08, cacheWrite: 1, cacheWrite1h: 1.6, output: 4 },
  }),
  model('claude-3-opus-20240229', {
    contextWindow: 200_000,
    maxOutput: 4096,
    aliases: ['claude-3-opus-latest', 'claude-3-opus'],
    tier: 'complex',
    input: ['text', 'image'],
    features: plain,
    released: '2024-02-29',
    lifecycle: { shutdownDate: '2026-01-05' },
    prices: { ...genaiPrices, ...firstOpusRates },
  }),
  model('claude-3-sonnet-20240229', {
    contextWindow: 200_000,
    maxOutput: 4096,
    aliases: ['claude-3-sonnet'],
    tier: 'standard',
    input: ['text', 'image'],
    features: plain,
    released: '2024-03-04',
    lifecycle: { shutdownDate: '2025-07-21' },
    prices: { ...genaiPrices, ...sonnetRates },
  }),
  model('claude-3-haiku-20240307', {
    contextWindow: 200_000,
    maxOutput: 4096,
    aliases: ['claude-3-haiku'],
    tier: 'simple',
    input: ['text', 'image'],
    features: plain,
    released: '2024-03-13',
    lifecycle: { shutdownDate: '2026-04-20', replacement: 'claude-haiku-4-5' },
    prices: { ...genaiPrices, input: 0.25, cachedInput: 0.03, cacheWrite: 0.3, cacheWrite1h: 0.5, output: 1.25 },
  }),
]
