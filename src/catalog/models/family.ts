// Prices and windows: `@pydantic/genai-prices` 0.1.8 unless a card names another source. Lifecycles: the vendors' own pages,
// named beside the cards, read 2026-11-22.
import type { ModelCard } from '../../contracts/catalog.ts'

const asOf = '2026-11-22'
const genaiPrices = { source: '@pydantic/genai-prices 0.1.8', asOf }
/** Off-peak rates; `terms.ts` has the hours at which the vendor charges twice as much. */
const deepseekPrices = { source: 'https://api-docs.deepseek.com/quick_start/pricing (off-peak)', asOf }

const text = ['text'] as const
const visual = ['text', 'image'] as const

const plain = ['streaming', 'tools', 'json_object'] as const
const structured = [...plain, 'json_schema'] as const
const thinking = [...structured, 'reasoning'] as const
const thinkingLoosely = [...plain, 'reasoning'] as const

type Row = Omit<ModelCard, 'provider' | 'id'>

function at(provider: string): (id: string, card: Row) => ModelCard {
  return (id, card) => ({ provider, id, ...card })
}

const xai = at('xai')
const deepseek = at('deepseek')
const groq = at('groq')
const cerebras = at('cerebras')
const together = at('together')
const fireworks = at('fireworks')
const cohere = at('cohere')
const moonshot = at('moonshot')
const zai = at('zai')

const grok43 = {
  ...genaiPrices,
  input: 1.25,
  cachedInput: 0.2,
  output: 2.5,
  longContext: [{ above: 199_999, input: 2.5, cachedInput: 0.4, output: 5 }],
}
/** docs.x.ai/developers/migration/may-15-retirement: served, and charged, as the model that took their place. */
const toGrok43 = { shutdownDate: '2026-05-15', replacement: 'grok-4.3', rerouted: true }
const retiredGrok = { input: visual, prices: grok43, lifecycle: toGrok43 }

const flashRates = { ...deepseekPrices, input: 0.15, cachedInput: 0.003, output: 0.6 }
/** api-docs.deepseek.com/news/news260424: the names end at 15:59 UTC of that day. */
const toFlash = { shutdownDate: '2026-07-24', replacement: 'deepseek-flash' }

