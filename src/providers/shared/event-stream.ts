import { EventReader } from './sse.ts'
import type { ReadOptions, SseEvent } from './sse.ts'

/** Turns a vendor's events into chunks. */
export interface EventTranslator<Out> {
  /** Appends to `out` what an event means. */
  read(event: SseEvent, out: Out[]): void
  /** Appends what follows the last event. Throws where the answer is not complete. */
  end(out: Out[]): void
  /** Whether the answer is complete already: from then on a silent or broken connection is no more than its end. */
  readonly complete?: boolean
}

/** Where a stream comes from and what is made of it. */
export interface EventStreamOptions<Out> extends Pick<ReadOptions, 'isLast'> {
  /** Sends the request; called at the first `next()`. */
  readonly open: () => Promise<ReadableStream<Uint8Array>>
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
  readonly #options: EventStreamOptions<Out>
  #events: EventReader | undefined
  /** Translated, and taken up to `#taken`. */
  #ready: Out[] = []
  #taken = 0
  /** What went wrong behind `#ready`. */
  #failure: { readonly error: unknown } | undefined
  /** Reading from the network; `#pulled` is then what to wait for. */
  #pulling = false
  #pulled: Promise<unknown> = Promise.resolve()
  #done = false

  constructor(options: EventStreamOptions<Out>) {
    this.#options = options
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Out, void>> {
    if (this.#pulling) return this.#after(this.#pulled)
    const value = this.#take()
    if (value !== undefined) return Promise.resolve({ value, done: false })
    const pulled = this.#pull()
    this.#pulled = pulled
    return pulled
  }

  return(): Promise<IteratorResult<Out, void>> {
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

  #after(pulled: Promise<unknown>): Promise<IteratorResult<Out, void>> {
    const again = (): Promise<IteratorResult<Out, void>> => this.next()
    return pulled.then(again, again)
  }

  async #pull(): Promise<IteratorResult<Out, void>> {
    this.#pulling = true
    try {
      for (;;) {
        const value = this.#take()
        if (value !== undefined) return { value, done: false }
        if (this.#failure !== undefined) throw this.#failure.error
        if (this.#done) return { value: undefined, done: true }
        const reader = (this.#events ??= await this.#open())
        const events = await reader.next()
        if (!this.#done) this.#translate(events)
      }
    } catch (error) {
      this.#failure = undefined
      this.#finish()
      throw error
    } finally {
      this.#pulling = false
    }
  }

  #translate(events: readonly SseEvent[] | undefined): void {
    const { translator } = this.#options
    const out: Out[] = []
    this.#ready = out
    this.#taken = 0
    try {
      if (events !== undefined) {
        for (const event of events) translator.read(event, out)
        return
      }
      this.#done = true
      translator.end(out)
    } catch (error) {
      this.#failure = { error }
      this.#events?.close()
    }
  }

  async #open(): Promise<EventReader> {
    const { open, signal, isLast, translator } = this.#options
    const isComplete = (): boolean => translator.complete === true
    const reader = new EventReader(await open(), signal, { ...(isLast === undefined ? {} : { isLast }), isComplete })
    // The consumer may have left while the request was under way.
    if (this.#done) reader.close()
    return reader
  }

  #finish(): void {
    this.#done = true
    this.#events?.close()
  }
}
