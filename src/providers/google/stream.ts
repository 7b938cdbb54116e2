import type { ChatCompletionChunk } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { ChunkBuilder, usageChunk } from '../shared/chunks.ts'
import type { ChunkHead } from '../shared/chunks.ts'
import { isObject, parseJson, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { toAnnotations } from './annotations.ts'
import { errorOfBody } from './failure.ts'
import { toFinishReason } from './finish.ts'
import type { FinishReason } from './finish.ts'
import { toLogprobs } from './logprobs.ts'
import { isPiece, PartialCall } from './partial-call.ts'
import { toImage } from './response.ts'
import type { Message } from './response.ts'
import { blockReason, extraContent, headOf, objectsOf, partsOf, TurnReader } from './turn.ts'
import type { AnswerContext, Call, Said } from './turn.ts'
import { toServiceTier, toUsage } from './usage.ts'
import type { Part } from './wire.ts'

type Chunk = ChatCompletionChunk
type Extras = Parameters<ChunkBuilder['delta']>[0] & Pick<Message, 'annotations' | 'images'>

/** Reads the events of a stream; `isComplete` tells that nothing more is needed. */
export type ReadEvents = (options: { readonly isComplete: () => boolean }) => AsyncIterable<readonly { readonly data: string }[]>

/**
 * Turns server-sent events into OpenAI's chunks. The end of the stream is the only terminal event there is: with code
 * execution each round has a finish reason of its own, and more follows.
 *
 * @throws AttemptError for an error event, and `truncated` for an end that no finish reason announced.
 */
export async function* toChunks(read: ReadEvents, context: AnswerContext): AsyncGenerator<Chunk, void, undefined> {
  const translator = new StreamTranslator(context)
  for await (const batch of read({ isComplete: () => translator.complete })) {
    for (const { data } of batch) yield* translator.event(data)
  }
  yield* translator.end()
}

class StreamTranslator {
  readonly #context: AnswerContext
  readonly #turn: TurnReader
  #head: ChunkHead | undefined
  #builder: ChunkBuilder | undefined
  #partial: PartialCall | undefined
  #usage: JsonObject = {}
  #text = ''
  /** The last candidate's reason, until more content follows. */
  #last: JsonObject | undefined
  #grounding: JsonObject = {}
  #blocked = false

  constructor(context: AnswerContext) {
    this.#context = context
    this.#turn = new TurnReader(context)
  }

  /** Whether nothing more is needed; never certain while the vendor's own tools are at work. */
  get complete(): boolean {
    return this.#finished && !this.#turn.blocks.some((block) => 'executableCode' in block || 'toolCall' in block)
  }

  /** Whether the stream may end here. */
  get #finished(): boolean {
    return this.#last !== undefined || this.#blocked
  }

  *event(data: string): Generator<Chunk, void, undefined> {
    const event = parseJson(data)
    if (!isObject(event)) throw new AttemptError('truncated', 'The stream broke in the middle of an event.')
    if (event['error'] !== undefined) throw errorOfBody(event)
    if (isObject(event['usageMetadata'])) this.#usage = { ...this.#usage, ...event['usageMetadata'] }
    if (this.#builder === undefined) {
      this.#head = headOf(event, this.#context.model)
      this.#builder = new ChunkBuilder(this.#head)
      yield this.#builder.role()
    }
    // Only the first candidate is streamed; the request asks for no more.
    const candidate = objectsOf(event['candidates']).find(({ index }) => index === undefined || index === 0)
    if (candidate === undefined) yield* this.#withoutCandidate(event, this.#builder)
    else yield* this.#candidate(candidate, this.#builder)
  }

  *#withoutCandidate(event: JsonObject, builder: ChunkBuilder): Generator<Chunk, void, undefined> {
    const refusal = blockReason(event)
    if (refusal === undefined || this.#blocked) return
    this.#blocked = true
    yield builder.refusal(refusal)
  }

  *#candidate(candidate: JsonObject, builder: ChunkBuilder): Generator<Chunk, void, undefined> {
    const parts = partsOf(candidate)
    let logprobs = toLogprobs(candidate['logprobsResult'])
    for (const part of parts) {
      for (const chunk of this.#part(part, builder)) {
        yield logprobs === null ? chunk : withLogprobs(chunk, logprobs)
        logprobs = null
      }
    }
    for (const field of ['groundingMetadata', 'citationMetadata']) {
      const { [field]: found } = candidate
      if (isObject(found) && Object.keys(found).length > 0) this.#grounding = { ...this.#grounding, [field]: found }
    }
    if (candidate['finishReason'] !== undefined) this.#last = candidate
    else if (parts.length > 0) this.#last = undefined
  }

  *#part(part: Part, builder: ChunkBuilder): Generator<Chunk, void, undefined> {
    if (this.#partial !== undefined && isObject(part['functionCall'])) {
      if (this.#partial.add(part['functionCall'])) return
      yield* this.#wholeCall(builder)
      return
    }
    yield* this.#wholeCall(builder)
    if (isPiece(part)) this.#partial = new PartialCall(part)
    else yield* this.#said(this.#turn.take(part), builder)
  }

  /** Hands over the call whose pieces have all come. */
  *#wholeCall(builder: ChunkBuilder): Generator<Chunk, void, undefined> {
    const whole = this.#partial?.whole()
    this.#partial = undefined
    if (whole !== undefined) yield* this.#said(this.#turn.take(whole), builder)
  }

  *#said(said: Said | undefined, builder: ChunkBuilder): Generator<Chunk, void, undefined> {
    switch (said?.kind) {
      case 'text':
        this.#text += said.text
        if (said.text !== '') yield builder.text(said.text)
        return
      case 'reasoning':
        if (said.text !== '') yield builder.reasoning(said.text)
        return
      case 'call':
        yield* callChunks(said.call, builder)
        return
      case 'media':
        if (said.mimeType.startsWith('image/')) yield builder.delta(imageDelta(said))
        return
      default:
        return
    }
  }

  *end(): Generator<Chunk, void, undefined> {
    const builder = this.#builder
    if (builder === undefined || this.#head === undefined || !this.#finished) {
      throw new AttemptError('truncated', 'The stream ended without a finish reason.')
    }
    yield* this.#wholeCall(builder)
    const reason = this.#last === undefined ? 'content_filter' : this.#reason(this.#last)
    yield builder.delta(this.#extras(reason), reason)
    const usage = toUsage(this.#usage)
    if (usage !== undefined) yield withTier(usageChunk(this.#head, usage), toServiceTier(this.#usage))
  }

  #reason(candidate: JsonObject): FinishReason {
    return toFinishReason(textOf(candidate['finishReason']), {
      calls: this.#turn.calls > 0,
      message: textOf(candidate['finishMessage']),
    })
  }

  /** What is known of the whole answer only at its end. */
  #extras(reason: FinishReason): Extras {
    const annotations = toAnnotations(this.#grounding, { text: this.#text, parts: this.#turn.blocks })
    const state = this.#turn.state()
    const refusal = reason === 'content_filter' && this.#text === '' ? textOf(this.#last?.['finishMessage']) : undefined
    return {
      ...(refusal === undefined ? {} : { refusal }),
      ...(annotations.length === 0 ? {} : { annotations }),
      ...(state === undefined ? {} : { provider_state: state }),
    }
  }
}

function imageDelta(media: { readonly mimeType: string; readonly data: string }): Extras {
  return { images: [toImage(media)] }
}

function* callChunks({ id, name, signature, ...call }: Call, builder: ChunkBuilder): Generator<Chunk, void, undefined> {
  yield withSignature(builder.toolCall(id, { id, name }), signature)
  const args = builder.toolArguments(id, call.arguments)
  if (args !== undefined) yield args
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
