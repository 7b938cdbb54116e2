import { randomUUID } from 'node:crypto'
import type OpenAI from 'openai'
import type { ChatCompletionChunk, ProviderState } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { ChunkBuilder, usageChunk, type ChunkHead } from '../shared/chunks.ts'
import type { EventTranslator } from '../shared/event-stream.ts'
import { failureFromBody } from '../shared/failure.ts'
import { isObject, parseJson, textOf, type JsonObject } from '../shared/json.ts'
import type { SseEvent } from '../shared/sse.ts'
import { finishReason } from '../shared/claude/finish.ts'
import { allAnnotations, ownReasons, refusalOf, type Annotation } from './answer.ts'
import { BlockDraft } from './block-draft.ts'
import { refusals } from './failure.ts'
import { listOf } from '../shared/guards.ts'
import type { AnswerStyle } from './response.ts'
import { stateOf } from './state.ts'
import { laterUsage, servedTier, usageOf } from './usage.ts'

type Out = ChatCompletionChunk[]

/** Whether it is the vendor's terminal event, after which nothing is waited for. */
export function isLast({ event, data }: SseEvent): boolean {
  if (event !== undefined) return event === 'message_stop'
  if (!data.includes('message_stop')) return false
  const value = parseJson(data)
  return isObject(value) && value['type'] === 'message_stop'
}

/** One streamed answer: takes the vendor's events, gives chunks. */
export class StreamedAnswer implements EventTranslator<ChatCompletionChunk> {
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

  /** With the finish reason the answer is whole; how the connection ends is of no interest. */
  get complete(): boolean {
    return this.#finished
  }

  read(sseEvent: SseEvent, out: Out): void {
    const event = parsed(sseEvent)
    // Nothing but usage may follow the finish reason.
    if (this.#finished && event?.['type'] !== 'message_delta') return
    if (event === undefined) throw new AttemptError('truncated', 'An event of the stream cannot be read.')
    switch (event['type']) {
      case 'message_start':
        this.#start(event['message'], out)
        break
      case 'content_block_start':
        this.#open(event['index'], event['content_block'], out)
        break
      case 'content_block_delta':
        this.#grow(event['index'], event['delta'], out)
        break
      case 'content_block_stop':
        this.#close(event['index'], out)
        break
      case 'message_delta':
        this.#stop(event, out)
        break
      case 'error':
        throw errorOf(event)
      default:
        // Pings, and events of a later API.
        break
    }
  }

  /** What is left at the end of the stream: the finish reason, if it came with the beginning, and usage. */
  end(out: Out): void {
    if (this.#head === undefined || this.#stopReason === undefined) {
      throw new AttemptError('truncated', 'The stream ended without a stop reason.')
    }
    this.#finish(this.#stopReason, out)
    if (Object.keys(this.#usage).length === 0) return
    const tier = servedTier(this.#usage)
    out.push({ ...usageChunk(this.#head, usageOf(this.#usage)), ...(tier !== undefined && { service_tier: tier }) })
  }

  /** Refusal and finish reason, with all that belongs to the whole message. */
  #finish(stopReason: string, out: Out): void {
    if (this.#finished) return
    const builder = this.#started()
    for (const index of this.#blocks.keys()) this.#close(index, out)
    const refusal = refusalOf(stopReason, this.#stopDetails)
    if (refusal !== undefined) out.push(builder.refusal(refusal))
    const calls = this.#firstCall === undefined ? 'none' : this.#style.legacy ? 'function' : 'tools'
    out.push(builder.delta(this.#extras(), finishReason(stopReason, calls, ownReasons)))
    this.#finished = true
  }

  #start(message: unknown, out: Out): void {
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
    out.push(this.#builder.role())
    const content = listOf(message['content'])
    for (const [index, block] of content.entries()) {
      this.#open(`start-${index}`, block, out)
      this.#close(`start-${index}`, out)
    }
    // A turn that only continues a tool of the vendor's can be complete from the start.
    if (content.length > 0) this.#noteStop(message)
  }

  #open(index: unknown, content: unknown, out: Out): void {
    const builder = this.#started()
    if (!isObject(content)) return
    const draft = new BlockDraft(content, this.#blocks.size)
    this.#blocks.set(index, draft)
    if (draft.type === 'text' && draft.text !== '') out.push(builder.text(draft.text))
    if (draft.type === 'thinking' && draft.text !== '') out.push(builder.reasoning(draft.text))
    if (draft.type !== 'tool_use') return
    this.#firstCall ??= draft
    if (!this.#style.legacy) out.push(builder.toolCall(draft.key, { id: draft.id, name: draft.name }))
    else if (this.#firstCall === draft) out.push(builder.delta({ function_call: { name: draft.name, arguments: '' } }))
  }

  #grow(index: unknown, delta: unknown, out: Out): void {
    const builder = this.#started()
    const draft = this.#blocks.get(index)
    if (draft === undefined || !isObject(delta)) return
    const added = draft.grow(delta)
    if (added === '') return
    if (draft.type === 'text') out.push(builder.text(added))
    else if (draft.type === 'thinking') out.push(builder.reasoning(added))
    else if (draft.type === 'tool_use') this.#arguments(draft, added, out)
  }

  #close(index: unknown, out: Out): void {
    const draft = this.#blocks.get(index)
    if (draft === undefined || draft.closed) return
    // Arguments that came with the start of the block, or none at all.
    if (draft.type === 'tool_use' && draft.json === '') this.#arguments(draft, draft.startJson, out)
    draft.closed = true
  }

  #arguments(draft: BlockDraft, json: string, out: Out): void {
    const builder = this.#started()
    if (this.#style.legacy) {
      if (this.#firstCall === draft) out.push(builder.delta({ function_call: { arguments: json } }))
      return
    }
    const chunk = builder.toolArguments(draft.key, json)
    if (chunk !== undefined) out.push(chunk)
  }

  #stop({ delta, usage }: JsonObject, out: Out): void {
    this.#started()
    this.#usage = laterUsage(this.#usage, usage)
    if (!isObject(delta)) return
    this.#noteStop(delta)
    if (this.#stopReason !== undefined) this.#finish(this.#stopReason, out)
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

function parsed({ event, data }: SseEvent): JsonObject | undefined {
  const value = parseJson(data)
  if (isObject(value)) return typeof value['type'] === 'string' || event === undefined ? value : { ...value, type: event }
  // A proxy's keep-alive carries nothing.
  return event === 'ping' || (event === undefined && data.trim() === '') ? { type: 'ping' } : undefined
}

function errorOf(event: JsonObject): AttemptError {
  const { kind, message, ...details } = failureFromBody(event, refusals)
  return new AttemptError(kind, message, details)
}
