import type { ProviderAdapter } from '../contracts/adapter.ts'
import { lazyAdapter } from './lazy.ts'

/**
 * The adapters that a router takes when its options name none, as far as their keys are there. One line a provider; the
 * code behind it is loaded when a request may first come to it.
 */
export const builtinAdapters: readonly (() => ProviderAdapter)[] = [
  () =>
    lazyAdapter({ id: 'openai', key: 'OPENAI_API_KEY', embeds: true }, async () => (await import('./openai/index.ts')).openai()),
  () =>
    lazyAdapter({ id: 'anthropic', key: 'ANTHROPIC_API_KEY', embeds: false }, async () =>
      (await import('./anthropic/index.ts')).anthropic(),
    ),
  () =>
    lazyAdapter({ id: 'google', key: 'GEMINI_API_KEY', embeds: true }, async () => (await import('./google/index.ts')).google()),
]
