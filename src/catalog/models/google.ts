// Windows, output limits and dates of release: models.dev (MIT), July 2026, and ai.google.dev/gemini-api/docs for newer
// models. Retirement and rerouting: ai.google.dev/gemini-api/docs/deprecations and /changelog, read 2026-11-22; on the
// vendor's cloud platform the same models may live longer.
import type { ModelCard } from '../../contracts/catalog.ts'

const asOf = '2026-11-22'
const genaiPrices = { source: '@pydantic/genai-prices 0.1.8', asOf }
const latestModel = 'https://ai.google.dev/gemini-api/docs/generate-content/latest-model'

const everything = ['text', 'image', 'audio', 'file', 'video'] as const
const plain = ['streaming', 'tools', 'json_object', 'json_schema', 'n'] as const
const thinking = [...plain, 'reasoning'] as const

const gemini = { contextWindow: 1_048_576, maxOutput: 65_536, input: everything, features: thinking } as const
const gemini2 = { contextWindow: 1_048_576, maxOutput: 8192, input: everything, features: plain } as const
/** The vendor moves these names; the answer names the model, and its card has the price. */
const moving = { input: everything, features: thinking, prices: null } as const

const proRates = {
  input: 2,
  cachedInput: 0.2,
  output: 12,
  longContext: [{ above: 200_000, input: 4, cachedInput: 0.4, output: 18 }],
} as const
/** Introductory rates to the end of 2026, list prices from then on. */
const flashRates = {
  input: 0.75,
  cachedInput: 0.075,
  output: 3.75,
  changes: [{ from: '2027-01-01', input: 1.5, cachedInput: 0.15, output: 7.5 }],
} as const
const gemini4Rates = {
  input: 2,
  cachedInput: 0.1,
  output: 10,
  changes: [{ from: '2026-12-01', input: 4, cachedInput: 0.2, output: 20 }],
} as const

function model(id: string, card: Omit<ModelCard, 'provider' | 'id'>): ModelCard {
  return { provider: 'google', id, ...card }
}

