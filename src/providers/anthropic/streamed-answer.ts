import { randomUUID } from 'node:crypto'
import type OpenAI from 'openai'
import type { ChatCompletionChunk, ProviderState } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { ChunkBuilder, usageChunk, type ChunkHead } from '../shared/chunks.ts'
import { failureFromBody } from '../shared/failure.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { allAnnotations, finishReason, refusalOf, type Annotation } from './answer.ts'
import { BlockDraft } from './block-draft.ts'
import { refusals } from './failure.ts'
import type { AnswerStyle } from './response.ts'
import { stateOf } from './state.ts'
import { laterUsage, servedTier, usageOf } from './usage.ts'

/** One streamed answer: takes the vendor's events, gives chunks. */
export class StreamedAnswer {
  readonly #style: AnswerStyle
  readonly #blocks = new Map<unknown, BlockDraft>()
  #head: ChunkHead | undefined
  #builder: ChunkBuilder | undefined
  #usage: JsonObject = {}
  #stopReason: string | undefined
  #stopDetails: unknown
  #firstCall: BlockDraft | undefined
  #finished = false

  constructor(style: AnswerStyle) {
    this.#style = style
  }

  /** Whether the stop reason is known. */
  get stopped(): boolean {
    return this.#stopReason !== undefined
  }

