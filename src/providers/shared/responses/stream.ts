import type OpenAI from 'openai'
import type { AssistantExtras, ChatCompletionChunk } from '../../../contracts/chat.ts'
import { AttemptError } from '../../../errors.ts'
import { ChunkBuilder, usageChunk } from '../chunks.ts'
import type { ChunkHead } from '../chunks.ts'
import type { EventTranslator } from '../event-stream.ts'
import { isObject, parseJson, textOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { SseEvent } from '../sse.ts'
import { errorFrom, failedError, finishReasonOf, isAnswered, isLogprob, messageOf } from './answer.ts'
import type { Annotation } from './annotations.ts'
import { OutputDraft } from './output-draft.ts'
import { extrasOf, headOf } from './response.ts'
import { usageOf } from './usage.ts'
import type { ResponsesStyle } from './wire.ts'
import { listOf, objectsOf } from './wire.ts'

type Chunk = ChatCompletionChunk
type Out = Chunk[]
type Delta = OpenAI.ChatCompletionChunk.Choice.Delta & AssistantExtras & { annotations?: Annotation[] }

/** Reads the events of one response. Events that it does not know mean nothing to it. */
export class ResponsesReader implements EventTranslator<Chunk> {
  readonly #style: ResponsesStyle
  readonly #draft: OutputDraft
  #head: ChunkHead | undefined
  #builder: ChunkBuilder | undefined
  #usage: Chunk | undefined
  #finished = false

  constructor(style: ResponsesStyle) {
    this.#style = style
    this.#draft = new OutputDraft()
  }

  /** With its terminal event the answer is whole; how the connection ends is of no interest. */
  get complete(): boolean {
    return this.#finished
  }

  read({ event: name, data }: SseEvent, out: Out): void {
    if (this.#finished || data === '[DONE]' || data.trim() === '') return
    const value = parseJson(data)
    if (!isObject(value)) throw new AttemptError('truncated', 'An event of the stream cannot be read.')
    const type = textOf(value['type']) ?? name ?? ''
    if (type === 'error' || (type === '' && isObject(value['error']))) throw errorFrom(value, this.#style.refusals)
    const handler = handlers[type]
    if (handler !== undefined) handler(this, value, out)
    // Vendors that search tell of it, and of what they think, in events of their own.
    else if (type.startsWith('response.reasoning.')) this.#say('reasoning', value['thought'], out)
  }

  end(out: Out): void {
    if (!this.#finished) throw new AttemptError('truncated', 'The stream ended without its terminal event.')
    if (this.#usage !== undefined) out.push(this.#usage)
  }

  /** The first event: who answers. */
  begin(response: unknown, out: Out): ChunkBuilder {
    if (this.#builder !== undefined) return this.#builder
    this.#head = headOf(isObject(response) ? response : {}, this.#style)
    this.#builder = new ChunkBuilder(this.#head)
    out.push(this.#builder.role())
    return this.#builder
  }

  text(event: JsonObject, out: Out): void {
    const content = textOf(event['delta']) ?? ''
    const logprobs = listOf(event['logprobs']).filter(isLogprob)
    this.#draft.said(event)
    if (content === '') return
    const chunk = this.begin(undefined, out).text(content)
    const [choice] = chunk.choices
    out.push(
      logprobs.length === 0 || choice === undefined
        ? chunk
        : { ...chunk, choices: [{ ...choice, logprobs: { content: logprobs, refusal: null } }] },
    )
  }

  refusal(event: JsonObject, out: Out): void {
    this.#draft.said(event)
    const words = textOf(event['delta']) ?? ''
    if (words !== '') out.push(this.begin(undefined, out).refusal(words))
  }

  reasoning(event: JsonObject, out: Out): void {
    const gap = this.#draft.thought(event) ? '\n\n' : ''
    this.#say('reasoning', `${gap}${textOf(event['delta']) ?? ''}`, out)
  }

  #say(what: 'text' | 'reasoning', words: unknown, out: Out): void {
    if (typeof words === 'string' && words !== '') out.push(this.begin(undefined, out)[what](words))
  }

  /** A new item: a call begins with its id and name. */
  open(event: JsonObject, out: Out): void {
    const { item } = event
    const builder = this.begin(undefined, out)
    if (!isObject(item) || item['type'] !== 'function_call') return
    const key = this.#draft.call(event, item)
    if (key === undefined) return
    out.push(builder.toolCall(key, { id: idOf(item), name: textOf(item['name']) ?? '' }))
    this.#grow(key, textOf(item['arguments']) ?? '', out)
  }

  grow(event: JsonObject, out: Out): void {
    const key = this.#draft.keyOf(event)
    if (key !== undefined) this.#grow(key, textOf(event['delta']) ?? '', out)
  }

  /** The whole arguments: they matter where they were not sent piece by piece. */
  whole(event: JsonObject, out: Out): void {
    const key = this.#draft.keyOf(event)
    const json = textOf(event['arguments']) ?? ''
    if (key !== undefined && !this.#draft.hasArguments(key)) this.#grow(key, json, out)
  }

  #grow(key: string, json: string, out: Out): void {
    this.#draft.grew(key, json)
    const chunk = this.begin(undefined, out).toolArguments(key, json)
    if (chunk !== undefined) out.push(chunk)
  }

  /** An item is whole: what of it was not streamed comes now. */
  close(event: JsonObject, out: Out): void {
    const { item } = event
    if (!isObject(item)) return
    this.#draft.keep(event, item)
    this.#complete(event, item, out)
  }

  #complete(event: JsonObject, item: JsonObject, out: Out): void {
    const builder = this.begin(undefined, out)
    if (item['type'] === 'function_call') {
      if (this.#draft.keyOf({ ...event, item }) === undefined) this.open({ ...event, item: { ...item, arguments: '' } }, out)
      this.whole({ ...event, item, arguments: item['arguments'] }, out)
      const key = this.#draft.keyOf({ ...event, item })
      const last = key === undefined ? undefined : builder.toolEnd(key)
      if (last !== undefined) out.push(last)
    } else if (!this.#draft.hasSaid({ ...event, item })) {
      this.#sayAll({ ...event, item_id: item['id'] }, item, out)
    }
  }

  /** A message or reasoning in one piece. */
  #sayAll(event: JsonObject, item: JsonObject, out: Out): void {
    const { content, refusal, reasoning_content: reasoning } = messageOf([item], this.#style)
    if (reasoning) this.reasoning({ ...event, delta: reasoning }, out)
    if (content) this.text({ ...event, delta: content }, out)
    if (refusal) this.refusal({ ...event, delta: refusal }, out)
  }

  /** The terminal event: what nobody had sent before, the finish reason, usage. */
  finish(event: JsonObject, out: Out): void {
    const response = isObject(event['response']) ? event['response'] : {}
    const failed = failedError(response, this.#style.refusals)
    if (failed !== undefined) throw failed
    const builder = this.begin(response, out)
    const snapshot = objectsOf(response['output'])
    for (const [output_index, item] of snapshot.entries()) this.#complete({ output_index, item_id: item['id'] }, item, out)
    const items = this.#draft.itemsOf(snapshot)
    const isWhole = response['status'] !== 'incomplete' && event['type'] !== 'response.incomplete'
    if (isWhole && !isAnswered(items) && !this.#draft.spoke)
      throw new AttemptError('malformed', 'The response has neither a message nor a call.')
    this.#finishWith({ response: { ...response, status: isWhole ? 'completed' : 'incomplete' }, items }, builder, out)
  }

  #finishWith({ response, items }: { response: JsonObject; items: readonly JsonObject[] }, builder: ChunkBuilder, out: Out): void {
    const head = this.#head ?? headOf({}, this.#style)
    const { annotations, provider_state } = messageOf(items, { owner: this.#style.owner, model: head.model })
    const extra: Delta = {
      ...(annotations !== undefined && { annotations }),
      ...(provider_state !== undefined && { provider_state }),
    }
    const usage = usageOf(response['usage'], items)
    const extras = extrasOf(response, items)
    out.push({ ...builder.delta(extra, finishReasonOf(response, this.#draft.calls > 0)), ...extras })
    if (usage !== undefined) this.#usage = { ...usageChunk(head, usage), ...extras }
    this.#finished = true
  }

  /** The response is not made. */
  fail(event: JsonObject, _out: Out): never {
    const { response, error } = event
    const failed = isObject(response) ? failedError({ ...response, status: 'failed' }, this.#style.refusals) : undefined
    if (isObject(error)) throw errorFrom(error, this.#style.refusals)
    throw failed ?? new AttemptError('server', 'The response was not made, without a reason.')
  }
}

function idOf(item: JsonObject): string {
  return textOf(item['call_id']) ?? textOf(item['id']) ?? `call_${crypto.randomUUID()}`
}

type Handler = (reader: ResponsesReader, event: JsonObject, out: Out) => void

const begins: Handler = (reader, { response }, out) => void reader.begin(response, out)
const finishes: Handler = (reader, event, out) => reader.finish(event, out)
const fails: Handler = (reader, event, out) => reader.fail(event, out)
const thinks: Handler = (reader, event, out) => reader.reasoning(event, out)

/** What each event does. */
const handlers: Readonly<Record<string, Handler>> = {
  'response.created': begins,
  'response.queued': begins,
  'response.in_progress': begins,
  'response.output_item.added': (reader, event, out) => reader.open(event, out),
  'response.output_item.done': (reader, event, out) => reader.close(event, out),
  'response.output_text.delta': (reader, event, out) => reader.text(event, out),
  'response.refusal.delta': (reader, event, out) => reader.refusal(event, out),
  'response.reasoning_summary_text.delta': thinks,
  'response.reasoning_text.delta': thinks,
  'response.function_call_arguments.delta': (reader, event, out) => reader.grow(event, out),
  'response.function_call_arguments.done': (reader, event, out) => reader.whole(event, out),
  'response.completed': finishes,
  'response.incomplete': finishes,
  'response.failed': fails,
  'response.cancelled': fails,
}

const terminals = /"type"\s*:\s*"(?:response\.(?:completed|incomplete|failed|cancelled))"/

/** Whether it is a terminal event, after which nothing is waited for. */
export function isTerminal({ event, data }: SseEvent): boolean {
  if (event !== undefined && event !== 'message') return /^response\.(?:completed|incomplete|failed|cancelled)$/.test(event)
  if (!terminals.test(data)) return data === '[DONE]'
  const value = parseJson(data)
  return isObject(value) && terminals.test(`"type":${JSON.stringify(value['type'])}`)
}
