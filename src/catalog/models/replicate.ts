// Language models that Replicate hosts, by their names there. Windows are the models' own; Llama 4's are left out, for hosts
// rarely serve all of it. Of the prices the vendor's page on billing (replicate.com/docs/billing, read 2026-11-22) confirms
// the one of the 405B model, by its example; the others are third parties' copies of its price list.
import type { ModelCard } from '../../contracts/catalog.ts'

const asOf = '2026-11-22'
const vendor = { source: 'replicate.com/docs/billing: its example of a bill', asOf }
const litellm = { source: 'third party: the price list of LiteLLM, not confirmed by the vendor', asOf }
const unify = { source: 'third party: the price list of Unify, not confirmed by the vendor', asOf }

function model(id: string, card: Omit<ModelCard, 'provider' | 'id' | 'input' | 'features'>): ModelCard {
  return { provider: 'replicate', id, input: ['text'], features: ['streaming', 'json_object'], ...card }
}

/** Replicate's official open models. Any other model, version or deployment there can be named all the same. */
export const replicateModels: readonly ModelCard[] = [
  model('meta/llama-4-maverick-instruct', { tier: 'standard', prices: { ...unify, input: 0.25, output: 0.95 } }),
  model('meta/llama-4-scout-instruct', { tier: 'simple', prices: { ...unify, input: 0.17, output: 0.65 } }),
  model('meta/meta-llama-3.1-405b-instruct', {
    tier: 'standard',
    contextWindow: 128_000,
    prices: { ...vendor, input: 9.5, output: 9.5 },
  }),
  model('meta/meta-llama-3-70b-instruct', {
    tier: 'simple',
    contextWindow: 8192,
    prices: { ...litellm, input: 0.65, output: 2.75 },
  }),
  model('meta/meta-llama-3-8b-instruct', {
    tier: 'simple',
    contextWindow: 8192,
    prices: { ...litellm, input: 0.05, output: 0.25 },
  }),
  model('mistralai/mixtral-8x7b-instruct-v0.1', {
    tier: 'simple',
    contextWindow: 32_768,
    prices: { ...litellm, input: 0.3, output: 1 },
  }),
  model('meta/llama-2-70b-chat', { tier: 'simple', contextWindow: 4096, prices: { ...litellm, input: 0.65, output: 2.75 } }),
]
