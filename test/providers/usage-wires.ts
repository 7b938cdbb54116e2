import { Readable } from 'node:stream'
import * as fc from 'fast-check'
import type { ProviderAdapter } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic/index.ts'
import { azure } from '../../src/providers/azure/index.ts'
import { bedrock } from '../../src/providers/bedrock/index.ts'
import { cohere, deepseek, groq, openrouter, xai } from '../../src/providers/family/index.ts'
import { google } from '../../src/providers/google/index.ts'
import { mistral } from '../../src/providers/mistral/index.ts'
import { openai } from '../../src/providers/openai/index.ts'
import { perplexity } from '../../src/providers/perplexity/index.ts'
import { replicate } from '../../src/providers/replicate/index.ts'

/** What a vendor says it counted, in its own words. */
export type WireUsage = Readonly<Record<string, unknown>>

/** How one vendor reports usage: an adapter that gets it over its wire, and what the vendor means by it. */
export interface UsageWire {
  readonly vendor: string
  /** As the catalog calls it, with its provider. */
  readonly model: string
  readonly adapter: (body: () => unknown) => ProviderAdapter
  /** A whole answer with that usage. */
  readonly body: (usage: WireUsage) => unknown
  readonly usage: fc.Arbitrary<WireUsage>
  /** The vendor's own totals. */
  readonly totals: (usage: WireUsage) => { readonly prompt: number; readonly completion: number }
  /** Makes the vendor search, where only then its answer says how often. */
  readonly request?: Readonly<Record<string, unknown>>
}

type Fetch = () => Promise<Response>

const jsonOf =
  (body: () => unknown): Fetch =>
  () =>
    Promise.resolve(Response.json(body()))

/** A number at a dotted path; 0 where there is none. */
function at(usage: unknown, path: string): number {
  let value = usage
  for (const name of path.split('.')) value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  return typeof value === 'number' ? value : 0
}

const count = fc.oneof(fc.constant(0), fc.nat(50), fc.nat(2_000_000))

/** Parts that add up to at most the total that comes with them. */
function split(parts: number): fc.Arbitrary<{ readonly total: number; readonly parts: readonly number[] }> {
  return fc.tuple(count, fc.array(count, { minLength: parts, maxLength: parts })).map(([rest, of]) => ({
    total: rest + of.reduce((sum, part) => sum + part, 0),
    parts: of,
  }))
}

/** A whole answer in OpenAI's format. */
export function completion(model: string, usage: unknown): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_790_000_000,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
    usage,
  }
}

/** A whole answer of the Responses API. */
export function response(model: string, usage: unknown, output: readonly unknown[] = []): object {
  const message = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Yes.', annotations: [] }] }
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1_790_000_000,
    model,
    status: 'completed',
    output: [...output, message],
    usage,
  }
}

/** OpenAI's own shape: totals with all of their parts inside. */
const chatUsage = fc.tuple(split(3), split(2)).map(([prompt, answer]) => ({
  prompt_tokens: prompt.total,
  completion_tokens: answer.total,
  total_tokens: prompt.total + answer.total,
  prompt_tokens_details: { cached_tokens: prompt.parts[0], cache_write_tokens: prompt.parts[1], audio_tokens: prompt.parts[2] },
  completion_tokens_details: { reasoning_tokens: answer.parts[0], audio_tokens: answer.parts[1], rejected_prediction_tokens: 0 },
}))
const chatTotals: UsageWire['totals'] = (usage) => ({
  prompt: at(usage, 'prompt_tokens'),
  completion: at(usage, 'completion_tokens'),
})

const responsesUsage = fc.tuple(split(2), split(1)).map(([prompt, answer]) => ({
  input_tokens: prompt.total,
  input_tokens_details: { cached_tokens: prompt.parts[0], cache_write_tokens: prompt.parts[1] },
  output_tokens: answer.total,
  output_tokens_details: { reasoning_tokens: answer.parts[0] },
  total_tokens: prompt.total + answer.total,
}))
const responsesTotals: UsageWire['totals'] = (usage) => ({
  prompt: at(usage, 'input_tokens'),
  completion: at(usage, 'output_tokens'),
})

const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }

