import type { ChatCompletionChunk } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { ChunkBuilder } from '../shared/chunks.ts'
import { errorDetails } from '../shared/error-body.ts'
import { eventStream, type EventTranslator } from '../shared/event-stream.ts'
import { isObject, parseJson, textOf } from '../shared/json.ts'
import type { SseEvent } from '../shared/sse.ts'
import { streamedBody } from '../shared/streamed-body.ts'
import { predictionError } from './failure.ts'
import { faultOf, finishOf, headOf, isOver, usageOf, type Prediction } from './prediction.ts'
import type { AnswerStyle } from './response.ts'
import { finished, look, lookedAt, quietly, type Job } from './run.ts'
import { streamURL } from './urls.ts'

type Chunk = ChatCompletionChunk

/** What a stream takes from the call. */
export interface StreamStyle extends AnswerStyle {
  /** Called when the prediction is over, and needs no canceling. */
  readonly done: () => void
}

/** A prediction that has been created, as chunks. */
export async function* chunksOf(job: Job, created: Prediction, style: StreamStyle): AsyncGenerator<Chunk, void> {
  const builder = new ChunkBuilder(headOf(created, style.model))
  const url = isOver(created) ? undefined : streamURL(created, job.desk.base)
  yield builder.role()
  // Models that do not stream have no such address; their output grows while they run, all the same.
  const ended = yield* url === undefined ? watched(job, created, builder) : followed(job, { created, url, builder, style })
  style.done()
  if (ended.fault !== undefined) throw ended.fault
  const { outcome, isFiltered } = ended
  if (outcome === undefined) yield* builder.finish(isFiltered ? 'content_filter' : 'stop')
  else yield* builder.finish(isFiltered ? 'content_filter' : finishOf(outcome, style.limit), usageOf(outcome))
}

/** How an answer ended. */
interface Ended {
  /** The prediction as it is now; `undefined` where the vendor would not say. */
  readonly outcome: Prediction | undefined
  readonly fault: AttemptError | undefined
  readonly isFiltered: boolean
}

function endOf(outcome: Prediction | undefined, fault: AttemptError | undefined, hasText: boolean): Ended {
  const isFiltered = fault?.failure.kind === 'content_filter' && hasText
  return { outcome, fault: isFiltered ? undefined : fault, isFiltered }
}

/** The answer as far as it has come, at each look. */
async function* watched(job: Job, created: Prediction, builder: ChunkBuilder): AsyncGenerator<Chunk, Ended> {
  let said = ''
  let last = created
  for await (const prediction of lookedAt(job, created)) {
    last = prediction
    const { text = said } = prediction
    if (!text.startsWith(said)) throw new AttemptError('malformed', 'The output of the prediction is not what it was before.')
    if (text !== said) yield builder.text(text.slice(said.length))
    said = text
  }
  const noText = last.status === 'succeeded' && last.text === undefined
  if (noText) throw new AttemptError('malformed', 'The output of the prediction is no text.')
  return endOf(last, faultOf(last), said !== '')
}

interface Following {
  readonly created: Prediction
  readonly url: URL
  readonly builder: ChunkBuilder
  readonly style: StreamStyle
}

/** The answer by its events. */
async function* followed(job: Job, { created, url, builder, style }: Following): AsyncGenerator<Chunk, Ended> {
  const { desk, call } = job
  const translator = new PredictionEvents(builder, style.done)
  yield* eventStream({
    open: async () => streamedBody(await desk.events(quietly(call), url), call.signal, noEvents),
    translator,
    signal: call.signal,
    isLast: ({ event }) => event === 'done',
  })
  const { reason, hasText } = translator
  const outcome = await outcomeOf(job, created)
  if (translator.error !== undefined) return endOf(outcome, translator.error, hasText)
  const fault = outcome === undefined ? undefined : faultOf(outcome)
  if (reason !== undefined)
    return endOf(outcome, fault ?? predictionError(`The prediction ended with the reason '${reason}'.`), hasText)
  if (!hasText && (outcome?.text ?? '') !== '') throw new AttemptError('truncated', 'The stream ended without the answer.')
  return endOf(outcome, fault, hasText)
}

function noEvents(text: string): never {
  throw new AttemptError(
    'malformed',
    `Where the events should be there is something else: ${errorDetails(text).message.slice(0, 200)}`,
  )
}

/** How long a complete answer may wait for its count of tokens. */
const countMs = 2000

/** The prediction behind an answer that is there already: whatever keeps it from being seen is not worth an error. */
async function outcomeOf(job: Job, created: Prediction): Promise<Prediction | undefined> {
  const signal = AbortSignal.any([job.call.signal, AbortSignal.timeout(countMs)])
  try {
    const seen = await look(job, created, signal)
    return await finished({ ...job, pollMs: Math.min(job.pollMs, 100) }, seen, signal)
  } catch {
    job.call.signal.throwIfAborted()
    return undefined
  }
}

/** Takes the events of one prediction (replicate.com/docs/reference/streaming, read 2026-11), gives chunks. */
class PredictionEvents implements EventTranslator<Chunk> {
  readonly #builder: ChunkBuilder
  readonly #over: () => void
  #done = false
  /** Why it ended, where it did not simply come to its end: `error`, `canceled`. */
  reason: string | undefined
  /** What went wrong, as an event said. */
  error: AttemptError | undefined
  hasText = false

  constructor(builder: ChunkBuilder, over: () => void) {
    this.#builder = builder
    this.#over = over
  }

  get complete(): boolean {
    return this.#done || this.error !== undefined
  }

  read({ event, data }: SseEvent, out: Chunk[]): void {
    if (event === 'done') this.#end(data)
    else if (event === 'error') this.#fail(data)
    else if (event === 'output' && data !== '') {
      this.hasText = true
      out.push(this.#builder.text(data))
    }
  }

  end(): void {
    if (!this.complete) throw new AttemptError('truncated', 'The stream ended without the event that ends it.')
  }

  #end(data: string): void {
    const value = data.trim() === '' ? {} : parseJson(data)
    if (!isObject(value)) throw new AttemptError('truncated', 'The last event of the stream cannot be read.')
    this.#over()
    this.#done = true
    this.reason = textOf(value['reason'])
  }

  /** Behind an answer that a filter stopped, everything else of the stream may still come. */
  #fail(data: string): void {
    this.#over()
    const value = parseJson(data)
    const error = predictionError((isObject(value) ? textOf(value['detail']) : undefined) ?? data)
    if (error.failure.kind !== 'content_filter') throw error
    this.error = error
  }
}
