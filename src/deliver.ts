import type { Attempt } from './attempt.ts'
import type { AdapterCall } from './contracts/adapter.ts'
import type { ChatCompletionChunk, ChatRequest, CompletionUsage } from './contracts/chat.ts'
import { AttemptError } from './errors.ts'
import { StreamInterruptedError } from './interruption.ts'
import type { Account, Journey, RouteRecord } from './journey.ts'
import { Progress } from './progress.ts'
import { callOf } from './route.ts'
import { watched } from './watched.ts'

/** A stream at its end, as far as its bill goes. */
export interface StreamBill {
  readonly request: ChatRequest
  readonly attempt: Attempt
  /** What the vendor reported. */
  readonly usage: CompletionUsage | undefined
  readonly progress: Progress
}

/** How streams are paid for: by the vendor's count or, without one, by an estimate. */
export interface StreamAccounts {
  finished(bill: StreamBill): Account
  /** Of a stream that was left or broke. */
  unfinished(bill: StreamBill): Account
}

// What a vendor may send before its first content; more is a fault of its own.
const mostHeld = 64

type Result = IteratorResult<ChatCompletionChunk, undefined>

const ended: Result = { value: undefined, done: true }

/**
 * A streamed request: `route()` for an answer in pieces. Until the first content (commit) everything is held back and any
 * failure goes on to the next target unseen; after it the declared policy holds. Nothing is read ahead of the caller but
 * the first chunk. The verdict for breaker, ledger and trail falls at the end.
 */
export class Delivery implements AsyncIterableIterator<ChatCompletionChunk, undefined> {
  /** Aborting it ends the stream on behalf of the caller: the `controller` of the stream that the caller holds. */
  readonly controller = new AbortController()
  readonly #journey: Journey
  readonly #request: ChatRequest
  readonly #accounts: StreamAccounts
  readonly #wantsUsage: boolean
  #attempt: Attempt | undefined
  #source: AsyncIterator<ChatCompletionChunk> | undefined
  /** The first chunk is asked for while the stream opens, before the caller asks. */
  #first: Promise<IteratorResult<ChatCompletionChunk>> | undefined
  #progress = new Progress()
  #held: ChatCompletionChunk[] = []
  #usage: CompletionUsage | undefined
  #firstTokenMs: number | undefined
  /** Milliseconds spent waiting for the provider since its last content; the caller's own time does not count. */
  #waited = 0
  #since = 0
  #opened = false
  #reading = false
  #over = false
  #fault: Error | undefined
  /** The last `next()` that has not been answered yet. */
  #pending: Promise<Result> | undefined
  #record: RouteRecord | undefined

