import { at, numberAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { unitVector } from '../random.ts'
import type { Stamp } from './dialect.ts'
import type { Turn } from './turn.ts'
import type { Part, Piece } from './exchange.ts'
import type { FullReply } from './reply.ts'

/** The body of an answer without `stream`. */
export function mistralWhole(reply: FullReply, turn: Turn, stamp: Stamp): unknown {
  const calls = callsOf(reply, stamp)
  return {
    id: stamp.id(''),
    object: 'chat.completion',
    created: stamp.seconds,
    model: reply.model,
    choices: Array.from({ length: turn.choices }, (_, index) => ({
      index,
      finish_reason: reply.finish,
      message: { role: 'assistant', tool_calls: calls.length === 0 ? null : calls, content: contentOf(reply) },
    })),
    usage: usageOf(reply, turn),
  }
}

/** Where the model thought, content is a list of chunks. */
function contentOf(reply: FullReply): string | readonly JsonObject[] {
  const text = reply.refusal ?? reply.text
  if (reply.reasoning === undefined) return text
  return [{ ...thinking(reply.reasoning), closed: true }, ...(text === '' ? [] : [{ type: 'text', text }])]
}

function thinking(text: string): JsonObject {
  return { type: 'thinking', thinking: [{ type: 'text', text }] }
}

function callsOf({ toolCalls }: FullReply, stamp: Stamp): readonly JsonObject[] {
  return toolCalls.map((call, index) => ({
    id: call.id ?? nineOf(stamp.id('')),
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
    index,
  }))
}

/** Nine letters and digits, of those that differ. */
function nineOf(id: string): string {
  return id
    .replaceAll(/[^a-zA-Z0-9]/g, '')
    .slice(-9)
    .padStart(9, 'c')
}

/** The chunks of a streamed answer. Calls come whole, in the chunk of the finish reason; usage comes with the last one. */
export function mistralEvents(reply: FullReply, turn: Turn, stamp: Stamp): readonly Piece[] {
  const base = { id: stamp.id(''), object: 'chat.completion.chunk', created: stamp.seconds, model: reply.model }
  const calls = callsOf(reply, stamp)
  const pieces: Piece[] = []
  const send = (part: Part, choice: JsonObject, more: JsonObject = {}): void => {
    const padding = 'abcdefghijklmnopqrstuvwxyz'.slice(0, 1 + (pieces.length % 26))
    pieces.push({ part, data: mistralFrame(JSON.stringify({ ...base, choices: [choice], ...more, p: padding })) })
  }
  for (let index = 0; index < turn.choices; index++) {
    send('open', { index, delta: { role: 'assistant', content: '' }, finish_reason: null })
    for (const content of contentsOf(reply)) send('content', { index, delta: { content }, finish_reason: null })
    const delta = calls.length === 0 ? { content: '' } : { tool_calls: calls }
    const last = index === turn.choices - 1
    send('finish', { index, delta, finish_reason: reply.finish }, last ? { usage: usageOf(reply, turn) } : {})
  }
  return [...pieces, { part: 'end', data: mistralFrame('[DONE]') }]
}

function contentsOf({ reasoning, deltas, refusal }: FullReply): readonly unknown[] {
  const thoughts = (reasoning?.match(/\s*\S+|\s+$/g) ?? []).map((text) => [thinking(text)])
  return [...thoughts, ...(refusal === undefined ? deltas : [refusal])]
}

/** Thinking is part of the completion and not counted apart. */
function usageOf({ usage }: FullReply, turn: Turn): JsonObject {
  const prompt = usage.input + usage.cached + usage.cacheWrite
  const completion = (usage.output + usage.reasoning) * turn.choices
  return {
    prompt_tokens: prompt,
    total_tokens: prompt + completion,
    completion_tokens: completion,
    prompt_tokens_details: { cached_tokens: usage.cached },
    service_tier: 'standard',
  }
}

/** One event. */
export function mistralFrame(data: string): string {
  return `data: ${data}\n\n`
}

/** Vectors that depend on nothing but the input. */
export function mistralEmbeddings(turn: Turn): unknown {
  const given = at(turn.body, 'input')
  const inputs: readonly unknown[] = Array.isArray(given) ? given : [given]
  const size = numberAt(turn.body, 'output_dimension') ?? 8
  return {
    id: 'embd-simulated',
    object: 'list',
    data: inputs.map((input, index) => ({ object: 'embedding', index, embedding: unitVector(JSON.stringify(input), size) })),
    model: turn.model,
    usage: { prompt_tokens: turn.promptTokens, total_tokens: turn.promptTokens, completion_tokens: 0 },
  }
}
