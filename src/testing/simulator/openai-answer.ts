import { at, numberAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { unitVector } from '../random.ts'
import type { Stamp } from './dialect.ts'
import type { Turn } from './turn.ts'
import type { Part, Piece } from './exchange.ts'
import type { FullReply } from './reply.ts'

/** The body of an answer without `stream`. */
export function openAIWhole(reply: FullReply, turn: Turn, stamp: Stamp): unknown {
  return {
    id: stamp.id('chatcmpl-'),
    object: 'chat.completion',
    created: stamp.seconds,
    model: reply.model,
    choices: Array.from({ length: turn.choices }, (_, index) => ({
      index,
      message: messageOf(reply, stamp),
      logprobs: at(turn.body, 'logprobs') === true ? logprobsOf(reply.deltas) : null,
      finish_reason: reply.finish,
    })),
    usage: usageOf(reply, turn),
    service_tier: 'default',
    system_fingerprint: null,
  }
}

function messageOf(reply: FullReply, stamp: Stamp): JsonObject {
  return {
    role: 'assistant',
    content: reply.text === '' && (reply.toolCalls.length > 0 || reply.refusal !== undefined) ? null : reply.text,
    ...(reply.reasoning === undefined ? {} : { reasoning_content: reply.reasoning }),
    ...(reply.toolCalls.length === 0 ? {} : { tool_calls: reply.toolCalls.map((call) => toolCallOf(call, stamp)) }),
    refusal: reply.refusal ?? null,
    annotations: [],
  }
}

function toolCallOf(call: FullReply['toolCalls'][number], stamp: Stamp): JsonObject {
  return { id: call.id ?? stamp.id('call_'), type: 'function', function: { name: call.name, arguments: call.arguments } }
}

/** The chunks of a streamed answer. */
export function openAIEvents(reply: FullReply, turn: Turn, stamp: Stamp): readonly Piece[] {
  const wantsUsage = at(turn.body, 'stream_options', 'include_usage') === true
  const base = {
    id: stamp.id('chatcmpl-'),
    object: 'chat.completion.chunk',
    created: stamp.seconds,
    model: reply.model,
    service_tier: 'default',
    system_fingerprint: null,
  }
  const pieces: Piece[] = []
  const send = (part: Part, choices: readonly unknown[], usage: unknown = null): void => {
    pieces.push({ part, data: openAIFrame(JSON.stringify({ ...base, choices, ...(wantsUsage ? { usage } : {}) })) })
  }
  for (let index = 0; index < turn.choices; index++) {
    const choice = (delta: JsonObject, finish: string | null = null): JsonObject => ({
      index,
      delta,
      logprobs: null,
      finish_reason: finish,
    })
    send('open', [choice({ role: 'assistant', content: '', refusal: null })])
    for (const delta of deltasOf(reply, stamp)) send('content', [choice(delta)])
    send('finish', [choice({}, reply.finish)])
  }
  if (wantsUsage) send('usage', [], usageOf(reply, turn))
  return [...pieces, { part: 'end', data: openAIFrame('[DONE]') }]
}

function* deltasOf(reply: FullReply, stamp: Stamp): Generator<JsonObject> {
  if (reply.reasoning !== undefined) yield { reasoning_content: reply.reasoning }
  for (const content of reply.deltas) yield { content }
  if (reply.refusal !== undefined) yield { refusal: reply.refusal }
  for (const [index, call] of reply.toolCalls.entries()) {
    const { id, type } = toolCallOf(call, stamp)
    yield { tool_calls: [{ index, id, type, function: { name: call.name, arguments: '' } }] }
    for (const part of call.arguments.match(/.{1,12}/gs) ?? []) yield { tool_calls: [{ index, function: { arguments: part } }] }
  }
}

function usageOf({ usage }: FullReply, turn: Turn): JsonObject {
  const prompt = usage.input + usage.cached + usage.cacheWrite
  const completion = (usage.output + usage.reasoning) * turn.choices
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: usage.cached,
      audio_tokens: 0,
      ...(usage.cacheWrite > 0 ? { cache_write_tokens: usage.cacheWrite } : {}),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning * turn.choices,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

function logprobsOf(tokens: readonly string[]): JsonObject {
  return {
    content: tokens.map((token) => ({ token, logprob: -0.1, bytes: [...Buffer.from(token)], top_logprobs: [] })),
    refusal: null,
  }
}

/** One event. */
export function openAIFrame(data: string): string {
  return `data: ${data}\n\n`
}

/** Vectors that depend on nothing but the input. */
export function openAIEmbeddings(turn: Turn): unknown {
  const given = at(turn.body, 'input')
  const inputs: readonly unknown[] = Array.isArray(given) && typeof given[0] !== 'number' ? given : [given]
  const size = numberAt(turn.body, 'dimensions') ?? 8
  return {
    object: 'list',
    data: inputs.map((input, index) => {
      const vector = unitVector(JSON.stringify(input), size)
      const encoded = at(turn.body, 'encoding_format') === 'base64'
      return {
        object: 'embedding',
        index,
        embedding: encoded ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector,
      }
    }),
    model: turn.model,
    usage: { prompt_tokens: turn.promptTokens, total_tokens: turn.promptTokens },
  }
}
