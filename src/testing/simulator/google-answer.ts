import { isObject, listAt, numberAt, parseJson, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { unitVector } from '../random.ts'
import type { Stamp } from './dialect.ts'
import { sealOf } from './seals.ts'
import type { Turn } from './turn.ts'
import type { Part, Piece } from './exchange.ts'
import type { FullReply } from './reply.ts'

/** The body of an answer without streaming. */
export function googleWhole(reply: FullReply, turn: Turn, stamp: Stamp): unknown {
  const parts = partsOf(reply, turn, stamp)
  return {
    candidates: Array.from({ length: turn.choices }, (_, index) => ({
      content: { parts: parts.length === 0 ? [{ text: '' }] : parts, role: 'model' },
      finishReason: finishOf(reply),
      index,
    })),
    usageMetadata: usageOf(reply, turn),
    modelVersion: reply.model,
    responseId: stamp.id('resp-'),
  }
}

/** The chunks of a streamed answer. There is no terminal event: the last chunk is the one with a finish reason. */
export function googleEvents(reply: FullReply, turn: Turn, stamp: Stamp): readonly Piece[] {
  const responseId = stamp.id('resp-')
  const piece = (part: Part, content: readonly JsonObject[], last: boolean): Piece => ({
    part,
    data: googleFrame(
      JSON.stringify({
        candidates: [{ content: { parts: content, role: 'model' }, ...(last ? { finishReason: finishOf(reply) } : {}), index: 0 }],
        usageMetadata: last ? usageOf(reply, turn) : { promptTokenCount: promptOf(reply), totalTokenCount: promptOf(reply) },
        modelVersion: reply.model,
        responseId,
      }),
    ),
  })
  const { reasoning, deltas } = reply
  return [
    ...(reasoning === undefined ? [] : [piece('content', [{ text: reasoning, thought: true }], false)]),
    ...deltas.map((text) => piece('content', [{ text }], false)),
    ...callParts(reply, turn, stamp).map((part) => piece('content', [part], false)),
    piece('finish', [{ text: '' }], true),
  ]
}

/** One event. */
export function googleFrame(data: string): string {
  return `data: ${data}\r\n\r\n`
}

/** Vectors that depend on nothing but the input. */
export function googleEmbeddings(turn: Turn): unknown {
  const batch = listAt(turn.body, 'requests')
  return batch.length === 0 ? { embedding: vectorOf(turn.body) } : { embeddings: batch.map(vectorOf) }
}

function vectorOf(request: unknown): JsonObject {
  const texts = listAt(request, 'content', 'parts').map((part) => textAt(part, 'text'))
  return { values: unitVector(JSON.stringify(texts), numberAt(request, 'outputDimensionality') ?? 8) }
}

function partsOf(reply: FullReply, turn: Turn, stamp: Stamp): readonly JsonObject[] {
  return [
    ...(reply.reasoning === undefined ? [] : [{ text: reply.reasoning, thought: true }]),
    ...(reply.text === '' ? [] : [{ text: reply.text }]),
    ...callParts(reply, turn, stamp),
  ]
}

/** From generation 3 on calls have ids, and the first one of a step carries the signature that must come back. */
function callParts(reply: FullReply, turn: Turn, stamp: Stamp): readonly JsonObject[] {
  const third = Number(/^gemini-(\d+)/.exec(turn.model)?.[1] ?? 0) >= 3
  return reply.toolCalls.map((call, index) => {
    const args = parseJson(call.arguments)
    const id = call.id ?? (third ? stamp.id('call-') : undefined)
    return {
      functionCall: { name: call.name, args: isObject(args) ? args : {}, ...(id === undefined ? {} : { id }) },
      ...(third && index === 0 ? { thoughtSignature: sealOf('gemini', stamp.id('')) } : {}),
    }
  })
}

function finishOf({ finish }: FullReply): string {
  return finishReasons[finish] ?? finish
}

const finishReasons: Readonly<Record<string, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
}

function promptOf({ usage }: FullReply): number {
  return usage.input + usage.cached + usage.cacheWrite
}

function usageOf(reply: FullReply, turn: Turn): JsonObject {
  const prompt = promptOf(reply)
  const output = reply.usage.output * turn.choices
  const { reasoning, cached } = reply.usage
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: output,
    totalTokenCount: prompt + output + reasoning,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: prompt }],
    ...(cached > 0 ? { cachedContentTokenCount: cached } : {}),
    ...(reasoning > 0 ? { thoughtsTokenCount: reasoning } : {}),
    serviceTier: 'standard',
  }
}
