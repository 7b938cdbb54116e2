import type { ChatCompletionChunk } from '../../contracts/chat.ts'
import type { Secret } from '../../contracts/secret.ts'
import { AttemptError } from '../../errors.ts'
import { ChunkBuilder } from '../shared/chunks.ts'
import { failedRequest, failedSession } from './failure.ts'
import { finishOf, usageOf } from './usage.ts'
import type { MessageData, SessionEvent, UsageData } from './events.ts'

/** For whom events are read. */
export interface Reading {
  /** The model that was asked for. */
  readonly model: string
  readonly secret: Secret
  readonly sessionId: string
}

/** Model names that stand for whichever model the service chooses. */
const chosenByService = 'auto'

/**
 * Makes chunks of a session's events.
 *
 * What the model said comes as deltas, and once more as a whole; usage may come before the last delta. So an answer is
 * complete when its usage, or the whole of it, has come and then its turn has ended. Its turn, and not the session: of an
 * answer that ended at its limit the runtime makes the model go on by itself.
 */
export class SessionReader {
  readonly #reading: Reading
  readonly #created = Math.floor(Date.now() / 1000)
  #chunks: ChunkBuilder | undefined
  #model: string
  /** What has been handed over of each message's text. */
  readonly #said = new Map<string, string>()
  #hasReasoned = false
  #usage: UsageData | undefined
  #isWhole = false
  #calls = 0
  #isComplete = false

  constructor(reading: Reading) {
    this.#reading = reading
    this.#model = reading.model
  }

  /** Whether the answer is complete: nothing that follows belongs to it. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Whether the session is at rest: after calls it waits for their results, and after a cut answer it asks for more. */
  get isAtRest(): boolean {
    return this.#isComplete && this.#calls === 0 && this.#usage?.finishReason !== 'length'
  }

  /** Whether any of the answer has come. */
  get hasBegun(): boolean {
    return this.#chunks !== undefined
  }

  /** Appends what an event means. Throws what went wrong. */
  read(event: SessionEvent, out: ChatCompletionChunk[]): void {
    // Whoever works below the main agent answers to that, not to the caller.
    if (event.agentId !== undefined || this.#isComplete) return
    this.#readFailure(event)
    this.#readAnswer(event, out)
    this.#readEnd(event, out)
  }

  #readFailure(event: SessionEvent): void {
    const { hasBegun } = this
    const { secret } = this.#reading
    switch (event.type) {
      case 'model.call_failure':
        if (event.data.source === 'top_level') throw failedRequest(event.data, { secret, hasBegun })
        return
      case 'session.error':
        throw failedSession(event.data, secret)
      case 'session.idle':
        if (event.data.aborted === true) throw this.#cut('The session was aborted.')
        return
      case 'session.shutdown':
        throw this.#cut('The session was shut down before the answer was complete.')
      default:
    }
  }

  #readAnswer(event: SessionEvent, out: ChatCompletionChunk[]): void {
    switch (event.type) {
      case 'session.tools_updated':
        return this.#serve(event.data.model)
      case 'assistant.message_delta':
        return this.#addText(event.data.messageId, event.data.deltaContent, out)
      case 'assistant.reasoning_delta':
        return this.#addReasoning(event.data.deltaContent, out)
      case 'assistant.message':
        return this.#addRest(event.data, out)
      case 'assistant.usage':
        // The first is that of the answer; others are of what the runtime does on its own account.
        this.#usage ??= event.data
        return undefined
      default:
        return undefined
    }
  }

  #readEnd({ type }: SessionEvent, out: ChatCompletionChunk[]): void {
    if (this.#isEnd(type)) this.#finish(out)
    else if (type === 'session.idle') throw this.#cut('The session ended without a whole answer.')
  }

  #isEnd(type: SessionEvent['type']): boolean {
    const hasCalled = this.#calls > 0
    switch (type) {
      case 'assistant.message':
      case 'assistant.usage':
        // A turn with calls does not end: it waits for their results.
        return hasCalled && this.#isWhole && this.#usage !== undefined
      case 'external_tool.requested':
        return hasCalled
      case 'assistant.turn_end':
      case 'session.idle':
        // An answer of nothing at all, without even a reason to stop, is none: an error follows.
        return this.#usage?.finishReason !== undefined || (this.hasBegun && (this.#usage !== undefined || this.#isWhole))
      default:
        return false
    }
  }

  /** The runtime takes another model, without a word, in place of one that it does not know. */
  #serve(model: string): void {
    const { model: asked } = this.#reading
    if (model !== asked && asked !== chosenByService && !this.hasBegun)
      throw new AttemptError('not_found', `There is no model '${asked}': Copilot would have answered with '${model}'.`, {
        code: 'model_not_found',
        param: 'model',
      })
    if (!this.hasBegun) this.#model = model
  }

  #builder(out: ChatCompletionChunk[]): ChunkBuilder {
    if (this.#chunks !== undefined) return this.#chunks
    const head = { id: `chatcmpl-${this.#reading.sessionId}`, created: this.#created, model: this.#model }
    this.#chunks = new ChunkBuilder(head)
    out.push(this.#chunks.role())
    return this.#chunks
  }

  #addText(messageId: string, text: string, out: ChatCompletionChunk[]): void {
    if (text === '') return
    out.push(this.#builder(out).text(text))
    this.#said.set(messageId, (this.#said.get(messageId) ?? '') + text)
  }

  #addReasoning(text: string, out: ChatCompletionChunk[]): void {
    if (text === '') return
    this.#hasReasoned = true
    out.push(this.#builder(out).reasoning(text))
  }

  /** The whole of a message: what no delta has brought of it, and its tool calls. */
  #addRest(data: MessageData, out: ChatCompletionChunk[]): void {
    const { messageId, content, reasoningText, toolRequests = [] } = data
    if (!this.#hasReasoned && !this.#said.has(messageId)) this.#addReasoning(reasoningText ?? '', out)
    const said = this.#said.get(messageId) ?? ''
    if (content.startsWith(said)) this.#addText(messageId, content.slice(said.length), out)
    for (const { toolCallId: id, name, arguments: given } of toolRequests) {
      out.push(this.#builder(out).toolCall(id, { id, name }))
      const json = typeof given === 'string' ? given : given === undefined ? '' : JSON.stringify(given)
      const chunk = this.#builder(out).toolArguments(id, json)
      if (chunk !== undefined) out.push(chunk)
      this.#calls += 1
    }
    this.#isWhole = data.chunkCount === undefined || data.chunkIndex === data.chunkCount - 1
  }

  #finish(out: ChatCompletionChunk[]): void {
    this.#isComplete = true
    const said = this.#usage === undefined ? 'stop' : finishOf(this.#usage)
    // The builder knows by itself whether there were calls.
    const reason = said === 'tool_calls' ? 'stop' : said
    const usage = this.#usage === undefined ? undefined : usageOf(this.#usage)
    out.push(...this.#builder(out).finish(reason, usage))
  }

  #cut(message: string): AttemptError {
    return new AttemptError('truncated', message)
  }
}