/** Google's models, newest first. */
export const googleModels: readonly ModelCard[] = [
  model('gemini-4-carbon', {
    ...gemini,
    tier: 'complex',
    released: '2026-11-10',
    prices: { source: 'third party: docs.laozhang.ai and apidog.com, quoting the vendor', asOf, ...gemini4Rates },
  }),
  model('gemini-4-argon', {
    ...gemini,
    tier: 'complex',
    prices: { source: `${latestModel}; cached input third party (LiteLLM discussion 46238)`, asOf, ...gemini4Rates },
  }),
  model('gemini-3.8-flash', {
    ...gemini,
    tier: 'standard',
    released: '2026-09-02',
    prices: { ...genaiPrices, ...flashRates },
  }),
  model('gemini-3.7-flash', {
    ...gemini,
    tier: 'standard',
    released: '2026-08-13',
    lifecycle: { shutdownDate: '2026-10-08', replacement: 'gemini-3.8-flash', rerouted: true },
    prices: { ...genaiPrices, ...flashRates },
  }),
  model('gemini-3.6-flash', {
    ...gemini,
    tier: 'standard',
    released: '2026-07-21',
    prices: { ...genaiPrices, ...flashRates },
  }),
  model('gemini-3.5-flash-lite', {
    ...gemini,
    tier: 'simple',
    released: '2026-07-21',
    prices: { ...genaiPrices, input: 0.3, cachedInput: 0.03, output: 2.5 },
  }),
  model('gemini-3.5-flash', {
    ...gemini,
    tier: 'standard',
    released: '2026-05-19',
    lifecycle: { shutdownDate: '2026-10-08', replacement: 'gemini-3.6-flash', rerouted: true },
    prices: { ...genaiPrices, input: 1.5, cachedInput: 0.15, output: 9 },
  }),
  model('gemini-3.1-flash-lite', {
    ...gemini,
    aliases: ['gemini-3.1-flash-lite-preview'],
    tier: 'simple',
    released: '2026-05-07',
    lifecycle: { shutdownDate: '2027-05-07' },
    prices: { ...genaiPrices, input: 0.25, cachedInput: 0.025, output: 1.5, audioInput: 0.5 },
  }),
  model('gemini-3.1-pro-preview', {
    ...gemini,
    aliases: ['gemini-3.1-pro-preview-customtools'],
    tier: 'complex',
    released: '2026-02-19',
    prices: { ...genaiPrices, ...proRates },
  }),
  model('gemini-3-flash-preview', {
    ...gemini,
    tier: 'standard',
    released: '2025-12-17',
    prices: { ...genaiPrices, input: 0.5, cachedInput: 0.05, output: 3, audioInput: 1 },
  }),
  model('gemini-3-pro-preview', {
    ...gemini,
    tier: 'complex',
    released: '2025-11-18',
    lifecycle: { shutdownDate: '2026-03-09', replacement: 'gemini-3.1-pro-preview' },
    prices: { ...genaiPrices, ...proRates },
  }),
  model('gemini-2.5-pro', {
    ...gemini,
    tier: 'complex',
    released: '2025-06-17',
    lifecycle: { shutdownDate: '2026-12-01', replacement: 'gemini-3.8-flash', rerouted: true },
    prices: {
      ...genaiPrices,
      input: 1.25,
      cachedInput: 0.125,
      output: 10,
      longContext: [{ above: 200_000, input: 2.5, cachedInput: 0.25, output: 15 }],
    },
  }),
  model('gemini-2.5-flash', {
    ...gemini,
    tier: 'standard',
    released: '2025-06-17',
    lifecycle: { shutdownDate: '2026-12-01', replacement: 'gemini-3.5-flash-lite', rerouted: true },
    prices: { ...genaiPrices, input: 0.3, cachedInput: 0.03, output: 2.5, audioInput: 1 },
  }),
  model('gemini-2.5-flash-lite', {
    ...gemini,
    tier: 'simple',
    released: '2025-07-22',
    prices: { ...genaiPrices, input: 0.1, cachedInput: 0.01, output: 0.4, audioInput: 0.3 },
  }),
  model('gemini-pro-latest', { ...moving, tier: 'complex' }),
  model('gemini-flash-latest', { ...moving, tier: 'standard' }),
  model('gemini-flash-lite-latest', { ...moving, tier: 'simple' }),
  model('gemini-2.0-flash', {
    ...gemini2,
    aliases: ['gemini-2.0-flash-001'],
    tier: 'standard',
    released: '2025-02-05',
    lifecycle: { shutdownDate: '2026-06-01', replacement: 'gemini-2.5-flash' },
    prices: { ...genaiPrices, input: 0.1, cachedInput: 0.025, output: 0.4, audioInput: 0.7 },
  }),
  model('gemini-2.0-flash-lite', {
    ...gemini2,
    aliases: ['gemini-2.0-flash-lite-001'],
    tier: 'simple',
    released: '2025-02-25',
    lifecycle: { shutdownDate: '2026-06-01', replacement: 'gemini-2.5-flash-lite' },
    prices: { ...genaiPrices, input: 0.075, output: 0.3 },
  }),
  model('gemini-1.5-pro', {
    ...gemini2,
    contextWindow: 2_000_000,
    aliases: ['gemini-1.5-pro-002', 'gemini-1.5-pro-001', 'gemini-1.5-pro-latest'],
    tier: 'complex',
    lifecycle: { shutdownDate: '2025-09-29' },
    prices: { ...genaiPrices, input: 1.25, output: 5, longContext: [{ above: 128_000, input: 2.5, output: 10 }] },
  }),
  model('gemini-1.5-flash', {
    ...gemini2,
    contextWindow: 1_000_000,
    aliases: ['gemini-1.5-flash-002', 'gemini-1.5-flash-001', 'gemini-1.5-flash-latest'],
    tier: 'standard',
    lifecycle: { shutdownDate: '2025-09-29' },
    prices: {
      ...genaiPrices,
      input: 0.075,
      cachedInput: 0.01875,
      output: 0.3,
      longContext: [{ above: 128_000, input: 0.15, cachedInput: 0.0375, output: 0.6 }],
    },
  }),
  model('gemini-1.5-flash-8b', {
    ...gemini2,
    contextWindow: 1_000_000,
    aliases: ['gemini-1.5-flash-8b-001', 'gemini-1.5-flash-8b-latest'],
    tier: 'simple',
    lifecycle: { shutdownDate: '2025-09-29' },
    prices: {
      ...genaiPrices,
      input: 0.0375,
      cachedInput: 0.01,
      output: 0.15,
      longContext: [{ above: 128_000, input: 0.075, cachedInput: 0.02, output: 0.3 }],
    },
  }),
  // Free of charge on this API, without a paid tier; not a price we could bill by.
  model('gemma-4-31b-it', {
    contextWindow: 262_144,
    maxOutput: 32_768,
    tier: 'standard',
    input: ['text', 'image'],
    features: thinking,
    released: '2026-04-02',
    prices: null,
  }),
  model('gemma-4-26b-a4b-it', {
    contextWindow: 262_144,
    maxOutput: 32_768,
    tier: 'simple',
    input: ['text', 'image'],
    features: thinking,
    released: '2026-04-02',
    prices: null,
  }),
  model('gemini-embedding-001', {
    contextWindow: 2048,
    tier: 'simple',
    input: ['text'],
    features: [],
    released: '2025-05-20',
    prices: { ...genaiPrices, input: 0.15, output: 0 },
  }),
]
