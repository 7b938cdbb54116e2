// The module that the corpus runner loads: one recorded case through the public client, one provider, no second try.
import { createRouter, memoryKeys } from '../../src/index.ts'
import type { ProviderAdapter } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic/index.ts'
import { google, vertex } from '../../src/providers/google/index.ts'
import { openai } from '../../src/providers/openai/index.ts'

interface Context {
  readonly provider: string
  readonly api: string
  readonly fetch: typeof fetch
  readonly request: { readonly model: string }
}

const adapters: Readonly<Record<string, (fetch: Context['fetch']) => ProviderAdapter>> = {
  openai: (fetch) => openai({ fetch }),
  anthropic: (fetch) => anthropic({ fetch }),
  google: (fetch) => google({ fetch }),
  // Gemini's OpenAI-compatible door speaks the other dialect.
  'google chat': (fetch) => openai({ id: 'google', fetch, baseURL: 'https://generativelanguage.googleapis.com/v1beta/openai' }),
  vertex: (fetch) => vertex({ fetch, project: 'project', location: 'us-central1' }),
}

const keys = memoryKeys({
  OPENAI_API_KEY: 'sk-corpus-key-1',
  ANTHROPIC_API_KEY: 'sk-ant-corpus-key-1',
  GEMINI_API_KEY: 'corpus-key-0001',
  GOOGLE_CLOUD_API_KEY: 'corpus-key-0002',
})

export const supports = ({ provider }: { readonly provider: string }): boolean => provider in adapters

export async function run({ provider, api, fetch, request }: Context): Promise<unknown> {
  const make = adapters[`${provider} ${api}`] ?? adapters[provider]
  if (make === undefined) throw new Error(`no adapter for ${provider}`)
  const client = createRouter({ providers: [make(fetch)], keys, maxRetries: 0 })
  // What the recorder asked for is the vendor's own model, in whatever year: the provider's name in front says so.
  return client.post('/chat/completions', {
    body: { ...request, model: `${provider}/${request.model}` },
    stream: 'stream' in request && request.stream === true,
  })
}