/** Every vendor whose usage has a form of its own. */
export const wires: readonly UsageWire[] = [
  {
    vendor: 'OpenAI, chat completions',
    model: 'openai/gpt-4o',
    adapter: (body) => openai({ fetch: jsonOf(body) }),
    body: (usage) => completion('gpt-4o', usage),
    usage: chatUsage,
    totals: chatTotals,
  },
  {
    vendor: 'OpenAI, Responses',
    model: 'openai/gpt-6-sol',
    adapter: (body) => openai({ fetch: jsonOf(body) }),
    body: (usage) => response('gpt-6-sol', usage),
    usage: responsesUsage,
    totals: responsesTotals,
    request: { tools: [tool] },
  },
  {
    vendor: 'Azure',
    model: 'azure/gpt-4o',
    adapter: (body) => azure({ resource: 'contoso', fetch: jsonOf(body) }),
    body: (usage) => completion('gpt-4o', usage),
    usage: chatUsage,
    totals: chatTotals,
  },
  {
    vendor: 'Anthropic',
    model: 'anthropic/claude-opus-5-5',
    adapter: (body) => anthropic({ fetch: jsonOf(body) }),
    body: (usage) => ({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-opus-5-5',
      content: [{ type: 'text', text: 'Yes.' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage,
    }),
    // The prompt's parts stand beside each other; those of the cache writes are inside.
    usage: fc.tuple(count, count, split(1), split(1), count).map(([input, cached, written, answer, compacted]) => ({
      input_tokens: input,
      cache_read_input_tokens: cached,
      cache_creation_input_tokens: written.total,
      cache_creation: {
        ephemeral_1h_input_tokens: written.parts[0],
        ephemeral_5m_input_tokens: written.total - (written.parts[0] ?? 0),
      },
      output_tokens: answer.total,
      output_tokens_details: { thinking_tokens: answer.parts[0] },
      iterations: [{ type: 'compaction', input_tokens: compacted, output_tokens: 7 }],
      service_tier: 'standard',
    })),
    totals: (usage) => {
      const iterations: unknown = usage['iterations']
      const compaction: unknown = Array.isArray(iterations) ? iterations[0] : undefined
      return {
        prompt:
          at(usage, 'input_tokens') +
          at(usage, 'cache_read_input_tokens') +
          at(usage, 'cache_creation_input_tokens') +
          at(compaction, 'input_tokens'),
        completion: at(usage, 'output_tokens') + at(compaction, 'output_tokens'),
      }
    },
  },
  {
    vendor: 'Gemini',
    model: 'google/gemini-3.8-flash',
    adapter: (body) => google({ fetch: jsonOf(body) }),
    body: (usage) => ({
      candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'Yes.' }] }, finishReason: 'STOP' }],
      usageMetadata: usage,
      modelVersion: 'gemini-3.8-flash',
    }),
    // Sound and pictures that were read from the cache are in both details. Thoughts stand beside the answer.
    usage: fc.tuple(split(2), split(2), split(1), count, count).map(([cached, fresh, answer, thoughts, found]) => ({
      promptTokenCount: cached.total + fresh.total + 1,
      cachedContentTokenCount: cached.total,
      toolUsePromptTokenCount: found,
      candidatesTokenCount: answer.total,
      thoughtsTokenCount: thoughts,
      totalTokenCount: cached.total + fresh.total + 1 + found + answer.total + thoughts,
      promptTokensDetails: [
        { modality: 'AUDIO', tokenCount: (cached.parts[0] ?? 0) + (fresh.parts[0] ?? 0) },
        { modality: 'IMAGE', tokenCount: (cached.parts[1] ?? 0) + (fresh.parts[1] ?? 0) },
      ],
      cacheTokensDetails: [
        { modality: 'AUDIO', tokenCount: cached.parts[0] },
        { modality: 'IMAGE', tokenCount: cached.parts[1] },
      ],
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: answer.parts[0] }],
    })),
    totals: (usage) => ({
      prompt: at(usage, 'promptTokenCount') + at(usage, 'toolUsePromptTokenCount'),
      completion: at(usage, 'candidatesTokenCount') + at(usage, 'thoughtsTokenCount'),
    }),
  },
  {
    vendor: 'Mistral',
    model: 'mistral/mistral-small-2603',
    adapter: (body) => mistral({ fetch: jsonOf(body) }),
    body: (usage) => completion('mistral-small-2603', usage),
    usage: fc.tuple(split(1), split(1)).map(([prompt, answer]) => ({
      prompt_tokens: prompt.total,
      completion_tokens: answer.total,
      total_tokens: prompt.total + answer.total,
      prompt_tokens_details: { cached_tokens: prompt.parts[0] },
      completion_tokens_details: { reasoning_tokens: answer.parts[0] },
    })),
    totals: chatTotals,
  },
  {
    vendor: 'Bedrock',
    model: 'bedrock/global.anthropic.claude-opus-5',
    adapter: (body) =>
      bedrock({
        region: 'us-east-1',
        requestHandler: {
          handle: () => {
            const text = JSON.stringify(body())
            return Promise.resolve({
              response: {
                statusCode: 200,
                headers: { 'content-type': 'application/json' },
                body: Readable.from([Buffer.from(text)]),
              },
            })
          },
        },
      }),
    body: (usage) => ({
      output: { message: { role: 'assistant', content: [{ text: 'Yes.' }] } },
      stopReason: 'end_turn',
      usage,
      metrics: { latencyMs: 1 },
    }),
    usage: fc.tuple(count, count, split(1), count).map(([input, cached, written, output]) => ({
      inputTokens: input,
      outputTokens: output,
      totalTokens: input + cached + written.total + output,
      cacheReadInputTokens: cached,
      cacheWriteInputTokens: written.total,
      cacheDetails: [{ ttl: '1h', inputTokens: written.parts[0] }],
    })),
    totals: (usage) => ({
      prompt: at(usage, 'inputTokens') + at(usage, 'cacheReadInputTokens') + at(usage, 'cacheWriteInputTokens'),
      completion: at(usage, 'outputTokens'),
    }),
  },
  {
    vendor: 'Perplexity',
    model: 'perplexity/perplexity/sonar',
    adapter: (body) => perplexity({ fetch: jsonOf(body) }),
    body: (usage) => response('perplexity/sonar', usage),
    usage: fc.tuple(split(2), count).map(([prompt, output]) => ({
      input_tokens: prompt.total,
      input_tokens_details: { cache_read_input_tokens: prompt.parts[0], cache_creation_input_tokens: prompt.parts[1] },
      output_tokens: output,
      total_tokens: prompt.total + output,
    })),
    totals: responsesTotals,
  },
  {
    // Reasoning stands beside the completion.
    vendor: 'xAI',
    model: 'xai/grok-4.6',
    adapter: (body) => xai({ fetch: jsonOf(body) }),
    body: (usage) => completion('grok-4.6', usage),
    usage: fc.tuple(split(1), count, count).map(([prompt, answer, reasoning]) => ({
      prompt_tokens: prompt.total,
      completion_tokens: answer,
      total_tokens: prompt.total + answer + reasoning,
      prompt_tokens_details: { cached_tokens: prompt.parts[0] },
      completion_tokens_details: { reasoning_tokens: reasoning },
    })),
    totals: (usage) => ({
      prompt: at(usage, 'prompt_tokens'),
      completion: at(usage, 'completion_tokens') + at(usage, 'completion_tokens_details.reasoning_tokens'),
    }),
  },
  {
    vendor: 'DeepSeek',
    model: 'deepseek/deepseek-flash',
    adapter: (body) => deepseek({ fetch: jsonOf(body) }),
    body: (usage) => completion('deepseek-flash', usage),
    usage: fc.tuple(split(1), split(1)).map(([prompt, answer]) => ({
      prompt_tokens: prompt.total,
      prompt_cache_hit_tokens: prompt.parts[0],
      prompt_cache_miss_tokens: prompt.total - (prompt.parts[0] ?? 0),
      completion_tokens: answer.total,
      completion_tokens_details: { reasoning_tokens: answer.parts[0] },
      total_tokens: prompt.total + answer.total,
    })),
    totals: chatTotals,
  },
  {
    vendor: 'Groq',
    model: 'groq/openai/gpt-oss-120b',
    adapter: (body) => groq({ fetch: jsonOf(body) }),
    body: (usage) => ({ ...completion('openai/gpt-oss-120b', usage), service_tier: 'on_demand' }),
    usage: chatUsage,
    totals: chatTotals,
  },
  {
    vendor: 'OpenRouter',
    model: 'openrouter/openai/gpt-4o',
    adapter: (body) => openrouter({ fetch: jsonOf(body) }),
    body: (usage) => completion('openai/gpt-4o', usage),
    usage: chatUsage,
    totals: chatTotals,
  },
  {
    vendor: 'Cohere',
    model: 'cohere/command-a-03-2025',
    adapter: (body) => cohere({ fetch: jsonOf(body) }),
    body: (usage) => ({
      id: 'c1',
      finish_reason: 'COMPLETE',
      message: { role: 'assistant', content: [{ type: 'text', text: 'Yes.' }] },
      usage,
    }),
    usage: fc.tuple(split(1), count).map(([prompt, output]) => ({
      billed_units: { input_tokens: 1, output_tokens: output },
      tokens: { input_tokens: prompt.total, output_tokens: output },
      cached_tokens: prompt.parts[0],
    })),
    totals: (usage) => ({ prompt: at(usage, 'tokens.input_tokens'), completion: at(usage, 'tokens.output_tokens') }),
  },
  {
    vendor: 'Replicate',
    model: 'replicate/meta/meta-llama-3-70b-instruct',
    adapter: (body) => replicate({ fetch: jsonOf(body) }),
    body: (usage) => ({
      id: 'p1',
      status: 'succeeded',
      model: 'meta/meta-llama-3-70b-instruct',
      created_at: '2026-11-22T12:00:00Z',
      output: ['Yes.'],
      error: null,
      urls: {},
      metrics: usage,
    }),
    usage: fc.tuple(count, count).map(([input, output]) => ({ input_token_count: input, output_token_count: output })),
    totals: (usage) => ({ prompt: at(usage, 'input_token_count'), completion: at(usage, 'output_token_count') }),
  },
]
