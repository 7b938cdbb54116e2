import type { ChatCompletionChunk } from '../../contracts/chat.ts'
import { AttemptError, unreachable } from '../../errors.ts'
import { ChunkBuilder, usageChunk } from '../shared/chunks.ts'
import type { ChunkHead } from '../shared/chunks.ts'
import type { EventTranslator } from '../shared/event-stream.ts'
import { isObject, parseJson, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { toAnnotations } from './annotations.ts'
import { errorOfEvent } from '../shared/google/failure.ts'
import { toFinishReason } from './finish.ts'
import type { FinishReason } from './finish.ts'
import { toLogprobs } from './logprobs.ts'
import { isPiece, PartialCall } from './partial-call.ts'
import { toImage } from './response.ts'
import type { Message } from './response.ts'
import { blockReason, extraContent, headOf, objectsOf, partsOf, TurnReader } from './turn.ts'
import type { AnswerContext, Call, Said } from './turn.ts'
import { searchesOf, toServiceTier, toUsage } from './usage.ts'
import type { Part } from './wire.ts'

type Chunk = ChatCompletionChunk
type Extras = Parameters<ChunkBuilder['delta']>[0] & Pick<Message, 'annotations' | 'images'>

/**
 * Turns the vendor's events into OpenAI's chunks. The end of the stream is the only terminal event there is: with code
 * execution each round has a finish reason of its own, and more follows.
 */
export class StreamTranslator implements EventTranslator<Chunk> {
  readonly #context: AnswerContext
  readonly #turn: TurnReader
  #head: ChunkHead | undefined
  #builder: ChunkBuilder | undefined
  /** A call whose pieces are still coming. */
  #partial: PartialCall | undefined
  #usage: JsonObject = {}
  #text = ''
  /** The candidate with the last finish reason, until more content follows. */
  #last: JsonObject | undefined
  #sources: JsonObject = {}
  #blocked = false

  constructor(context: AnswerContext) {
    this.#context = context
    this.#turn = new TurnReader(context)
  }

  /** Whether nothing more is needed; never certain while the vendor's own tools are at work. */
  get complete(): boolean {
    return this.#finished && !this.#turn.blocks.some((block) => 'executableCode' in block || 'toolCall' in block)
  }

  get #finished(): boolean {
    return this.#last !== undefined || this.#blocked
  }

  /** Throws an AttemptError for an error event. */
  read({ data }: { readonly data: string }, out: Chunk[]): void {
    const event = parseJson(data)
    if (!isObject(event)) throw new AttemptError('truncated', 'The stream broke in the middle of an event.')
    if (event['error'] !== undefined) throw errorOfEvent(event)
    if (isObject(event['usageMetadata'])) this.#usage = { ...this.#usage, ...event['usageMetadata'] }
    const builder = this.#builder ?? this.#begin(event, out)
    // Only the first candidate is streamed; the request asks for no more.
    const candidate = objectsOf(event['candidates']).find(({ index }) => index === undefined || index === 0)
    if (candidate !== undefined) {
      this.#candidate(candidate, { builder, out })
      return
    }
    const refusal = blockReason(event)
    if (refusal === undefined || this.#blocked) return
    this.#blocked = true
    out.push(builder.refusal(refusal))
  }

  /** Throws an AttemptError `truncated` for an end that no finish reason announced. */
  end(out: Chunk[]): void {
    const builder = this.#builder
    if (builder === undefined || this.#head === undefined || !this.#finished) {
      throw new AttemptError('truncated', 'The stream ended without a finish reason.')
    }
    this.#wholeCall({ builder, out })
    const reason = this.#last === undefined ? 'content_filter' : this.#reason(this.#last)
    out.push(builder.delta(this.#extras(reason), reason))
    const usage = toUsage(this.#usage, searchesOf(this.#sources, this.#context.model))
    if (usage !== undefined) out.push(withTier(usageChunk(this.#head, usage), toServiceTier(this.#usage)))
  }

  #begin(event: JsonObject, out: Chunk[]): ChunkBuilder {
    this.#head = headOf(event, this.#context.model)
    this.#builder = new ChunkBuilder(this.#head)
    out.push(this.#builder.role())
    return this.#builder
  }

  #candidate(candidate: JsonObject, { builder, out }: Target): void {
    const parts = partsOf(candidate)
    const from = out.length
    for (const part of parts) this.#part(part, { builder, out })
    const logprobs = candidate['logprobsResult'] === undefined ? null : toLogprobs(candidate['logprobsResult'])
    const first = out[from]
    if (logprobs !== null && first !== undefined) out.splice(from, 1, withLogprobs(first, logprobs))
    for (const field of ['groundingMetadata', 'citationMetadata']) {
      const { [field]: found } = candidate
      if (isObject(found) && Object.keys(found).length > 0) this.#sources = { ...this.#sources, [field]: found }
    }
    if (candidate['finishReason'] !== undefined) this.#last = candidate
    else if (parts.length > 0) this.#last = undefined
  }

  #part(part: Part, target: Target): void {
    if (this.#partial !== undefined && isObject(part['functionCall'])) {
      if (!this.#partial.add(part['functionCall'])) this.#wholeCall(target)
      return
    }
    this.#wholeCall(target)
    if (isPiece(part)) this.#partial = new PartialCall(part)
    else this.#said(this.#turn.take(part), target)
  }

  /** Hands over the call whose pieces have all come. */
  #wholeCall(target: Target): void {
    const whole = this.#partial?.whole()
    this.#partial = undefined
    if (whole !== undefined) this.#said(this.#turn.take(whole), target)
  }

  #said(said: Said | undefined, { builder, out }: Target): void {
    if (said === undefined) return
    switch (said.kind) {
      case 'text':
        this.#text += said.text
        if (said.text !== '') out.push(builder.text(said.text))
        return
      case 'reasoning':
        if (said.text !== '') out.push(builder.reasoning(said.text))
        return
      case 'call':
        out.push(...callChunks(said.call, builder))
        return
      case 'media':
        if (said.mimeType.startsWith('image/')) out.push(builder.delta(imageDelta(said)))
        return
      case 'other':
        return
      default:
        unreachable(said)
    }
  }

  #reason(candidate: JsonObject): FinishReason {
    return toFinishReason(textOf(candidate['finishReason']), {
      calls: this.#turn.calls > 0,
      message: textOf(candidate['finishMessage']),
    })
  }

  /** What is known of the whole answer only at its end. */
  #extras(reason: FinishReason): Extras {
    const annotations = toAnnotations(this.#sources, { text: this.#text, parts: this.#turn.blocks })
    const state = this.#turn.state()
    const refusal = reason === 'content_filter' && this.#text === '' ? textOf(this.#last?.['finishMessage']) : undefined
    return {
      ...(refusal === undefined ? {} : { refusal }),
      ...(annotations.length === 0 ? {} : { annotations }),
      ...(state === undefined ? {} : { provider_state: state }),
    }
  }
}

/** Where chunks go, and what makes them. */
interface Target {
  readonly builder: ChunkBuilder
  readonly out: Chunk[]
}

function imageDelta(media: { readonly mimeType: string; readonly data: string }): Extras {
  return { images: [toImage(media)] }
}

function callChunks({ id, name, signature, ...call }: Call, builder: ChunkBuilder): readonly Chunk[] {
  const first = withSignature(builder.toolCall(id, { id, name }), signature)
  const args = builder.toolArguments(id, call.arguments)
  return args === undefined ? [first] : [first, args]
}

function withSignature(chunk: Chunk, signature: string | undefined): Chunk {
  if (signature === undefined) return chunk
  const choices = chunk.choices.map(({ delta, ...choice }) => {
    const tool_calls = (delta.tool_calls ?? []).map((call) => ({ ...call, ...extraContent(signature) }))
    return { ...choice, delta: { ...delta, tool_calls } }
  })
  return { ...chunk, choices }
}

function withLogprobs(chunk: Chunk, logprobs: Chunk['choices'][number]['logprobs']): Chunk {
  return { ...chunk, choices: chunk.choices.map((choice) => ({ ...choice, logprobs: logprobs ?? null })) }
}

function withTier(chunk: Chunk, tier: Chunk['service_tier']): Chunk {
  return tier === undefined ? chunk : { ...chunk, service_tier: tier }
}
