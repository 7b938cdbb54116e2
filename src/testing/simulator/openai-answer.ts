import { at, listAt, numberAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { unitVector } from '../random.ts'
import type { Stamp } from './dialect.ts'
import type { Turn } from './turn.ts'
import type { Part, Piece } from './exchange.ts'
import type { FullReply } from './reply.ts'

/** In what a vendor that speaks OpenAI's format writes answers of its own. */
export interface AnswerManner {
  /** The fields of a message or delta that say what the model thought. */
  readonly thoughts: (text: string) => JsonObject
  readonly usage: (reply: FullReply, turn: Turn) => JsonObject
  /** Whether a call comes in one delta. */
  readonly wholeCalls: boolean
}

/** OpenAI's own manner; what a model thinks is a field that most of the others have. */
export const openAIManner: AnswerManner = {
  thoughts: (text) => ({ reasoning_content: text }),
  usage: usageOf,
  wholeCalls: false,
}

/** What an answer is made for. */
interface Asked {
  readonly turn: Turn
  readonly stamp: Stamp
}

/** The body of an answer without `stream`. */
export function openAIWhole(reply: FullReply, { turn, stamp }: Asked, manner: AnswerManner = openAIManner): unknown {
  return {
    id: stamp.id('chatcmpl-'),
    object: 'chat.completion',
    created: stamp.seconds,
    model: reply.model,
    choices: Array.from({ length: turn.choices }, (_, index) => ({
      index,
      message: messageOf(reply, { turn, stamp }, manner),
      logprobs: at(turn.body, 'logprobs') === true ? logprobsOf(reply.deltas) : null,
      finish_reason: finishOf(reply, turn),
    })),
    usage: manner.usage(reply, turn),
    service_tier: 'default',
    system_fingerprint: null,
  }
}

function messageOf(reply: FullReply, asked: Asked, { thoughts }: AnswerManner): JsonObject {
  return {
    role: 'assistant',
    content: reply.text === '' && (reply.toolCalls.length > 0 || reply.refusal !== undefined) ? null : reply.text,
    ...(reply.reasoning === undefined ? {} : thoughts(reply.reasoning)),
    ...callsOf(reply, asked),
    refusal: reply.refusal ?? null,
    annotations: [],
  }
}

/** Calls as they are asked for: of functions there is one call at most. */
function callsOf({ toolCalls }: FullReply, { turn, stamp }: Asked): JsonObject {
  const [first] = toolCalls
  if (first === undefined) return {}
  if (speaksOfFunctions(turn)) return { function_call: { name: first.name, arguments: first.arguments } }
  return { tool_calls: toolCalls.map((call) => toolCallOf(call, stamp)) }
}

/** Functions are the older form of tools, and answered in it. */
function speaksOfFunctions({ body }: Turn): boolean {
  return listAt(body, 'functions').length > 0
}

function finishOf({ finish }: FullReply, turn: Turn): string {
  return finish === 'tool_calls' && speaksOfFunctions(turn) ? 'function_call' : finish
}

function toolCallOf(call: FullReply['toolCalls'][number], stamp: Stamp): JsonObject {
  return { id: call.id ?? stamp.id('call_'), type: 'function', function: { name: call.name, arguments: call.arguments } }
}

/** The chunks of a streamed answer. */
export function openAIEvents(reply: FullReply, { turn, stamp }: Asked, manner: AnswerManner = openAIManner): readonly Piece[] {
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
    for (const delta of deltasOf(reply, { turn, stamp }, manner)) send('content', [choice(delta)])
    send('finish', [choice({}, finishOf(reply, turn))])
  }
  if (wantsUsage) send('usage', [], manner.usage(reply, turn))
  return [...pieces, { part: 'end', data: openAIFrame('[DONE]') }]
}

function* deltasOf(reply: FullReply, { turn, stamp }: Asked, { thoughts, wholeCalls }: AnswerManner): Generator<JsonObject> {
  if (reply.reasoning !== undefined) yield thoughts(reply.reasoning)
  for (const content of reply.deltas) yield { content }
  if (reply.refusal !== undefined) yield { refusal: reply.refusal }
  if (speaksOfFunctions(turn)) yield* functionDeltas(reply)
  else yield* toolDeltas(reply, stamp, wholeCalls)
}

function* functionDeltas({ toolCalls: [call] }: FullReply): Generator<JsonObject> {
  if (call === undefined) return
  yield { function_call: { name: call.name, arguments: '' } }
  for (const part of call.arguments.match(/.{1,12}/gs) ?? []) yield { function_call: { arguments: part } }
}

function* toolDeltas(reply: FullReply, stamp: Stamp, wholeCalls: boolean): Generator<JsonObject> {
  for (const [index, call] of reply.toolCalls.entries()) {
    const whole = toolCallOf(call, stamp)
    if (wholeCalls) yield { tool_calls: [{ index, ...whole }] }
    if (wholeCalls) continue
    const { id, type } = whole
    yield { tool_calls: [{ index, id, type, function: { name: call.name, arguments: '' } }] }
    for (const part of call.arguments.match(/.{1,12}/gs) ?? []) yield { tool_calls: [{ index, function: { arguments: part } }] }
  }
}

/** Token counts as OpenAI writes them. */
export function usageOf({ usage }: FullReply, turn: Turn): JsonObject {
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
