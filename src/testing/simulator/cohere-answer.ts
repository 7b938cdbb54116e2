import { listAt, numberAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { unitVector } from '../random.ts'
import type { Stamp } from './dialect.ts'
import type { Part, Piece } from './exchange.ts'
import type { FullReply } from './reply.ts'
import type { Turn } from './turn.ts'

const finishWords: Readonly<Record<string, string>> = {
  stop: 'COMPLETE',
  length: 'MAX_TOKENS',
  tool_calls: 'TOOL_CALL',
  content_filter: 'ERROR_TOXIC',
}

/** The body of an answer without `stream`. It names no model. */
export function cohereWhole(reply: FullReply, _turn: Turn, stamp: Stamp): unknown {
  const { text, reasoning, toolCalls } = reply
  const content = [
    ...(reasoning === undefined ? [] : [{ type: 'thinking', thinking: reasoning }]),
    ...(text === '' ? [] : [{ type: 'text', text }]),
  ]
  return {
    id: stamp.id(''),
    message: {
      role: 'assistant',
      ...(content.length > 0 && { content }),
      ...(toolCalls.length > 0 && { tool_calls: toolCalls.map((call) => callOf(call, stamp)) }),
    },
    finish_reason: finishWords[reply.finish] ?? reply.finish,
    usage: usageOf(reply),
  }
}

function callOf({ id, name, arguments: text }: FullReply['toolCalls'][number], stamp: Stamp): JsonObject {
  return { id: id ?? stamp.id(`${name}_`), type: 'function', function: { name, arguments: text } }
}

/** What an event says of the message. */
function message(fields: JsonObject): JsonObject {
  return { delta: { message: fields } }
}

/** The same answer as events. */
export function cohereEvents(reply: FullReply, _turn: Turn, stamp: Stamp): readonly Piece[] {
  const pieces: Piece[] = []
  const send = (part: Part, type: string, fields: JsonObject): void => {
    pieces.push({ part, data: cohereFrame(type, JSON.stringify({ type, ...fields })) })
  }
  let index = 0
  const block = (kind: 'text' | 'thinking', deltas: readonly string[]): void => {
    if (deltas.length === 0) return
    send('frame', 'content-start', { index, ...message({ content: { type: kind, [kind]: '' } }) })
    for (const delta of deltas) send('content', 'content-delta', { index, ...message({ content: { [kind]: delta } }) })
    send('frame', 'content-end', { index })
    index += 1
  }
  send('open', 'message-start', { id: stamp.id(''), ...message({ role: 'assistant', content: [], tool_plan: '', tool_calls: [] }) })
  block('thinking', reply.reasoning === undefined ? [] : [reply.reasoning])
  block('text', reply.deltas)
  for (const [position, call] of reply.toolCalls.entries()) {
    const { id, type } = callOf(call, stamp)
    const first = { id, type, function: { name: call.name, arguments: '' } }
    send('content', 'tool-call-start', { index: position, ...message({ tool_calls: first }) })
    for (const part of call.arguments.match(/.{1,12}/gs) ?? [])
      send('content', 'tool-call-delta', { index: position, ...message({ tool_calls: { function: { arguments: part } } }) })
    send('frame', 'tool-call-end', { index: position })
  }
  const delta = { finish_reason: finishWords[reply.finish] ?? reply.finish, usage: usageOf(reply) }
  send('finish', 'message-end', { delta })
  return [...pieces, { part: 'end', data: 'data: [DONE]\n\n' }]
}

/** Billed is what the caller sent and got; the tokens include the vendor's own template. */
function usageOf({ usage }: FullReply): JsonObject {
  const input = usage.input + usage.cached + usage.cacheWrite
  const output = usage.output + usage.reasoning
  return {
    billed_units: { input_tokens: input, output_tokens: output },
    tokens: { input_tokens: input, output_tokens: output, ...(usage.reasoning > 0 && { reasoning_tokens: usage.reasoning }) },
    cached_tokens: usage.cached,
  }
}

/** One event. */
export function cohereFrame(type: string, data: string): string {
  return `event: ${type}\ndata: ${data}\n\n`
}

/** Vectors that depend on nothing but the text, by type. */
export function cohereEmbeddings({ body, promptTokens }: Turn): unknown {
  const size = numberAt(body, 'output_dimension') ?? 8
  const float = listAt(body, 'texts').map((text) => unitVector(JSON.stringify(text), size))
  return {
    id: '00000000-0000-4000-8000-000000000001',
    embeddings: { float },
    texts: listAt(body, 'texts'),
    response_type: 'embeddings_by_type',
    meta: { api_version: { version: '2' }, billed_units: { input_tokens: promptTokens } },
  }
}
