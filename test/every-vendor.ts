import type { ProviderAdapter } from '../src/contracts/adapter.ts'
import { anthropic, anthropicBedrock, anthropicVertex } from '../src/providers/anthropic/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import { cohere, deepseek, groq, openrouter, xai } from '../src/providers/family/index.ts'
import { google, vertex } from '../src/providers/google/index.ts'
import { m365Copilot } from '../src/providers/m365-copilot/index.ts'
import { mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { perplexity } from '../src/providers/perplexity/index.ts'
import { replicate } from '../src/providers/replicate/index.ts'
import type { SimulatedVendor, WireFetch } from '../src/testing/index.ts'

/** Where an adapter's requests go. */
export interface DoorWire {
  readonly baseURL: string
  readonly fetch?: WireFetch
  readonly allowInsecureHttp?: boolean
}

/** One way to reach models: a vendor's wire format and the adapter that speaks it. */
export interface Door {
  readonly name: string
  /** Whose wire format it is. */
  readonly vendor: SimulatedVendor
  /** A model that thinks and calls functions, as far as the vendor has any. */
  readonly model: string
  readonly create: (wire: DoorWire) => ProviderAdapter
  /** What its models can do besides writing. */
  readonly does: readonly ('tools' | 'choices' | 'refusals')[]
  /** How its answers may end, besides in calls. Default: in any of OpenAI's ways. */
  readonly finishes?: readonly string[]
  /** What a stream's bytes hold where, and only where, an answer has been finished. */
  readonly finished: string
}

const chat = { does: ['tools', 'choices', 'refusals'], finished: '"finish_reason":"' } as const
const oneChoice = { ...chat, does: ['tools', 'refusals'] } as const
const messages = { does: ['tools'], finished: 'message_delta' } as const
const gemini = { vendor: 'google', model: 'gemini-3.8-flash', does: ['tools'], finished: '"finishReason":"' } as const
const converse = { vendor: 'bedrock', does: ['tools'], finished: 'messageStop' } as const
const items = { does: ['tools', 'refusals'], finished: 'response.completed' } as const
const inRegion = (wire: DoorWire) => bedrock({ ...wire, region: 'us-east-1' })

/** Every wire format that the package speaks, by every adapter that speaks it in its own way. */
export const doors: readonly Door[] = [
  { ...chat, name: 'openai', vendor: 'openai', model: 'gpt-4o', create: openai },
  {
    ...items,
    name: 'openai (Responses)',
    vendor: 'openai',
    model: 'gpt-6-luna',
    create: (wire) => openai({ ...wire, id: 'openai-responses', api: 'responses' }),
  },
  { ...chat, name: 'azure', vendor: 'azure', model: 'gpt-4o', create: azure },
  { ...messages, name: 'anthropic', vendor: 'anthropic', model: 'claude-sonnet-5-5', create: anthropic },
  {
    ...messages,
    name: 'anthropic (Bedrock)',
    vendor: 'anthropic-bedrock',
    model: 'us.anthropic.claude-sonnet-5-5',
    create: (wire) => anthropicBedrock({ ...wire, region: 'us-east-1' }),
    // The beginning of such an event in base64.
    finished: Buffer.from('{"type":"message_delta"').toString('base64').slice(0, -4),
  },
  {
    ...messages,
    name: 'anthropic (Mantle)',
    vendor: 'anthropic-mantle',
    model: 'anthropic.claude-opus-5-5',
    create: (wire) => anthropicBedrock({ ...wire, id: 'anthropic-mantle', region: 'us-east-1', endpoint: 'mantle' }),
  },
  {
    ...messages,
    name: 'anthropic (Vertex AI)',
    vendor: 'anthropic-vertex',
    model: 'claude-opus-5-5',
    create: (wire) => anthropicVertex({ ...wire, project: 'p', key: 'VERTEX_TOKEN' }),
  },
  { ...gemini, name: 'google', create: google },
  { ...gemini, name: 'vertex', create: vertex },
  {
    name: 'mistral',
    vendor: 'mistral',
    model: 'mistral-medium-latest',
    create: mistral,
    does: ['tools', 'choices'],
    finished: '"finish_reason":"',
  },
  { ...converse, name: 'bedrock (Claude)', model: 'us.anthropic.claude-sonnet-5-5', create: inRegion },
  { ...converse, name: 'bedrock (Nova)', model: 'us.amazon.nova-2-lite-v1:0', create: inRegion },
  { ...chat, name: 'xai', vendor: 'xai', model: 'grok-4.6', create: xai },
  { ...oneChoice, name: 'deepseek', vendor: 'deepseek', model: 'deepseek-v4-pro', create: deepseek },
  { ...oneChoice, name: 'groq', vendor: 'groq', model: 'openai/gpt-oss-120b', create: groq },
  { ...oneChoice, name: 'openrouter', vendor: 'openrouter', model: 'openai/gpt-oss-120b', create: openrouter },
  {
    name: 'cohere',
    vendor: 'cohere',
    model: 'command-a-reasoning-08-2025',
    create: cohere,
    does: ['tools'],
    finished: 'message-end',
  },
  { ...items, name: 'perplexity', vendor: 'perplexity', model: 'perplexity/sonar', create: perplexity },
  {
    name: 'replicate',
    vendor: 'replicate',
    model: 'meta/meta-llama-3-70b-instruct',
    create: replicate,
    does: [],
    // What a filter stops is a prediction that failed: it has no tokens, and ends with an event of its own.
    finishes: ['stop', 'length'],
    finished: 'event: done',
  },
  {
    name: 'm365-copilot',
    vendor: 'm365-copilot',
    model: 'microsoft-365-copilot',
    create: (wire) => m365Copilot({ ...wire, timeZone: 'Europe/Oslo' }),
    does: [],
    finished: '"turnCount":1',
  },
]