/** Models of the OpenAI-compatible vendors, newest first within a vendor. */
export const familyModels: readonly ModelCard[] = [
  xai('grok-4.6', {
    tier: 'complex',
    contextWindow: 500_000,
    input: visual,
    features: thinking,
    prices: {
      ...genaiPrices,
      input: 2,
      cachedInput: 0.5,
      output: 6,
      longContext: [{ above: 199_999, input: 4, cachedInput: 1, output: 12 }],
    },
  }),
  xai('grok-4.5', {
    tier: 'complex',
    contextWindow: 500_000,
    input: visual,
    features: thinking,
    prices: {
      ...genaiPrices,
      input: 2,
      cachedInput: 0.3,
      output: 6,
      longContext: [{ above: 199_999, input: 4, cachedInput: 0.6, output: 12 }],
    },
  }),
  xai('grok-4.3', { tier: 'standard', contextWindow: 1_000_000, input: visual, features: thinking, prices: grok43 }),
  xai('grok-4.20', {
    aliases: ['grok-4.20-reasoning', 'grok-4.20-0309-reasoning', 'grok-4.20-non-reasoning', 'grok-4.20-0309-non-reasoning'],
    tier: 'standard',
    contextWindow: 1_000_000,
    input: visual,
    features: structured,
    prices: grok43,
  }),
  xai('grok-build-0.1', {
    tier: 'standard',
    contextWindow: 256_000,
    input: text,
    features: thinking,
    prices: {
      ...genaiPrices,
      input: 1,
      cachedInput: 0.2,
      output: 2,
      longContext: [{ above: 199_999, input: 2, cachedInput: 0.4, output: 4 }],
    },
  }),
  xai('grok-4-1-fast-reasoning', { ...retiredGrok, aliases: ['grok-4-1-fast'], tier: 'simple', features: thinking }),
  xai('grok-4-1-fast-non-reasoning', { ...retiredGrok, tier: 'simple', features: structured }),
  xai('grok-4-fast-reasoning', { ...retiredGrok, aliases: ['grok-4-fast'], tier: 'simple', features: thinking }),
  xai('grok-4-fast-non-reasoning', { ...retiredGrok, tier: 'simple', features: structured }),
  xai('grok-4-0709', { ...retiredGrok, aliases: ['grok-4', 'grok-4-latest'], tier: 'complex', features: thinking }),
  xai('grok-code-fast-1', { ...retiredGrok, tier: 'standard', features: thinking }),
  xai('grok-3', { ...retiredGrok, tier: 'standard', features: structured }),

  // The older names are served by the model of this one, and charged as it is.
  deepseek('deepseek-flash', {
    aliases: ['deepseek-v4-flash', 'deepseek-v4-flash-vision-exp'],
    tier: 'simple',
    contextWindow: 1_000_000,
    maxOutput: 384_000,
    input: visual,
    features: [...thinkingLoosely, 'logprobs'],
    prices: flashRates,
  }),
  deepseek('deepseek-v4-pro', {
    tier: 'complex',
    contextWindow: 1_000_000,
    maxOutput: 384_000,
    input: text,
    features: [...thinkingLoosely, 'logprobs'],
    prices: { ...deepseekPrices, input: 0.66, cachedInput: 0.022, output: 1.98 },
  }),
  deepseek('deepseek-chat', { tier: 'simple', input: text, features: plain, prices: flashRates, lifecycle: toFlash }),
  deepseek('deepseek-reasoner', {
    tier: 'standard',
    input: text,
    features: thinkingLoosely,
    prices: flashRates,
    lifecycle: toFlash,
  }),
  // Merged into the chat model on 2024-09-05 (api-docs.deepseek.com/news/news0905), and gone with its name.
  deepseek('deepseek-coder', { tier: 'simple', input: text, features: plain, prices: flashRates, lifecycle: toFlash }),

  groq('openai/gpt-oss-120b', {
    tier: 'standard',
    contextWindow: 131_072,
    maxOutput: 65_536,
    input: text,
    features: thinking,
    prices: { ...genaiPrices, input: 0.15, cachedInput: 0.075, output: 0.6 },
  }),
  groq('openai/gpt-oss-20b', {
    tier: 'simple',
    contextWindow: 131_072,
    maxOutput: 65_536,
    input: text,
    features: thinking,
    prices: { ...genaiPrices, input: 0.075, cachedInput: 0.0375, output: 0.3 },
  }),
  groq('qwen/qwen3-32b', {
    tier: 'standard',
    contextWindow: 131_072,
    maxOutput: 40_960,
    input: text,
    features: thinkingLoosely,
    prices: { ...genaiPrices, input: 0.29, output: 0.59 },
  }),
  groq('llama-3.3-70b-versatile', {
    tier: 'standard',
    contextWindow: 131_072,
    maxOutput: 32_768,
    input: text,
    features: plain,
    prices: { ...genaiPrices, input: 0.59, output: 0.79 },
  }),
  groq('llama-3.1-8b-instant', {
    tier: 'simple',
    contextWindow: 131_072,
    input: text,
    features: plain,
    prices: { ...genaiPrices, input: 0.05, output: 0.08 },
  }),

  cerebras('gpt-oss-120b', {
    tier: 'standard',
    contextWindow: 131_072,
    maxOutput: 40_960,
    input: text,
    features: thinking,
    prices: { ...genaiPrices, input: 0.35, output: 0.75 },
  }),
  cerebras('gemma-4-31b', {
    tier: 'standard',
    contextWindow: 131_072,
    input: text,
    features: structured,
    prices: { ...genaiPrices, input: 0.99, output: 1.49 },
  }),

  together('meta-llama/Llama-3.3-70B-Instruct-Turbo', {
    tier: 'standard',
    contextWindow: 131_072,
    input: text,
    features: structured,
    prices: { ...genaiPrices, input: 0.88, output: 0.88 },
  }),

  fireworks('accounts/fireworks/models/kimi-k3', {
    tier: 'complex',
    contextWindow: 1_040_000,
    input: visual,
    features: thinking,
    prices: { ...genaiPrices, input: 3, cachedInput: 0.3, output: 15 },
  }),
  fireworks('accounts/fireworks/models/glm-5p2', {
    tier: 'complex',
    contextWindow: 1_040_000,
    input: text,
    features: thinking,
    prices: { ...genaiPrices, input: 1.4, cachedInput: 0.14, output: 4.4 },
  }),
  fireworks('accounts/fireworks/models/deepseek-v4-pro', {
    tier: 'complex',
    contextWindow: 1_048_576,
    input: text,
    features: thinking,
    prices: { ...genaiPrices, input: 1.74, cachedInput: 0.145, output: 3.48 },
  }),
  fireworks('accounts/fireworks/models/gpt-oss-120b', {
    tier: 'standard',
    contextWindow: 131_072,
    input: text,
    features: thinking,
    prices: { ...genaiPrices, input: 0.15, cachedInput: 0.014, output: 0.6 },
  }),
  fireworks('accounts/fireworks/models/gpt-oss-20b', {
    tier: 'simple',
    contextWindow: 131_072,
    input: text,
    features: thinking,
    prices: { ...genaiPrices, input: 0.07, cachedInput: 0.035, output: 0.3 },
  }),

  cohere('command-a-plus-05-2026', { tier: 'complex', input: visual, features: thinking, prices: null }),
  cohere('command-a-reasoning-08-2025', {
    tier: 'standard',
    contextWindow: 288_000,
    maxOutput: 32_768,
    input: text,
    features: thinking,
    prices: null,
  }),
  cohere('command-a-03-2025', {
    tier: 'standard',
    contextWindow: 288_000,
    maxOutput: 8192,
    input: text,
    features: structured,
    prices: { ...genaiPrices, input: 2.5, output: 10 },
  }),
  cohere('command-r7b-12-2024', {
    tier: 'simple',
    contextWindow: 128_000,
    maxOutput: 4096,
    input: text,
    features: structured,
    prices: { ...genaiPrices, input: 0.0375, output: 0.15 },
  }),

  moonshot('kimi-k3', {
    tier: 'complex',
    contextWindow: 1_048_576,
    input: visual,
    features: thinking,
    prices: { ...genaiPrices, input: 3, cachedInput: 0.3, output: 15 },
  }),
  moonshot('kimi-k2.6', {
    tier: 'standard',
    contextWindow: 262_144,
    input: visual,
    features: thinking,
    prices: { ...genaiPrices, input: 0.95, cachedInput: 0.16, output: 4 },
  }),
  moonshot('kimi-k2.5', {
    tier: 'standard',
    contextWindow: 262_144,
    input: visual,
    features: thinking,
    prices: { ...genaiPrices, input: 0.6, cachedInput: 0.1, output: 3 },
  }),

  zai('glm-5.3', {
    tier: 'complex',
    contextWindow: 1_000_000,
    input: text,
    features: thinkingLoosely,
    prices: { ...genaiPrices, input: 1.4, cachedInput: 0.26, output: 4.4 },
  }),
  zai('glm-5.3-flash', {
    tier: 'simple',
    contextWindow: 1_000_000,
    input: text,
    features: thinkingLoosely,
    prices: { ...genaiPrices, input: 0.075, cachedInput: 0.015, output: 0.25 },
  }),
]
