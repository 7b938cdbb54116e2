import type { Attempt } from './attempt.ts'
import type { ChatCompletionChunk, ChatRequest, CompletionUsage } from './contracts/chat.ts'
import type { Journey } from './journey.ts'
import { checkedChunks } from './json-check/for-attempt.ts'
import { Progress } from './progress.ts'
import { Ahead } from './ahead.ts'
import { callOf } from './route.ts'
import { watched } from './watched.ts'

// As long as the event streams of our own adapters wait for usage.
const longestUsageMs = 2000

type ChunkResult = IteratorResult<ChatCompletionChunk>

/** One attempt's stream as it is read: its source, its clocks, and what has come of it. */
export class Reading {
  readonly attempt: Attempt
  readonly progress = new Progress()
  readonly request: ChatRequest
  /** Whether a chunk is being waited for. */
  busy = false
  #usage: CompletionUsage | undefined
  #serviceTier: string | undefined
  #firstTokenMs: number | undefined
  readonly #journey: Journey
  #source: AsyncIterator<ChatCompletionChunk> | undefined
  /** The first chunk is asked for while the stream opens, before the caller asks. */
  #first: Promise<ChunkResult> | undefined
  /** What was read before anybody asked for it. */
  #ahead: Ahead | undefined
  /** Milliseconds spent waiting for the provider since its last content; the caller's own time does not count. */
  #waited = 0
  #since: number

  constructor(journey: Journey, attempt: Attempt, request: ChatRequest) {
    this.#journey = journey
    this.attempt = attempt
    this.request = request
    this.#since = attempt.startedAt
  }

  /** What the vendor has reported. */
  get usage(): CompletionUsage | undefined {
    return this.#usage
  }

  /** The tier that the vendor says has served. */
  get serviceTier(): string | undefined {
    return this.#serviceTier
  }

  /** From the attempt's start to its first content. */
  get firstTokenMs(): number | undefined {
    return this.#firstTokenMs
  }

  /** Makes the wire call; done when its headers or its first chunk are there, whichever comes first. */
  async openToHeaders(): Promise<void> {
    await this.attempt.until(this.#open())
    this.attempt.throwIfStopped()
    this.#accepted()
  }

  #open(): Promise<unknown> {
    const { attempt } = this
    limitOpening(this.#journey, attempt)
    const { promise: accepted, resolve } = Promise.withResolvers<void>()
    const { journal } = this.#journey
    const call = { ...callOf(this.#journey, attempt, resolve), request: this.request }
    const stream = journal.within(attempt, () => attempt.target.adapter.stream(call))
    const iterator = checkedChunks(stream[Symbol.asyncIterator](), { request: this.request, attempt, journey: this.#journey })
    this.#source = journal.readWithin(attempt, watched(iterator, attempt))
    // Watched over by whoever waits for it: by the opening, then by the first `next()`.
    this.#first = journal.within(attempt, () => iterator.next())
    return Promise.race([accepted, this.#first])
  }

  /** Makes the wire call and reads up to the first content, which {@link next} gives again. */
  async openToContent(): Promise<void> {
    await this.openToHeaders()
    const ahead = new Ahead()
    for (;;) {
      const result = await this.next()
      this.arrived()
      if (ahead.add(result)) break
      this.#waited += this.#journey.runtime.clock.now() - this.#since
    }
    this.#firstTokenMs = this.attempt.elapsed()
    this.#ahead = ahead
  }

  /** The provider has accepted the call: until the caller reads, only the whole request's limit runs. */
  #accepted(): void {
    this.#waited = this.attempt.elapsed()
    this.attempt.limit('totalMs', this.#journey.deadline)
  }

  /** The next chunk, under the limit for it. Whoever reads calls {@link arrived} with what comes. */
  next(): Promise<ChunkResult> {
    const ahead = this.#ahead?.take()
    if (ahead !== undefined) return Promise.resolve(ahead)
    this.#since = this.#journey.runtime.clock.now()
    this.#limitWait(this.#since)
    this.busy = true
    const first = this.#first
    this.#first = undefined
    if (first !== undefined) return this.attempt.until(first)
    return this.#source?.next() ?? Promise.resolve({ value: undefined, done: true })
  }

  /** Something came: while the caller works on it only the whole request's limit runs. */
  arrived(): void {
    this.busy = false
    this.attempt.limit('totalMs', this.#journey.deadline)
  }

  /** Takes note of a chunk; true when it is the first that bears content. */
  note(chunk: ChatCompletionChunk): boolean {
    const { committed } = this.progress
    if (chunk.usage !== null && chunk.usage !== undefined) this.#usage = chunk.usage
    this.#serviceTier = chunk.service_tier ?? this.#serviceTier
    if (!this.progress.observe(chunk)) {
      this.#waited += this.#journey.runtime.clock.now() - this.#since
      return false
    }
    this.#waited = 0
    if (!committed) this.#firstTokenMs ??= this.attempt.elapsed()
    return !committed
  }

  /** Lets the stream go. */
  close(): void {
    const source = this.#source
    this.#source = undefined
    this.busy = false
    this.#first?.catch(() => undefined)
    source?.return?.().catch(() => undefined)
  }

  /** Limits how long the provider may take from `now` on. */
  #limitWait(now: number): void {
    const { deadline } = this.#journey
    const { clocks } = this.attempt
    const { committed, finished } = this.progress
    // After the finish only usage may come, which is not worth a long wait.
    const patience = committed ? Math.min(clocks.idleMs, finished ? longestUsageMs : Infinity) : clocks.firstTokenMs
    const at = now + patience - this.#waited
    if (deadline < at) this.attempt.limit('totalMs', deadline)
    else this.attempt.limit(committed ? 'idleMs' : 'firstTokenMs', at)
  }
}

/** Limits a streamed attempt until the provider accepts it: the caller's own limit ends there, a running stream it does not cut. */
export function limitOpening({ options, deadline }: Journey, attempt: Attempt): void {
  const own = attempt.startedAt + attempt.clocks.firstTokenMs
  const callers = attempt.startedAt + options.timeout
  if (own <= deadline && own <= callers) attempt.limit('firstTokenMs', own)
  else if (callers <= deadline) attempt.limit('timeout', callers)
  else attempt.limit('totalMs', deadline)
}
