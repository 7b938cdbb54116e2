import type { ProviderAdapter } from '../contracts/adapter.ts'
import { lazyAdapter } from './lazy.ts'
import type { Known } from './lazy.ts'

/**
 * The adapters that a router takes when its options name none, as far as their keys are there. One line a provider; the
 * code behind it is loaded when a request may first come to it. Those that need to be told more than a key (a region, a
 * resource, a host) are not among them.
 */
export const builtinAdapters: readonly (() => ProviderAdapter)[] = [
  builtin(
    { id: 'openai', key: 'OPENAI_API_KEY', embeds: true, moderationModel: 'omni-moderation-latest', forwards: true },
    async () => (await import('./openai/index.ts')).openai(),
  ),
  builtin({ id: 'anthropic', key: 'ANTHROPIC_API_KEY' }, async () => (await import('./anthropic/index.ts')).anthropic()),
  builtin({ id: 'google', key: 'GEMINI_API_KEY', embeds: true }, async () => (await import('./google/index.ts')).google()),
  builtin({ id: 'mistral', key: 'MISTRAL_API_KEY', embeds: true, moderationModel: 'mistral-moderation-2603' }, async () =>
    (await import('./mistral/index.ts')).mistral(),
  ),
  builtin({ id: 'xai', key: 'XAI_API_KEY' }, async () => (await import('./family/index.ts')).xai()),
  builtin({ id: 'deepseek', key: 'DEEPSEEK_API_KEY' }, async () => (await import('./family/index.ts')).deepseek()),
  builtin({ id: 'perplexity', key: 'PERPLEXITY_API_KEY', embeds: true }, async () =>
    (await import('./perplexity/index.ts')).perplexity(),
  ),
  builtin({ id: 'replicate', key: 'REPLICATE_API_TOKEN' }, async () => (await import('./replicate/index.ts')).replicate()),
  builtin({ id: 'groq', key: 'GROQ_API_KEY' }, async () => (await import('./family/index.ts')).groq()),
  builtin({ id: 'together', key: 'TOGETHER_API_KEY', embeds: true }, async () => (await import('./family/index.ts')).together()),
  builtin({ id: 'fireworks', key: 'FIREWORKS_API_KEY', embeds: true }, async () => (await import('./family/index.ts')).fireworks()),
  builtin({ id: 'openrouter', key: 'OPENROUTER_API_KEY', embeds: true }, async () =>
    (await import('./family/index.ts')).openrouter(),
  ),
  builtin({ id: 'cerebras', key: 'CEREBRAS_API_KEY' }, async () => (await import('./family/index.ts')).cerebras()),
  builtin({ id: 'cohere', key: 'COHERE_API_KEY', embeds: true }, async () => (await import('./family/index.ts')).cohere()),
  builtin({ id: 'nvidia', key: 'NVIDIA_API_KEY', embeds: true }, async () => (await import('./family/index.ts')).nvidia()),
  builtin({ id: 'huggingface', key: 'HF_TOKEN' }, async () => (await import('./family/index.ts')).huggingface()),
  builtin({ id: 'moonshot', key: 'MOONSHOT_API_KEY' }, async () => (await import('./family/index.ts')).moonshot()),
  builtin({ id: 'qwen', key: 'DASHSCOPE_API_KEY', embeds: true }, async () => (await import('./family/index.ts')).qwen()),
  builtin({ id: 'zai', key: 'ZAI_API_KEY' }, async () => (await import('./family/index.ts')).zai()),
]

function builtin(known: Known, make: () => Promise<ProviderAdapter>): () => ProviderAdapter {
  return () => lazyAdapter(known, make)
}
