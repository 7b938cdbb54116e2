import { createRouter, memoryKeys } from '../../src/index.ts'
import type { RouterClient } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic/index.ts'
import { azure } from '../../src/providers/azure/index.ts'
import { bedrock } from '../../src/providers/bedrock/index.ts'
import { deepseek, xai } from '../../src/providers/family/index.ts'
import { githubCopilot } from '../../src/providers/github-copilot/index.ts'
import { google, vertex } from '../../src/providers/google/index.ts'
import { m365Copilot } from '../../src/providers/m365-copilot/index.ts'
import { mistral } from '../../src/providers/mistral/index.ts'
import { openai } from '../../src/providers/openai/index.ts'
import { perplexity } from '../../src/providers/perplexity/index.ts'
import { replicate } from '../../src/providers/replicate/index.ts'
import { fakeClock, vendorSimulator } from '../../src/testing/index.ts'
import type { VendorSimulator } from '../../src/testing/index.ts'
import { FakeCopilot, answer } from '../providers/github-copilot-fake.ts'
import type { Fields } from './cells.ts'
import { llama } from './prompts.ts'

/** One vendor, or one of its doors. */
export interface Column {
  /** The folder of its adapter. */
  readonly folder: string
  /** The model that is asked where a cell names no other. */
  readonly model: string
  /** What the path of a request ends with. */
  readonly path: RegExp
  /** The body of a request in which the user says Hi. */
  readonly plain: (model: string) => Fields
}

const hi = [{ role: 'user', content: 'Hi' }]
const chat = { path: /\/chat\/completions$/, plain: (model: string) => ({ model, messages: hi }) } as const
const gemini = {
  folder: 'google',
  model: 'gemini-3.8-flash',
  path: /:(?:generate|streamGenerate)Content$/,
  plain: () => ({ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }], generationConfig: {} }),
} as const

/** What a Claude model can write at most, which is what the vendor wants to hear where the caller says nothing. */
const mostOutput: Readonly<Record<string, number>> = { 'claude-haiku-4-5': 64_000, 'claude-sonnet-4': 64_000 }

/** The columns of the table. */
export const columns = {
  openai: { ...chat, folder: 'openai', model: 'gpt-4o' },
  'openai responses': {
    folder: 'openai',
    model: 'gpt-6-luna',
    path: /\/responses$/,
    plain: (model: string) => ({
      model,
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
      store: false,
      include: ['reasoning.encrypted_content'],
    }),
  },
  azure: { ...chat, folder: 'azure', model: 'gpt-4o' },
  anthropic: {
    folder: 'anthropic',
    model: 'claude-sonnet-5-5',
    path: /\/v1\/messages$/,
    plain: (model: string) => ({
      model,
      max_tokens: mostOutput[model] ?? 128_000,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    }),
  },
  google: gemini,
  vertex: gemini,
  mistral: { ...chat, folder: 'mistral', model: 'mistral-medium-latest' },
  bedrock: {
    folder: 'bedrock',
    model: 'us.anthropic.claude-sonnet-5-5',
    path: /\/converse(?:-stream)?$/,
    plain: () => ({ messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }),
  },
  xai: { ...chat, folder: 'family', model: 'grok-4.6' },
  deepseek: { ...chat, folder: 'family', model: 'deepseek-v4-pro' },
  perplexity: {
    folder: 'perplexity',
    model: 'perplexity/sonar',
    path: /\/v1\/responses$/,
    plain: (model: string) => ({ model, input: [{ type: 'message', role: 'user', content: 'Hi' }], store: false }),
  },
  replicate: {
    folder: 'replicate',
    model: 'meta/meta-llama-3-70b-instruct',
    path: /\/predictions$/,
    plain: () => llama(),
  },
  // No request is seen here but what its SDK is told: a session, and the one message of it.
  'github-copilot': {
    folder: 'github-copilot',
    model: 'gpt-5.4',
    path: /^session$/,
    plain: (model: string) => ({
      model,
      systemMessage: { mode: 'replace', content: '' },
      availableTools: [],
      prompt: 'Hi',
    }),
  },
  'm365-copilot': {
    folder: 'm365-copilot',
    model: 'microsoft-365-copilot',
    path: /\/chat(?:OverStream)?$/,
    plain: () => ({ message: { text: 'Hi' }, locationHint: { timeZone: 'Europe/Oslo' } }),
  },
} as const satisfies Readonly<Record<string, Column>>

/** The name of a column. */
export type ColumnName = keyof typeof columns

/** Every column's adapter in one router, and the simulated vendors behind it. */
export interface WireBench extends AsyncDisposable {
  readonly simulator: VendorSimulator
  readonly client: RouterClient
  /** What a column's vendor was asked so far, with everybody else of the simulator's. */
  sent(column: ColumnName): readonly Sent[]
  /** The model string of a model in a column. */
  target(column: ColumnName, model: string): string
}

/** What a vendor was asked. */
export interface Sent {
  readonly path: string
  readonly body: unknown
}

/** What a session is told that requests decide. */
const told = ['model', 'systemMessage', 'reasoningEffort', 'tools', 'availableTools', 'toolSearch']

/** The sessions of a client, as if each had been a request. */
function sessions({ configs, messages }: FakeCopilot): readonly Sent[] {
  return messages.map((message, index) => {
    const config = Object.entries(configs[index] ?? {}).filter(([name]) => told.includes(name))
    return { path: 'session', body: { ...Object.fromEntries(config), ...message } }
  })
}

/** Opens all columns. */
export async function openWire(): Promise<WireBench> {
  const simulator = await vendorSimulator()
  const at = (vendor: string) => simulator.door(vendor)
  // The host of the one image of the tables is this machine.
  const media = { download: { allowPrivate: true } }
  // Whatever is asked, this answers it: JSON that keeps to the one schema of the tables.
  const words = '{"city":"Oslo"}'
  simulator.answer('*', words)
  const copilot = new FakeCopilot(() => answer(words))
  const adapters = {
    openai: openai(at('openai')),
    'openai responses': openai({ ...at('openai'), id: 'responses', api: 'responses' }),
    azure: azure(at('azure')),
    anthropic: anthropic(at('anthropic')),
    google: google({ ...at('google'), media }),
    vertex: vertex(at('google')),
    mistral: mistral(at('mistral')),
    bedrock: bedrock({ ...at('bedrock'), region: 'us-east-1', media }),
    xai: xai(at('xai')),
    deepseek: deepseek(at('deepseek')),
    perplexity: perplexity(at('perplexity')),
    replicate: replicate(at('replicate')),
    'github-copilot': githubCopilot({ client: copilot, tools: true, media }),
    'm365-copilot': m365Copilot({ ...at('m365-copilot'), timeZone: 'Europe/Oslo' }),
  } as const satisfies Readonly<Record<ColumnName, unknown>>
  const providers = Object.values(adapters)
  const keys = memoryKeys(Object.fromEntries(providers.flatMap(({ key }) => (key === null ? [] : [[key, 'key-of-the-wire']]))))
  const client = createRouter({ providers, keys, maxRetries: 0, clock: fakeClock() })
  return {
    simulator,
    client,
    sent: (column) =>
      column === 'github-copilot' ? sessions(copilot) : simulator.requests.filter(({ operation }) => operation === 'chat'),
    target: (column, model) => `${adapters[column].id}/${model}`,
    async [Symbol.asyncDispose]() {
      await client.close()
      await simulator.close()
    },
  }
}
