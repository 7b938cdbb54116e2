import type OpenAI from 'openai'
import type { ChatCompletionChunk, ProviderState } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { ChunkBuilder, usageChunk, type ChunkHead } from '../shared/chunks.ts'
import type { EventTranslator } from '../shared/event-stream.ts'
import { isObject, parseJson, textOf, type JsonObject } from '../shared/json.ts'
import type { SseEvent } from '../shared/sse.ts'
import { allAnnotations, answerId, finishReason, type Annotation, type AnswerStyle } from './answer.ts'
import { BlockDraft } from './block-draft.ts'
import { faultOf } from '../shared/aws/failure.ts'
import { isCall, stateOf } from './state.ts'
import { servedTier, usageOf } from './usage.ts'

type Out = ChatCompletionChunk[]

/** Tells the last event of a stream: stop reason and usage have come, which is behind it as a rule. */
export function lastEvent(): (event: SseEvent) => boolean {
  const awaited = new Set(['messageStop', 'metadata'])
  return ({ event = '' }) => awaited.delete(event) && awaited.size === 0
}

/** One streamed answer: takes the vendor's events, gives chunks. */
export class StreamedAnswer implements EventTranslator<ChatCompletionChunk> {
  readonly #style: AnswerStyle
  readonly #blocks = new Map<unknown, BlockDraft>()
  #headers: Headers | undefined
  #head: ChunkHead | undefined
  #builder: ChunkBuilder | undefined
  #metadata: JsonObject = {}
  #firstCall: BlockDraft | undefined
  #finished = false

  constructor(style: AnswerStyle) {
    this.#style = style
  }

  /** The response's head, before the first event: the answer takes its id from it. */
  begin(headers: Headers): void {
    this.#headers = headers
  }

  /** With the stop reason the answer is whole; how the connection ends is of no interest. */
  get complete(): boolean {
    return this.#finished
  }

  read(sseEvent: SseEvent, out: Out): void {
    const { event = '', data } = sseEvent
    if (event.startsWith('!')) {
      if (!this.#finished) throw faultOf(sseEvent)
      return
    }
    const handle = this.#handlers[event]
    // Events of a later API, and anything but usage behind the end.
    if (handle === undefined || (this.#finished && event !== 'metadata')) return
    const payload = parseJson(data)
    if (!isObject(payload)) {
      if (this.#finished) return
      throw new AttemptError('truncated', 'An event of the stream cannot be read.')
    }
    handle(payload, out)
  }

  /** What is left at the end of the stream: usage. */
  end(out: Out): void {
    if (this.#head === undefined || !this.#finished) {
      throw new AttemptError('truncated', 'The stream ended without a stop reason.')
    }
    const { usage } = this.#metadata
    if (!isObject(usage)) return
    const tier = servedTier(this.#metadata)
    out.push({ ...usageChunk(this.#head, usageOf(usage)), ...(tier !== undefined && { service_tier: tier }) })
  }

  readonly #handlers: Readonly<Record<string, (payload: JsonObject, out: Out) => void>> = {
    messageStart: (_, out) => void this.#start(out),
    contentBlockStart: ({ contentBlockIndex, start }, out) => this.#open(contentBlockIndex, start, out),
    contentBlockDelta: ({ contentBlockIndex, delta }, out) => this.#grow(contentBlockIndex, delta, out),
    contentBlockStop: ({ contentBlockIndex }, out) => this.#close(contentBlockIndex, out),
    messageStop: ({ stopReason }, out) => this.#stop(stopReason, out),
    metadata: (payload) => {
      this.#metadata = payload
    },
  }

  #start(out: Out): ChunkBuilder {
    if (this.#builder !== undefined) return this.#again(this.#builder)
    this.#head = { id: answerId(this.#headers), created: Math.floor(Date.now() / 1000), model: this.#style.model }
    this.#builder = new ChunkBuilder(this.#head)
    out.push(this.#builder.role())
    return this.#builder
  }

  /** A beginning that comes twice is one; behind content it would be that of another answer. */
  #again(builder: ChunkBuilder): ChunkBuilder {
    if (this.#blocks.size === 0) return builder
    throw new AttemptError('malformed', 'A second message began inside the stream.')
  }

  #open(index: unknown, start: unknown, out: Out): BlockDraft {
    const draft = new BlockDraft(isObject(start) ? start : {}, this.#blocks.size)
    this.#blocks.set(index, draft)
    const builder = this.#builder ?? this.#start(out)
    const { call } = draft
    if (call === undefined) return draft
    this.#firstCall ??= draft
    if (!this.#isTold(draft)) return draft
    if (this.#style.legacy) out.push(builder.delta({ function_call: { name: call.name, arguments: '' } }))
    else out.push(builder.toolCall(draft.key, call))
    return draft
  }

  #grow(index: unknown, delta: unknown, out: Out): void {
    // Some proxies leave the start of the message out.
    const builder = this.#builder ?? this.#start(out)
    if (!isObject(delta)) return
    const draft = this.#blocks.get(index) ?? this.#open(index, {}, out)
    const { kind, text } = draft.grow(delta)
    if (text === '') return
    if (kind === 'text') out.push(builder.text(text))
    else if (kind === 'reasoning') out.push(builder.reasoning(text))
    else if (kind === 'arguments') this.#argue(draft, text, out)
  }

  #argue(draft: BlockDraft, json: string, out: Out): void {
    if (draft.call === undefined || !this.#isTold(draft)) return
    const builder = this.#started()
    const chunk = this.#style.legacy
      ? builder.delta({ function_call: { arguments: json } })
      : builder.toolArguments(draft.key, json)
    if (chunk !== undefined) out.push(chunk)
  }

  #close(index: unknown, out: Out): void {
    const draft = this.#blocks.get(index)
    if (draft === undefined || draft.closed) return
    draft.closed = true
    const { call } = draft
    if (call === undefined || !this.#isTold(draft)) return
    if (this.#style.legacy) {
      if (!draft.argued) this.#argue(draft, '{}', out)
      return
    }
    const chunk = this.#started().toolEnd(draft.key)
    if (chunk !== undefined) out.push(chunk)
  }

  /** Whether the caller hears of this call: of several that it ruled out, only of the first. */
  #isTold(draft: BlockDraft): boolean {
    return this.#firstCall === draft || !(this.#style.single || this.#style.legacy)
  }

  #stop(reason: unknown, out: Out): void {
    const builder = this.#started()
    const stopReason = textOf(reason)
    if (stopReason === undefined) throw new AttemptError('truncated', 'The stream ended without a stop reason.')
    const calls = this.#firstCall === undefined ? 'none' : this.#style.legacy ? 'function' : 'tools'
    const finish = finishReason(stopReason, calls)
    for (const index of this.#blocks.keys()) this.#close(index, out)
    out.push(builder.delta(this.#extras(), finish))
    this.#finished = true
  }

  #started(): ChunkBuilder {
    if (this.#builder === undefined) throw new AttemptError('malformed', 'The stream does not begin with a message.')
    return this.#builder
  }

  #extras(): Delta {
    const blocks = [...this.#blocks.values()].map((draft) => draft.block())
    const annotations = allAnnotations(blocks)
    const state = stateOf(
      this.#style.model,
      blocks.filter((block) => isCall(block) || block['text'] !== ''),
    )
    return { ...(annotations.length > 0 && { annotations }), ...(state !== undefined && { provider_state: state }) }
  }
}

/** OpenAI's delta with what belongs to a whole message. */
type Delta = OpenAI.ChatCompletionChunk.Choice.Delta & { annotations?: Annotation[]; provider_state?: ProviderState }