  *take(event: JsonObject): Generator<ChatCompletionChunk> {
    // Nothing but usage may follow the finish reason.
    if (this.#finished && event['type'] !== 'message_delta') return
    switch (event['type']) {
      case 'message_start':
        yield* this.#start(event['message'])
        break
      case 'content_block_start':
        yield* this.#open(event['index'], event['content_block'])
        break
      case 'content_block_delta':
        yield* this.#grow(event['index'], event['delta'])
        break
      case 'content_block_stop':
        yield* this.#close(event['index'])
        break
      case 'message_delta':
        yield* this.#stop(event)
        break
      case 'error':
        throw errorOf(event)
      default:
        // Pings, and events of a later API.
        break
    }
  }

  /** What is left at the end of the stream: the finish reason, if it came with the beginning, and usage. */
  *end(): Generator<ChatCompletionChunk> {
    if (this.#head === undefined || this.#stopReason === undefined) {
      throw new AttemptError('truncated', 'The stream ended without a stop reason.')
    }
    yield* this.#finish(this.#stopReason)
    if (Object.keys(this.#usage).length === 0) return
    const tier = servedTier(this.#usage)
    yield { ...usageChunk(this.#head, usageOf(this.#usage)), ...(tier !== undefined && { service_tier: tier }) }
  }

  /** Refusal and finish reason, with all that belongs to the whole message. */
  *#finish(stopReason: string): Generator<ChatCompletionChunk> {
    if (this.#finished) return
    const builder = this.#started()
    for (const index of this.#blocks.keys()) yield* this.#close(index)
    const refusal = refusalOf(stopReason, this.#stopDetails)
    if (refusal !== undefined) yield builder.refusal(refusal)
    const calls = this.#firstCall === undefined ? 'none' : this.#style.legacy ? 'function' : 'tools'
    yield builder.delta(this.#extras(), finishReason(stopReason, calls))
    this.#finished = true
  }

  *#start(message: unknown): Generator<ChatCompletionChunk> {
    if (!isObject(message)) throw new AttemptError('malformed', 'The stream begins without a message.')
    const id = textOf(message['id']) ?? `msg_${randomUUID()}`
    if (this.#head !== undefined) {
      // Repeated by some proxies; another message's events in this stream are a fault.
      if (this.#head.id === id) return
      throw new AttemptError('malformed', 'A second message began inside the stream.')
    }
    this.#head = { id, created: Math.floor(Date.now() / 1000), model: textOf(message['model']) ?? this.#style.model }
    this.#builder = new ChunkBuilder(this.#head)
    this.#usage = laterUsage({}, message['usage'])
    yield this.#builder.role()
    const content = contentOf(message)
    for (const [index, block] of content.entries()) {
      yield* this.#open(`start-${index}`, block)
      yield* this.#close(`start-${index}`)
    }
    // A turn that only continues a tool of the vendor's can be complete from the start.
    if (content.length > 0) this.#noteStop(message)
  }

  *#open(index: unknown, content: unknown): Generator<ChatCompletionChunk> {
    const builder = this.#started()
    if (!isObject(content)) return
    const draft = new BlockDraft(content, this.#blocks.size)
    this.#blocks.set(index, draft)
    if (draft.type === 'text' && draft.text !== '') yield builder.text(draft.text)
    if (draft.type === 'thinking' && draft.text !== '') yield builder.reasoning(draft.text)
    if (draft.type !== 'tool_use') return
    this.#firstCall ??= draft
    if (!this.#style.legacy) yield builder.toolCall(draft.key, { id: draft.id, name: draft.name })
    else if (this.#firstCall === draft) yield builder.delta({ function_call: { name: draft.name, arguments: '' } })
  }

  *#grow(index: unknown, delta: unknown): Generator<ChatCompletionChunk> {
    const builder = this.#started()
    const draft = this.#blocks.get(index)
    if (draft === undefined || !isObject(delta)) return
    const added = draft.grow(delta)
    if (added === '') return
    if (draft.type === 'text') yield builder.text(added)
    else if (draft.type === 'thinking') yield builder.reasoning(added)
    else if (draft.type === 'tool_use') yield* this.#arguments(draft, added)
  }

  *#close(index: unknown): Generator<ChatCompletionChunk> {
    const draft = this.#blocks.get(index)
    if (draft === undefined || draft.closed) return
    // Arguments that came with the start of the block, or none at all.
    if (draft.type === 'tool_use' && draft.json === '') yield* this.#arguments(draft, draft.startJson)
    draft.closed = true
  }

  *#arguments(draft: BlockDraft, json: string): Generator<ChatCompletionChunk> {
    const builder = this.#started()
    if (this.#style.legacy) {
      if (this.#firstCall === draft) yield builder.delta({ function_call: { arguments: json } })
      return
    }
    const chunk = builder.toolArguments(draft.key, json)
    if (chunk !== undefined) yield chunk
  }

  *#stop({ delta, usage }: JsonObject): Generator<ChatCompletionChunk> {
    this.#started()
    this.#usage = laterUsage(this.#usage, usage)
    if (!isObject(delta)) return
    this.#noteStop(delta)
    if (this.#stopReason !== undefined) yield* this.#finish(this.#stopReason)
  }

  #noteStop({ stop_reason: reason, stop_details: details }: JsonObject): void {
    if (typeof reason === 'string' && reason !== '') this.#stopReason = reason
    this.#stopDetails = details ?? this.#stopDetails
  }

  #started(): ChunkBuilder {
    if (this.#builder === undefined) throw new AttemptError('malformed', 'The stream does not begin with a message.')
    return this.#builder
  }

  #extras(): Delta {
    const blocks = [...this.#blocks.values()].map((draft) => draft.block())
    const annotations = allAnnotations(blocks)
    const state = stateOf(this.#head?.model ?? this.#style.model, blocks)
    return { ...(annotations.length > 0 && { annotations }), ...(state !== undefined && { provider_state: state }) }
  }
}

/** OpenAI's delta with what belongs to a whole message. */
type Delta = OpenAI.ChatCompletionChunk.Choice.Delta & { annotations?: Annotation[]; provider_state?: ProviderState }

function contentOf(message: JsonObject): readonly unknown[] {
  return Array.isArray(message['content']) ? message['content'] : []
}

function errorOf(event: JsonObject): AttemptError {
  const { kind, message, ...details } = failureFromBody(event, refusals)
  return new AttemptError(kind, message, details)
}
