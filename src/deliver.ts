import type { ChatCompletionChunk, ChatRequest } from './contracts/chat.ts'
import type { Supplies } from './ascent.ts'
import { Course } from './course.ts'
import type { Journey } from './journey.ts'
import type { Reading } from './reading.ts'
import type { RouteRecord } from './runtime.ts'
import { noChunk } from './stream-faults.ts'
import type { VendorHeaders } from './vendor-headers.ts'

type Result = IteratorResult<ChatCompletionChunk, undefined>

const ended: Result = { value: undefined, done: true }

/**
 * A streamed request: `route()` for an answer in pieces. Until the first content (commit) everything is held back and any
 * failure goes on to the next target unseen; after it the declared policy holds, `afterCommit`. Nothing is read ahead of the
 * caller but what is held back. The verdict for breaker, ledger and trail falls at the end.
 */
export class Delivery implements AsyncIterableIterator<ChatCompletionChunk, undefined> {
  /** Aborting it ends the stream on behalf of the caller: the `controller` of the stream that the caller holds. */
  readonly controller = new AbortController()
  readonly #course: Course
  /** The last `next()` that has not been answered yet. */
  #pending: Promise<Result> | undefined
  /** How many `next()` have not been answered yet. */
  #unanswered = 0

  constructor(journey: Journey, request: ChatRequest, supplies: Supplies) {
    this.#course = new Course(journey, request, { ...supplies, onAbort: () => this.controller.abort() })
    this.controller.signal.addEventListener('abort', () => this.#course.leave(), { once: true })
  }

  /** Where the stream stands; final once it has ended. */
  get record(): RouteRecord | undefined {
    return this.#course.record
  }

  /** The response headers of the target that serves the stream now. */
  get headers(): VendorHeaders | undefined {
    return this.#course.reading?.attempt.headers
  }

  /** Resolves when a target has accepted the call; rejects with what the caller gets when none does. */
  open(): Promise<void> {
    return this.#course.open()
  }

  next(): Promise<Result> {
    const before = this.#pending
    const pulled = before === undefined ? this.#step() : this.#after(before)
    this.#pending = pulled
    this.#unanswered += 1
    return pulled
  }

  /** As with a generator, a second `next()` waits for the first. */
  #after(before: Promise<Result>): Promise<Result> {
    const step = (): Promise<Result> => this.#step()
    return before.then(step, step)
  }

  /** Gives what is held back, once it may be given, or reads on. */
  #step(): Promise<Result> {
    const { reading, outlet, over } = this.#course
    if (outlet.hasHeld) return this.#give(outlet.take())
    if (over || reading === undefined) return this.#give(undefined)
    return outlet.released ? reading.next().then(this.#onResult, this.#onError) : this.#seek()
  }

  async #seek(): Promise<Result> {
    await this.#course.seek()
    return this.#step()
  }

  /** A chunk that was held back, or the end, or what the caller has to be told instead. */
  #give(held: ChatCompletionChunk | undefined): Promise<Result> {
    this.#answered()
    if (held !== undefined) return Promise.resolve({ value: held, done: false })
    const fault = this.#course.takeFault()
    return fault === undefined ? Promise.resolve(ended) : Promise.reject(fault)
  }

  // Made once, and not awaited one inside the other: this runs for every chunk.
  readonly #onResult = (result: IteratorResult<ChatCompletionChunk>): Result | Promise<Result> => {
    const { reading, outlet, over } = this.#course
    if (over || reading === undefined) return this.#give(undefined)
    reading.arrived()
    if (result.done === true) return this.#broken(reading, undefined)
    try {
      reading.note(result.value)
    } catch (cause) {
      return this.#broken(reading, noChunk(cause))
    }
    if (outlet.hides(reading, result.value)) return this.#step()
    this.#answered()
    const chunk = outlet.follows(result.value)
    return chunk === result.value ? result : { value: chunk, done: false }
  }

  #answered(): void {
    this.#unanswered -= 1
    if (this.#unanswered === 0) this.#pending = undefined
  }

  readonly #onError = (error: unknown): Promise<Result> => {
    const { reading, over } = this.#course
    return over || reading === undefined ? this.#give(undefined) : this.#broken(reading, error)
  }

  async #broken(reading: Reading, error: unknown): Promise<Result> {
    await this.#course.broken(reading, error)
    return this.#step()
  }

  return(): Promise<Result> {
    this.controller.abort()
    return Promise.resolve(ended)
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
