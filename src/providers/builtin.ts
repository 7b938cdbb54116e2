import type { ProviderAdapter } from '../contracts/adapter.ts'
import { anthropic } from './anthropic/index.ts'
import { google } from './google/index.ts'
import { openai } from './openai/index.ts'

/** The adapters that a router takes when its options name none, as far as their keys are there. One line a provider. */
export const builtinAdapters: readonly (() => ProviderAdapter)[] = [() => openai(), () => anthropic(), () => google()]
