import { at, isObject, listAt, parseJson } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { eventFrame } from './bedrock-frames.ts'
import { signatureOf } from './claude-thoughts.ts'
import type { Stamp } from './dialect.ts'
import type { Part, Piece } from './exchange.ts'
import type { FullReply } from './reply.ts'
import type { Turn } from './turn.ts'

/** The body of an answer of Converse. */
export function bedrockWhole(reply: FullReply, turn: Turn, stamp: Stamp): unknown {
  return {
    metrics: { latencyMs: 1 },
    output: { message: { role: 'assistant', content: blocksOf(reply, turn, stamp).map(({ whole }) => whole) } },
    stopReason: stopReasonOf(reply),
    ...tailOf(reply, turn),
  }
}

/** The events of ConverseStream. Text and reasoning have no start of their own; usage comes behind the stop. */
export function bedrockEvents(reply: FullReply, turn: Turn, stamp: Stamp): readonly Piece[] {
  const pieces: Piece[] = []
  const send = (part: Part, type: string, payload: JsonObject): void => {
    // The vendor pads each payload, so that lengths give nothing of the text away.
    pieces.push({
      part,
      data: eventFrame(type, JSON.stringify({ ...payload, p: 'abcdefghij'.slice(0, 1 + (pieces.length % 10)) })),
    })
  }
  send('open', 'messageStart', { role: 'assistant' })
  for (const [contentBlockIndex, block] of blocksOf(reply, turn, stamp).entries()) {
    if (block.start !== undefined) send('frame', 'contentBlockStart', { contentBlockIndex, start: block.start })
    for (const delta of block.deltas) send('content', 'contentBlockDelta', { contentBlockIndex, delta })
    send('frame', 'contentBlockStop', { contentBlockIndex })
  }
  send('finish', 'messageStop', { stopReason: stopReasonOf(reply) })
  send('end', 'metadata', { ...tailOf(reply, turn), metrics: { latencyMs: 1 } })
  return pieces
}

interface Block {
  readonly whole: JsonObject
  readonly start: JsonObject | undefined
  readonly deltas: readonly JsonObject[]
}

function blocksOf(reply: FullReply, turn: Turn, stamp: Stamp): readonly Block[] {
  const blocks: Block[] = []
  if (reply.reasoning !== undefined) blocks.push(reasoningBlock(reply.reasoning, turn))
  if (reply.text !== '') {
    blocks.push({ whole: { text: reply.text }, start: undefined, deltas: reply.deltas.map((text) => ({ text })) })
  }
  for (const call of reply.toolCalls) blocks.push(toolBlock(call, turn, stamp))
  return blocks
}

/** Claude signs what it thinks, other models do not. */
function reasoningBlock(text: string, { model, body }: Turn): Block {
  const before = { system: at(body, 'system'), tools: at(body, 'toolConfig', 'tools'), messages: listAt(body, 'messages') }
  const signature = model.includes('claude') ? signatureOf(text, before) : undefined
  const signed = signature === undefined ? {} : { signature }
  return {
    whole: { reasoningContent: { reasoningText: { text, ...signed } } },
    start: undefined,
    deltas: [{ reasoningContent: { text } }, ...(signature === undefined ? [] : [{ reasoningContent: { signature } }])],
  }
}

function toolBlock(call: FullReply['toolCalls'][number], { model }: Turn, stamp: Stamp): Block {
  const input = parseJson(call.arguments)
  const base = { toolUseId: call.id ?? idOf(model, stamp), name: call.name }
  // Without arguments some models send nothing at all.
  const fragments = call.arguments === '{}' ? [] : (call.arguments.match(/.{1,12}/gs) ?? [])
  return {
    whole: { toolUse: { ...base, input: isObject(input) ? input : {} } },
    start: { toolUse: base },
    deltas: fragments.map((text) => ({ toolUse: { input: text } })),
  }
}

function idOf(model: string, stamp: Stamp): string {
  return model.includes('mistral') ? stamp.id('').slice(-9) : stamp.id('tooluse_')
}

function stopReasonOf({ finish }: FullReply): string {
  return Object.hasOwn(stopReasons, finish) ? (stopReasons[finish] ?? finish) : finish
}

const stopReasons: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'content_filtered',
}

/** The service says which model answered only where a prompt router chose it; reasoning is not counted apart. */
function tailOf({ usage, model }: FullReply, turn: Turn): JsonObject {
  const inputTokens = usage.input
  const outputTokens = usage.output + usage.reasoning
  return {
    usage: {
      inputTokens,
      outputTokens,
      totalTokens: inputTokens + outputTokens + usage.cached + usage.cacheWrite,
      cacheReadInputTokens: usage.cached,
      cacheWriteInputTokens: usage.cacheWrite,
    },
    ...(model !== turn.model && {
      trace: { promptRouter: { invokedModelId: `arn:aws:bedrock:us-east-1::foundation-model/${model}` } },
    }),
  }
}
