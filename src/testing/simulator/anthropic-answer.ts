import { isObject, parseJson } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { signatureOf } from './claude-thoughts.ts'
import type { Stamp } from './dialect.ts'
import type { Turn } from './turn.ts'
import type { Part, Piece } from './exchange.ts'
import type { FullReply } from './reply.ts'

/** The body of an answer without `stream`. */
export function anthropicWhole(reply: FullReply, turn: Turn, stamp: Stamp): unknown {
  return {
    ...emptyMessage(reply, stamp),
    content: blocksOf(reply, turn, stamp).map(({ whole }) => whole),
    ...stopOf(reply),
    usage: usageOf(reply, reply.usage.output + reply.usage.reasoning),
  }
}

/** The events of a streamed answer. Every one needs its `event:` name: the vendor's SDK drops frames without. */
export function anthropicEvents(reply: FullReply, turn: Turn, stamp: Stamp): readonly Piece[] {
  const pieces: Piece[] = []
  const send = (part: Part, data: JsonObject & { readonly type: string }): void => {
    pieces.push({ part, data: anthropicFrame(data.type, JSON.stringify(data)) })
  }
  const { stop_reason: _reason, ...started } = emptyMessage(reply, stamp)
  send('open', { type: 'message_start', message: { ...started, stop_reason: null, usage: usageOf(reply, 1) } })
  for (const [index, block] of blocksOf(reply, turn, stamp).entries()) {
    send(pieces.length === 1 ? 'open' : 'frame', { type: 'content_block_start', index, content_block: block.empty })
    if (pieces.length === 2) send('open', { type: 'ping' })
    for (const delta of block.deltas) send('content', { type: 'content_block_delta', index, delta })
    send('frame', { type: 'content_block_stop', index })
  }
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens, output_tokens_details } = usageOf(
    reply,
    reply.usage.output + reply.usage.reasoning,
  )
  send('finish', {
    type: 'message_delta',
    delta: stopOf(reply),
    usage: { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens, output_tokens_details },
  })
  send('end', { type: 'message_stop' })
  return pieces
}

/** One named event. */
export function anthropicFrame(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`
}

interface Block {
  readonly whole: JsonObject
  readonly empty: JsonObject
  readonly deltas: readonly JsonObject[]
}

function blocksOf(reply: FullReply, { body }: Turn, stamp: Stamp): readonly Block[] {
  const blocks: Block[] = []
  if (reply.reasoning !== undefined) blocks.push(thinkingBlock(reply.reasoning, body))
  if (reply.text !== '') {
    blocks.push({
      whole: { type: 'text', text: reply.text, citations: null },
      empty: { type: 'text', text: '', citations: null },
      deltas: reply.deltas.map((text) => ({ type: 'text_delta', text })),
    })
  }
  for (const call of reply.toolCalls) blocks.push(toolBlock(call, stamp))
  return blocks
}

function thinkingBlock(thinking: string, { system, tools, messages }: JsonObject): Block {
  const signature = signatureOf(thinking, { system, tools, messages: Array.isArray(messages) ? messages : [] })
  return {
    whole: { type: 'thinking', thinking, signature },
    empty: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      { type: 'thinking_delta', thinking },
      { type: 'signature_delta', signature },
    ],
  }
}

function toolBlock(call: FullReply['toolCalls'][number], stamp: Stamp): Block {
  const input = parseJson(call.arguments)
  const base = { type: 'tool_use', id: call.id ?? stamp.id('toolu_'), name: call.name, caller: { type: 'direct' } }
  // Without arguments the vendor sends one empty fragment and nothing else.
  const fragments = call.arguments === '{}' ? [''] : ['', ...(call.arguments.match(/.{1,12}/gs) ?? [])]
  return {
    whole: { ...base, input: isObject(input) ? input : {} },
    empty: { ...base, input: {} },
    deltas: fragments.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
  }
}

function emptyMessage(reply: FullReply, stamp: Stamp): JsonObject {
  return {
    id: stamp.id('msg_'),
    type: 'message',
    role: 'assistant',
    model: reply.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
  }
}

function stopOf({ finish, refusal }: FullReply): JsonObject {
  return {
    stop_reason: Object.hasOwn(stopReasons, finish) ? stopReasons[finish] : finish,
    stop_sequence: null,
    stop_details: finish === 'content_filter' ? { type: 'refusal', category: null, explanation: refusal ?? null } : null,
  }
}

const stopReasons: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
}

function usageOf({ usage }: FullReply, output: number) {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cached,
    cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { thinking_tokens: Math.min(usage.reasoning, output) },
    server_tool_use: null,
    service_tier: 'standard',
    inference_geo: 'global',
  }
}
