import type { Tier } from '../contracts/catalog.ts'

/**
 * The models of each tier where the user names none, cheap to best: of all configured providers, in this order. Every one
 * is served beyond January 2027. The very dearest models are left to the user's own lists, because a fallback must not
 * multiply the bill.
 */
export const defaultTiers: Readonly<Record<Tier, readonly string[]>> = {
  simple: [
    'openai/gpt-6-luna',
    'anthropic/claude-haiku-5-5',
    'google/gemini-2.5-flash-lite',
    'google/gemini-3.5-flash-lite',
    'mistral/mistral-small-2603',
    'deepseek/deepseek-flash',
  ],
  standard: [
    'google/gemini-3.8-flash',
    'openai/gpt-6.1-terra',
    'anthropic/claude-sonnet-5-5',
    'mistral/mistral-large-2512',
    'xai/grok-4.3',
  ],
  complex: [
    'openai/gpt-6.1-sol',
    'google/gemini-4-argon',
    'anthropic/claude-opus-5-5',
    'xai/grok-4.6',
    'mistral/mistral-large-4',
    'deepseek/deepseek-v4-pro',
  ],
}
