import { EventReader } from './sse.ts'
import type { ReadOptions, ReadResult, SseEvent } from './sse.ts'

/** Turns a vendor's events into chunks. */
export interface EventTranslator<Out> {
  /** Appends to `out` what an event means. */
  read(event: SseEvent, out: Out[]): void
  /** Appends what follows the last event. Throws where the answer is not complete. */
  end(out: Out[]): void
  /** Whether the answer is complete already: from then on silence, rubbish or a broken connection are no more than its end. */
  readonly complete?: boolean
}

type Taken<Out> = IteratorResult<Out, void>

/** Where a stream comes from and what is made of it. */
export interface EventStreamOptions<Out> extends Pick<ReadOptions, 'isLast' | 'decoder'> {
  /** Sends the request; called at the first `next()`. Where the answer is no stream, it gives what is to be handed over. */
  readonly open: () => Promise<ReadableStream<Uint8Array> | readonly Out[]>
  readonly translator: EventTranslator<Out>
  readonly signal: AbortSignal
}

/**
 * A vendor's event stream as the chunks that its translator makes of it. It reads on only when everything of the last
 * network chunk is taken, and gives what came before an error before the error. Written by hand, because a chain of async
 * generators costs more than parsing the chunks.
 */
export function eventStream<Out extends object>(options: EventStreamOptions<Out>): AsyncIterableIterator<Out, void, undefined> {
  return new EventStream(options)
}

class EventStream<Out extends object> implements AsyncIterableIterator<Out, void, undefined> {
  /** A pending `next()` rejects when the signal fires. */
  readonly endsOnAbort = true
  readonly #options: EventStreamOptions<Out>
  #events: EventReader | undefined
  /** Translated, and taken up to `#taken`. */
  #ready: readonly Out[] = []
  #taken = 0
  /** What went wrong behind `#ready`. */
  #failure: { readonly error: unknown } | undefined
  /** Reading from the network; `#pulled` is then what to wait for. */
  #pulling = false
  #pulled: Promise<Taken<Out>> | undefined
  #done = false

  constructor(options: EventStreamOptions<Out>) {
    this.#options = options
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Taken<Out>> {
    if (this.#pulling && this.#pulled !== undefined) return this.#after(this.#pulled)
    const value = this.#take()
    if (value !== undefined) return Promise.resolve({ value, done: false })
    if (this.#done) return this.#settled()
    this.#pulling = true
    this.#pulled = this.#events === undefined ? this.#open().then(this.#more, this.#broken) : this.#more()
    return this.#pulled
  }

  return(): Promise<Taken<Out>> {
    this.#finish()
    this.#ready = []
    this.#failure = undefined
    return Promise.resolve({ value: undefined, done: true })
  }

  #take(): Out | undefined {
    const value = this.#ready[this.#taken]
    if (value !== undefined) this.#taken += 1
    return value
  }

  #after(pulled: Promise<unknown>): Promise<Taken<Out>> {
    const again = (): Promise<Taken<Out>> => this.next()
    return pulled.then(again, again)
  }

  // Bound once, and chained rather than awaited one inside the other: this runs for every chunk.
  readonly #more = (): Promise<Taken<Out>> => {
    const events = this.#events
    if (events?.ended === true && !this.#done && this.#failure === undefined) this.#translate(undefined)
    if (this.#done || events === undefined || this.#failure !== undefined) return this.#settled()
    return events.read().then(this.#onRead, this.#broken)
  }

  readonly #onRead = (result: ReadResult): Taken<Out> | Promise<Taken<Out>> => {
    const events = this.#events
    try {
      if (!this.#done && events !== undefined) this.#translate(events.accept(result.value))
    } catch (error) {
      return this.#broken(error)
    }
    const value = this.#take()
    if (value === undefined) return this.#more()
    this.#pulling = false
    return { value, done: false }
  }

  readonly #broken = (error: unknown): Promise<Taken<Out>> => {
    this.#failure = { error: this.#events?.errorOf(error) ?? error }
    return this.#settled()
  }

  /** Nothing is left to take: the end, or what went wrong. */
  #settled(): Promise<Taken<Out>> {
    const value = this.#take()
    this.#pulling = false
    if (value !== undefined) return Promise.resolve({ value, done: false })
    const failure = this.#failure
    this.#failure = undefined
    this.#finish()
    return failure === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(failure.error)
  }

  #translate(events: readonly SseEvent[] | undefined): void {
    const { translator } = this.#options
    const out: Out[] = []
    this.#ready = out
    this.#taken = 0
    try {
      if (events !== undefined && readThrough(translator, events, out)) return
      this.#done = true
      translator.end(out)
    } catch (error) {
      this.#failure = { error }
      this.#events?.close()
    }
  }

  async #open(): Promise<void> {
    const { open, signal, isLast, translator, decoder } = this.#options
    const isComplete = (): boolean => translator.complete === true
    const opened = await open()
    if (!('getReader' in opened)) {
      this.#ready = opened
      this.#done = true
      return
    }
    this.#events = new EventReader(opened, signal, { ...(isLast === undefined ? {} : { isLast }), isComplete, decoder })
    // The consumer may have left while the request was under way.
    if (this.#done) this.#events.close()
  }

  #finish(): void {
    this.#done = true
    this.#events?.close()
  }
}

/** Translates events; false where rubbish behind a complete answer is its end. */
function readThrough<Out>(translator: EventTranslator<Out>, events: readonly SseEvent[], out: Out[]): boolean {
  for (const event of events) {
    const isComplete = translator.complete === true
    try {
      translator.read(event, out)
    } catch (error) {
      if (isComplete) return false
      throw error
    }
  }
  return true
}
