// The module that the corpus runner loads: one recorded case through the public client, one provider, no second try.
import { createRouter, memoryKeys } from '../../src/index.ts'
import type { ProviderAdapter } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic/index.ts'
import { azure } from '../../src/providers/azure/index.ts'
import { bedrock } from '../../src/providers/bedrock/index.ts'
import * as family from '../../src/providers/family/index.ts'
import { google, vertex } from '../../src/providers/google/index.ts'
import { m365Copilot } from '../../src/providers/m365-copilot/index.ts'
import { mistral } from '../../src/providers/mistral/index.ts'
import { openai } from '../../src/providers/openai/index.ts'
import { replicate } from '../../src/providers/replicate/index.ts'

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
  mistral: (fetch) => mistral({ fetch }),
  bedrock: (fetch) => bedrock({ fetch, region: 'us-east-1' }),
  azure: (fetch) => azure({ fetch, resource: 'corpus' }),
  // Recorded before the vendor's Agent API: its older door speaks OpenAI's dialect.
  perplexity: (fetch) =>
    openai({ id: 'perplexity', key: 'PERPLEXITY_API_KEY', api: 'chat', fetch, baseURL: 'https://api.perplexity.ai' }),
  // Recorded from the service's own chat endpoint, which is no public API: the adapter goes by the SDK.
  'github-copilot': (fetch) =>
    family.openaiCompatible({ id: 'github-copilot', key: 'COPILOT_GITHUB_TOKEN', fetch, baseURL: 'https://api.githubcopilot.com' }),
  'm365-copilot': (fetch) => m365Copilot({ fetch }),
  replicate: (fetch) => replicate({ fetch }),
  xai: (fetch) => family.xai({ fetch }),
  deepseek: (fetch) => family.deepseek({ fetch }),
  groq: (fetch) => family.groq({ fetch }),
  together: (fetch) => family.together({ fetch }),
  openrouter: (fetch) => family.openrouter({ fetch }),
  cerebras: (fetch) => family.cerebras({ fetch }),
  cohere: (fetch) => family.cohere({ fetch }),
  huggingface: (fetch) => family.huggingface({ fetch }),
  moonshot: (fetch) => family.moonshot({ fetch }),
  alibaba: (fetch) => family.qwen({ id: 'alibaba', fetch }),
  zai: (fetch) => family.zai({ fetch }),
  compat: (fetch) => family.openaiCompatible({ id: 'compat', fetch, baseURL: 'https://compat.example/v1' }),
}

const keys = memoryKeys({
  OPENAI_API_KEY: 'sk-corpus-key-1',
  ANTHROPIC_API_KEY: 'sk-ant-corpus-key-1',
  GEMINI_API_KEY: 'corpus-key-0001',
  GOOGLE_CLOUD_API_KEY: 'corpus-key-0002',
  AWS_BEARER_TOKEN_BEDROCK: 'corpus-key-0003',
  MISTRAL_API_KEY: 'corpus-key-0004',
  AZURE_OPENAI_API_KEY: 'corpus-key-0005',
  PERPLEXITY_API_KEY: 'corpus-key-0006',
  XAI_API_KEY: 'corpus-key-0007',
  DEEPSEEK_API_KEY: 'corpus-key-0008',
  GROQ_API_KEY: 'corpus-key-0009',
  TOGETHER_API_KEY: 'corpus-key-0010',
  OPENROUTER_API_KEY: 'corpus-key-0011',
  CEREBRAS_API_KEY: 'corpus-key-0012',
  COHERE_API_KEY: 'corpus-key-0013',
  HF_TOKEN: 'corpus-key-0014',
  MOONSHOT_API_KEY: 'corpus-key-0015',
  DASHSCOPE_API_KEY: 'corpus-key-0016',
  ZAI_API_KEY: 'corpus-key-0017',
  COPILOT_GITHUB_TOKEN: 'corpus-key-0021',
  COMPAT_API_KEY: 'corpus-key-0018',
  M365_COPILOT_TOKEN: 'corpus-key-0019',
  REPLICATE_API_TOKEN: 'corpus-key-0020',
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
