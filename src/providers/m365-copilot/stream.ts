import type OpenAI from 'openai'
import type { ChatCompletionChunk } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { ChunkBuilder } from '../shared/chunks.ts'
import type { EventTranslator } from '../shared/event-stream.ts'
import { failureFromBody } from '../shared/failure.ts'
import { isObject, parseJson } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import type { SseEvent } from '../shared/sse.ts'
import { annotationsOf } from './annotations.ts'
import type { Annotation } from './annotations.ts'
import { AnswerText } from './answer-text.ts'
import { conversationOf, mayBeWhole } from './conversation.ts'
import type { Conversation } from './conversation.ts'
import { refusals } from './failure.ts'
import type { Style } from './response.ts'
import { estimatedUsage } from './usage.ts'

type Chunk = ChatCompletionChunk
type Delta = OpenAI.ChatCompletionChunk.Choice.Delta & { annotations?: Annotation[] }

/**
 * Makes chunks of the snapshots of one answer: each says what it adds to those before. The conversation itself comes last
 * and ends the answer; a stream without it is cut, however its connection ended.
 */
export class SnapshotReader implements EventTranslator<Chunk> {
  readonly #style: Style
  readonly #builder: ChunkBuilder
  readonly #text: AnswerText
  #isBegun = false
  #isDisengaged = false
  #isDone = false

  constructor(style: Style) {
    const { conversation, model, markup } = style
    this.#style = style
    this.#builder = new ChunkBuilder({ id: conversation, created: Math.floor(Date.now() / 1000), model })
    this.#text = new AnswerText(markup)
  }

  get complete(): boolean {
    return this.#isDone
  }

  read({ data }: SseEvent, out: Chunk[]): void {
    if (this.#isDone) return
    const { answer, isWhole, isDisengaged } = conversationOf(snapshotIn(data), this.#style.prompt)
    if (!this.#isBegun) out.push(this.#builder.role())
    this.#isBegun = true
    this.#isDisengaged ||= isDisengaged
    if (isWhole) this.#finish(answer, out)
    else if (answer !== undefined && !this.#isDisengaged) this.#say(this.#text.more(answer.text), out)
  }

  end(out: Chunk[]): void {
    if (this.#isDone) return
    if (!this.#isDisengaged) throw new AttemptError('truncated', 'The stream ended before the conversation was whole.')
    this.#finish(undefined, out)
  }

  #say(added: string, out: Chunk[]): void {
    if (added !== '') out.push(this.#builder.text(added))
  }

  #finish(answer: Conversation['answer'], out: Chunk[]): void {
    if (answer === undefined && !this.#isDisengaged) throw new AttemptError('malformed', 'The conversation has no answer.')
    const rest = this.#text.rest(answer?.text ?? '')
    // A service that disengages takes back what it has said; the finish reason tells why no more of it comes.
    if (rest === undefined && !this.#isDisengaged)
      throw new AttemptError('malformed', 'The service has changed its answer after a part of it was handed over.')
    this.#isDone = true
    this.#say(rest ?? '', out)
    const annotations = rest === undefined || answer === undefined ? [] : this.#annotations(answer)
    const extras: Delta = { annotations }
    if (annotations.length > 0) out.push(this.#builder.delta(extras))
    const usage = estimatedUsage(this.#style.texts, this.#text.said)
    out.push(...this.#builder.finish(this.#isDisengaged ? 'content_filter' : 'stop', usage))
  }

  /** Places count in what was handed over. Stripped of its markup that shows none, but is the same but for it. */
  #annotations({ text, attributions }: NonNullable<Conversation['answer']>): Annotation[] {
    const { markup } = this.#style
    return annotationsOf(attributions, markup === 'keep' ? this.#text.said : text, markup)
  }
}

/** Whether an event is the last one: the conversation itself. */
export function isConversation({ data }: SseEvent): boolean {
  const value = mayBeWhole(data) ? parseJson(data) : undefined
  return isObject(value) && conversationOf(value, '').isWhole
}

function snapshotIn(data: string): JsonObject {
  const value = parseJson(data)
  if (!isObject(value)) throw new AttemptError('malformed', 'An event of the stream is no JSON object.')
  if (!isObject(value['error'])) return value
  const { kind, message, ...details } = failureFromBody(value, refusals)
  throw new AttemptError(kind, message, details)
}
