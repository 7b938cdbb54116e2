import type { ChatCompletionChunk } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { usageChunk, type ChunkHead } from '../shared/chunks.ts'
import type { EventTranslator } from '../shared/event-stream.ts'
import { isObject, parseJson, type JsonObject } from '../shared/json.ts'
import type { SseEvent } from '../shared/sse.ts'
import { headOf, type AnswerStyle } from './answer.ts'
import { ChoiceDraft } from './choice-draft.ts'
import { errorInBody, isErrorBody } from './failure.ts'
import { listOf, numberOf } from '../shared/guards.ts'
import { servedTier, usageOf } from './usage.ts'

type Out = ChatCompletionChunk[]

/** Whether it is the vendor's terminal event, after which nothing is waited for. */
export function isLast({ data }: SseEvent): boolean {
  return data === '[DONE]'
}

/** One streamed answer: takes the vendor's events, gives chunks. The SDK's own reader throws validation errors at error frames. */
export class StreamedAnswer implements EventTranslator<ChatCompletionChunk> {
  readonly #style: AnswerStyle
  readonly #expected: number
  readonly #choices = new Map<number, ChoiceDraft>()
  #head: ChunkHead | undefined
  #usage: JsonObject | undefined

  constructor(style: AnswerStyle) {
    this.#style = style
    this.#expected = style.request.n ?? 1
  }

  /** With all its finish reasons and its usage the answer is whole; how the connection ends is of no interest. */
  get complete(): boolean {
    if (this.#choices.size < this.#expected) return false
    for (const { finished } of this.#choices.values()) if (!finished) return false
    return true
  }

  read(event: SseEvent, out: Out): void {
    if (isLast(event)) return
    const value = parseJson(event.data)
    if (event.event === 'error' || isErrorBody(value)) throw errorInBody(value ?? event.data)
    if (!isObject(value)) {
      if (event.data.trim() === '') return
      throw new AttemptError('truncated', 'An event of the stream cannot be read.')
    }
    if (isObject(value['usage'])) this.#usage = value['usage']
    const choices = listOf(value['choices']).filter(isObject)
    if (choices.length === 0) return
    const head = (this.#head ??= headOf(value, this.#style.model))
    for (const [position, choice] of choices.entries()) {
      this.#draft(numberOf(choice['index']) ?? position, head).read(choice, out)
    }
  }

  /** What is left at the end of the stream: usage. */
  end(out: Out): void {
    if (this.#head === undefined || !this.complete) {
      throw new AttemptError('truncated', 'The stream ended without a finish reason.')
    }
    if (this.#usage === undefined) return
    const tier = servedTier(this.#usage)
    out.push({ ...usageChunk(this.#head, usageOf(this.#usage)), ...(tier !== undefined && { service_tier: tier }) })
  }

  #draft(index: number, head: ChunkHead): ChoiceDraft {
    const known = this.#choices.get(index)
    if (known !== undefined) return known
    const draft = new ChoiceDraft(index, head, this.#style)
    this.#choices.set(index, draft)
    return draft
  }
}
