import type { ChatCompletionChunk, ProviderState } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { ChunkBuilder, usageChunk, type ChunkHead } from '../shared/chunks.ts'
import { failureFromBody } from '../shared/failure.ts'
import { isObject, parseJson, textOf, type JsonObject } from '../shared/json.ts'
import type { SseEvent } from '../shared/sse.ts'
import { allAnnotations, finishReason, refusalOf, type Annotation } from './answer.ts'
import { BlockDraft } from './block-draft.ts'
import { refusals } from './failure.ts'
import type { AnswerStyle } from './response.ts'
import { stateOf } from './state.ts'
import { laterUsage, usageOf } from './usage.ts'

/** Whether it is the vendor's terminal event, after which nothing is waited for. */
export function isLast({ event, data }: SseEvent): boolean {
  if (event !== undefined) return event === 'message_stop'
  return data.includes('message_stop') && typeOf(parseJson(data)) === 'message_stop'
}

/** The vendor's events as chunks. Throws where they end without a `stop_reason`. */
export async function* chunks(
  batches: AsyncIterable<readonly SseEvent[]>,
  style: AnswerStyle,
): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  const answer = new StreamedAnswer(style)
  try {
    for await (const events of batches) {
      for (const event of events) yield* answer.take(read(event))
    }
  } catch (error) {
    // With the stop reason the answer is whole; how the connection ends is of no interest.
    if (!(answer.stopped && error instanceof AttemptError && error.failure.kind === 'truncated')) throw error
  }
  yield* answer.end()
}

function read({ event, data }: SseEvent): JsonObject {
  const value = parseJson(data)
  if (isObject(value)) return typeof value['type'] === 'string' || event === undefined ? value : { ...value, type: event }
  // Events that carry nothing (a ping of a proxy) are harmless, cut ones are not.
  if (data.trim() === '' || event === 'ping') return { type: 'ping' }
  throw new AttemptError('truncated', 'An event of the stream cannot be read.')
}

function typeOf(value: unknown): unknown {
  return isObject(value) ? value['type'] : undefined
}

/** One streamed answer: takes events, gives chunks. */
class StreamedAnswer {
  readonly #style: AnswerStyle
  readonly #blocks = new Map<unknown, BlockDraft>()
  #head: ChunkHead | undefined
  #builder: ChunkBuilder | undefined
  #usage: JsonObject = {}
  #stopReason: string | undefined
  #stopDetails: unknown
  #calls = 0

  constructor(style: AnswerStyle) {
    this.#style = style
  }

  /** Whether the stop reason is known. */
  get stopped(): boolean {
    return this.#stopReason !== undefined
  }

  *take(event: JsonObject): Generator<ChatCompletionChunk> {
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
        this.#stop(event)
        break
      case 'error':
        throw errorOf(event)
      default:
        // Pings, and events of a later API.
        break
    }
  }

  /** The end of the answer: refusal, finish reason with all that belongs to the whole message, usage. */
  *end(): Generator<ChatCompletionChunk> {
    const builder = this.#builder
    if (builder === undefined || this.#head === undefined || this.#stopReason === undefined) {
      throw new AttemptError('truncated', 'The stream ended without a stop reason.')
    }
    for (const index of this.#blocks.keys()) yield* this.#close(index)
    const refusal = refusalOf(this.#stopReason, this.#stopDetails)
    if (refusal !== undefined) yield builder.refusal(refusal)
    const calls = this.#calls === 0 ? 'none' : this.#style.legacy ? 'function' : 'tools'
    yield builder.delta(this.#extras(this.#head.model), finishReason(this.#stopReason, calls))
    yield usageChunk(this.#head, usageOf(this.#usage))
  }

  *#start(message: unknown): Generator<ChatCompletionChunk> {
    if (!isObject(message)) throw new AttemptError('malformed', 'The stream begins without a message.')
    const id = textOf(message['id']) ?? ''
    if (this.#head !== undefined) {
      // Repeated by some proxies; another message's events in this stream are a fault.
      if (this.#head.id === id) return
      throw new AttemptError('malformed', 'A second message began inside the stream.')
    }
    this.#head = { id, created: Math.floor(Date.now() / 1000), model: textOf(message['model']) ?? '' }
    this.#builder = new ChunkBuilder(this.#head)
    this.#usage = laterUsage({}, message['usage'])
    yield this.#builder.role()
    // A turn that only continues a tool of the vendor's can be complete from the start.
    this.#stopReason = textOf(message['stop_reason'])
    this.#stopDetails = message['stop_details']
    for (const [index, block] of contentOf(message).entries()) {
      yield* this.#open(`start-${index}`, block)
      yield* this.#close(`start-${index}`)
    }
  }

  *#open(index: unknown, content: unknown): Generator<ChatCompletionChunk> {
    const builder = this.#started()
    if (!isObject(content)) return
    const draft = new BlockDraft(content, this.#blocks.size)
    this.#blocks.set(index, draft)
    if (draft.type === 'text' && draft.text !== '') yield builder.text(draft.text)
    if (draft.type === 'thinking' && draft.text !== '') yield builder.reasoning(draft.text)
    if (draft.type !== 'tool_use') return
    this.#calls += 1
    if (!this.#style.legacy) yield builder.toolCall(draft.key, { id: draft.id, name: draft.name })
    else if (this.#calls === 1) yield builder.delta({ function_call: { name: draft.name, arguments: '' } })
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
      const [first] = [...this.#blocks.values()].filter(({ type }) => type === 'tool_use')
      if (first === draft) yield builder.delta({ function_call: { arguments: json } })
      return
    }
    const chunk = builder.toolArguments(draft.key, json)
    if (chunk !== undefined) yield chunk
  }

  #stop({ delta, usage }: JsonObject): void {
    this.#started()
    this.#usage = laterUsage(this.#usage, usage)
    if (!isObject(delta)) return
    this.#stopReason = textOf(delta['stop_reason']) ?? this.#stopReason
    this.#stopDetails = delta['stop_details'] ?? this.#stopDetails
  }

  #started(): ChunkBuilder {
    if (this.#builder === undefined) throw new AttemptError('malformed', 'The stream does not begin with a message.')
    return this.#builder
  }

  #extras(model: string): Extras {
    const blocks = [...this.#blocks.values()].map((draft) => draft.block())
    const annotations = allAnnotations(blocks)
    const state = stateOf(model, blocks)
    return { ...(annotations.length > 0 && { annotations }), ...(state !== undefined && { provider_state: state }) }
  }
}

interface Extras {
  readonly content?: never
  readonly annotations?: Annotation[]
  readonly provider_state?: ProviderState
}

function contentOf(message: JsonObject): readonly unknown[] {
  return Array.isArray(message['content']) ? message['content'] : []
}

function errorOf(event: JsonObject): AttemptError {
  const { kind, message, ...details } = failureFromBody(event, refusals)
  return new AttemptError(kind, message, details)
}