  constructor(journey: Journey, request: ChatRequest, accounts: StreamAccounts) {
    this.#journey = journey
    this.#request = request
    this.#accounts = accounts
    this.#wantsUsage = request.stream_options?.include_usage === true
    this.controller.signal.addEventListener('abort', () => this.#leave(), { once: true })
  }

  /** Where the stream stands; final once it has ended. */
  get record(): RouteRecord | undefined {
    const attempt = this.#attempt
    if (this.#record !== undefined || attempt === undefined) return this.#record
    return this.#journey.record(attempt, { model: this.#progress.model ?? attempt.target.model, usage: null, costUsd: null })
  }

  /** The response headers of the target that serves the stream now. */
  get headers(): Headers | undefined {
    return this.#attempt?.headers
  }

  /** Resolves when a target has accepted the call; rejects with what the caller gets when none does. */
  async open(): Promise<void> {
    for (;;) {
      const attempt = await this.#journey.begin()
      try {
        await attempt.until(this.#connect(attempt))
        this.#opened = true
        return
      } catch (error) {
        this.#closeSource()
        await this.#journey.recover(attempt, error)
      }
    }
  }

  /** Makes the wire call; done when its headers or its first chunk are there, whichever comes first. */
  #connect(attempt: Attempt): Promise<unknown> {
    this.#attempt = attempt
    this.#progress = new Progress()
    this.#held = []
    this.#usage = undefined
    this.#waited = 0
    attempt.onStop(() => this.#stopped(attempt))
    this.#limitWait(attempt, attempt.startedAt)
    const callers = attempt.startedAt + this.#journey.options.timeout
    // The caller's own limit ends when the provider accepts the call; a running stream it does not cut.
    if (callers < attempt.limitedTo) attempt.limit('timeout', callers)
    const { promise: accepted, resolve } = Promise.withResolvers<void>()
    const call: AdapterCall = { ...callOf(this.#journey, attempt, resolve), request: this.#request }
    this.#source = watched(attempt.target.adapter.stream(call)[Symbol.asyncIterator](), attempt)
    this.#first = this.#source.next()
    return Promise.race([accepted, this.#first])
  }

  next(): Promise<Result> {
    const before = this.#pending
    const pulled = before === undefined ? this.#step() : this.#after(before)
    this.#pending = pulled
    return pulled
  }

  /** As with a generator, a second `next()` waits for the first. */
  #after(before: Promise<Result>): Promise<Result> {
    const step = (): Promise<Result> => this.#step()
    return before.then(step, step)
  }

  /** Gives what is held back, once it may be given, or reads on. */
  #step(): Promise<Result> {
    const held = this.#progress.committed ? this.#held.shift() : undefined
    if (held !== undefined) return this.#answered({ value: held, done: false })
    const attempt = this.#attempt
    if (this.#over || attempt === undefined) return this.#ended()
    return this.#read(attempt).then(this.#onResult, this.#onError)
  }

  #answered(result: Result): Promise<Result> {
    this.#pending = undefined
    return Promise.resolve(result)
  }

  #ended(): Promise<Result> {
    this.#pending = undefined
    const fault = this.#fault
    this.#fault = undefined
    return fault === undefined ? Promise.resolve(ended) : Promise.reject(fault)
  }

  #read(attempt: Attempt): Promise<IteratorResult<ChatCompletionChunk>> {
    this.#since = this.#journey.runtime.clock.now()
    this.#limitWait(attempt, this.#since)
    this.#reading = true
    const first = this.#first
    this.#first = undefined
    return first ?? this.#source?.next() ?? Promise.resolve({ value: undefined, done: true })
  }

  // Made once, and not one after the other awaited in an async function: this runs for every chunk.
  readonly #onResult = (result: IteratorResult<ChatCompletionChunk>): Result | Promise<Result> => {
    const attempt = this.#attempt
    this.#reading = false
    if (this.#over || attempt === undefined) return this.#ended()
    attempt.limit('totalMs', this.#journey.deadline)
    if (result.done === true) return this.#endOf(attempt)
    let shown: boolean
    try {
      shown = this.#take(result.value, attempt)
    } catch (error) {
      return this.#broken(attempt, error)
    }
    if (!shown) return this.#step()
    this.#pending = undefined
    return result
  }

  readonly #onError = (error: unknown): Promise<Result> => {
    const attempt = this.#attempt
    this.#reading = false
    if (this.#over || attempt === undefined) return this.#ended()
    return this.#broken(attempt, error)
  }

  #endOf(attempt: Attempt): Promise<Result> {
    if (!this.#progress.finished)
      return this.#broken(attempt, new AttemptError('truncated', 'The stream ended before a finish reason.'))
    this.#finish(attempt)
    return this.#step()
  }

  /** The attempt's stream broke: after its finish that is nothing, before its first content nobody need know, else the caller is told. */
  async #broken(attempt: Attempt, error: unknown): Promise<Result> {
    this.#closeSource()
    if (this.#progress.finished) this.#finish(attempt)
    else if (this.#progress.committed) this.#interrupt(attempt, error)
    else await this.#reopen(attempt, error)
    return this.#step()
  }

  /** Notes a chunk; true when the caller gets it now, and not later or, like usage that it did not ask for, never. */
  #take(chunk: ChatCompletionChunk, attempt: Attempt): boolean {
    const { committed } = this.#progress
    if (this.#progress.observe(chunk)) {
      this.#waited = 0
      if (!committed) this.#commit(attempt)
    } else {
      this.#waited += this.#journey.runtime.clock.now() - this.#since
    }
    if (chunk.usage !== null && chunk.usage !== undefined) this.#usage = chunk.usage
    if (chunk.choices.length === 0 && this.#usage !== undefined && !this.#wantsUsage) return false
    if (committed) return true
    this.#held.push(chunk)
    if (this.#held.length > mostHeld)
      throw new AttemptError('malformed', `More than ${mostHeld} chunks came before the first content.`)
    return false
  }

  #commit(attempt: Attempt): void {
    this.#firstTokenMs = attempt.elapsed()
    this.#journey.emit({
      type: 'stream.committed',
      attempt: attempt.number,
      target: attempt.target.id,
      firstTokenMs: this.#firstTokenMs,
    })
  }

  #finish(attempt: Attempt): void {
    if (this.#over) return
    this.#over = true
    const account = this.#accounts.finished(this.#bill(attempt))
    const model = this.#progress.model ?? attempt.target.model
    this.#record = this.#journey.succeed(attempt, {
      account,
      model,
      ...(this.#firstTokenMs !== undefined && { firstTokenMs: this.#firstTokenMs }),
    })
  }

  /** Nothing has reached the caller yet: goes on unseen with whatever is left. */
  async #reopen(attempt: Attempt, error: unknown): Promise<void> {
    try {
      this.#opened = false
      await this.#journey.recover(attempt, error)
      await this.open()
    } catch (final) {
      this.#over = true
      if (this.#journey.aborted) this.controller.abort()
      else this.#fault = final instanceof Error ? final : new Error(String(final))
    }
  }

  /** Content has reached the caller: no other target may take over. */
  #interrupt(attempt: Attempt, error: unknown): void {
    this.#over = true
    const account = this.#accounts.unfinished(this.#bill(attempt))
    const failure = this.#journey.fail(attempt, error, account)
    this.#journey.emit({ type: 'stream.interrupted', attempt: attempt.number, target: attempt.target.id, kind: failure.kind })
    const partial = {
      text: this.#progress.text,
      toolCalls: this.#progress.toolCalls,
      usage: account.source === 'provider' ? account.usage : null,
    }
    const headers = failure.headers ?? attempt.headers
    const told = headers === undefined ? failure : { ...failure, headers }
    this.#fault = this.#journey.end(failure, new StreamInterruptedError(told, partial, this.#journey.failed))
  }

  /**
   * The attempt was stopped from outside. By the caller's signal: it has left. By a limit while the caller was not reading:
   * settles now, and tells it at its next read.
   */
  #stopped(attempt: Attempt): void {
    if (this.#journey.aborted) {
      this.controller.abort()
      return
    }
    if (!this.#opened || this.#reading || this.#over) return
    this.#closeSource()
    if (this.#progress.finished) this.#finish(attempt)
    else this.#interrupt(attempt, attempt.stopped)
  }

  /** The caller has left, by the stream's controller or by leaving its loop. */
  #leave(): void {
    this.#journey.abort()
    this.#held = []
    const attempt = this.#attempt
    if (this.#over || !this.#opened || attempt === undefined) return
    this.#closeSource()
    if (this.#progress.finished) {
      this.#finish(attempt)
      return
    }
    this.#over = true
    this.#journey.fail(attempt, undefined, this.#accounts.unfinished(this.#bill(attempt)))
    this.#journey.cancel()
  }

  return(): Promise<Result> {
    this.controller.abort()
    return Promise.resolve(ended)
  }

  #closeSource(): void {
    const source = this.#source
    this.#source = undefined
    this.#first?.catch(() => undefined)
    source?.return?.().catch(() => undefined)
  }

  #bill(attempt: Attempt): StreamBill {
    return { request: this.#request, attempt, usage: this.#usage, progress: this.#progress }
  }

  /** Limits how long the provider may take from `now` on. */
  #limitWait(attempt: Attempt, now: number): void {
    const { deadline, options } = this.#journey
    const { committed } = this.#progress
    const at = now + (committed ? options.clocks.idleMs : options.clocks.firstTokenMs) - this.#waited
    if (deadline <= at) attempt.limit('totalMs', deadline)
    else attempt.limit(committed ? 'idleMs' : 'firstTokenMs', at)
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
