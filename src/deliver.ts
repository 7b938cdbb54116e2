import type { Attempt, Limit } from './attempt.ts'
import type { AdapterCall } from './contracts/adapter.ts'
import type { ChatCompletionChunk, ChatRequest, CompletionUsage } from './contracts/chat.ts'
import { AttemptError } from './errors.ts'
import { StreamInterruptedError } from './interruption.ts'
import type { Account, Journey, RouteRecord } from './journey.ts'
import { Progress } from './progress.ts'
import { callOf, deadlineLimit } from './route.ts'

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
  #opened = false
  #reading = false
  #over = false
  #fault: Error | undefined
  #tickets = 0
  #lastPull: Promise<Result> | undefined
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
    attempt.limit(this.#firstLimit(attempt))
    const { promise: accepted, resolve } = Promise.withResolvers<void>()
    const call: AdapterCall = { ...callOf(this.#journey, attempt, resolve), request: this.#request }
    this.#source = attempt.target.adapter.stream(call)[Symbol.asyncIterator]()
    this.#first = this.#source.next()
    return Promise.race([accepted, this.#first])
  }

  next(): Promise<Result> {
    const ticket = ++this.#tickets
    // As with a generator, a second next() waits for the first.
    const pull = (): Promise<Result> => this.#pull(ticket)
    this.#lastPull = this.#lastPull === undefined ? pull() : this.#lastPull.then(pull, pull)
    return this.#lastPull
  }

  async #pull(ticket: number): Promise<Result> {
    try {
      for (;;) {
        const held = this.#progress.committed ? this.#held.shift() : undefined
        if (held !== undefined) return { value: held, done: false }
        const attempt = this.#attempt
        if (this.#over || attempt === undefined) return this.#ended()
        const shown = await this.#advance(attempt)
        if (shown !== undefined) return { value: shown, done: false }
      }
    } finally {
      if (ticket === this.#tickets) this.#lastPull = undefined
    }
  }

  #ended(): Result {
    const fault = this.#fault
    this.#fault = undefined
    if (fault !== undefined) throw fault
    return ended
  }

  /** One step of the stream: a chunk for the caller, or nothing where the loop has to look again. */
  async #advance(attempt: Attempt): Promise<ChatCompletionChunk | undefined> {
    try {
      const { value, done } = await this.#read(attempt)
      if (done !== true) return this.#take(value, attempt)
      if (!this.#progress.finished) throw new AttemptError('truncated', 'The stream ended before a finish reason.')
      this.#finish(attempt)
    } catch (error) {
      this.#reading = false
      this.#closeSource()
      if (this.#over) return undefined
      if (this.#progress.finished) this.#finish(attempt)
      else if (this.#progress.committed) this.#interrupt(attempt, error)
      else await this.#reopen(attempt, error)
    }
    return undefined
  }

  async #read(attempt: Attempt): Promise<IteratorResult<ChatCompletionChunk>> {
    const { clock } = this.#journey.runtime
    const since = clock.now()
    attempt.limit(this.#waitingLimit(attempt, since))
    const first = this.#first
    this.#first = undefined
    this.#reading = true
    const result = await attempt.until(first ?? this.#source?.next() ?? Promise.resolve({ value: undefined, done: true as const }))
    this.#reading = false
    this.#waited += clock.now() - since
    attempt.limit(deadlineLimit(this.#journey))
    return result
  }

  /** Notes a chunk and gives it to the caller, unless it is held back or is the usage that the caller did not ask for. */
  #take(chunk: ChatCompletionChunk, attempt: Attempt): ChatCompletionChunk | undefined {
    const committed = this.#progress.committed
    if (this.#progress.observe(chunk)) {
      this.#waited = 0
      if (!committed) this.#commit(attempt)
    }
    if (chunk.usage !== null && chunk.usage !== undefined) this.#usage = chunk.usage
    const hidden = chunk.choices.length === 0 && this.#usage !== undefined && !this.#wantsUsage
    if (hidden) return undefined
    if (committed) return chunk
    this.#held.push(chunk)
    if (this.#held.length > mostHeld)
      throw new AttemptError('malformed', `More than ${mostHeld} chunks came before the first content.`)
    return undefined
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
      if (!this.#journey.aborted) throw final
      this.controller.abort()
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
    this.#fault = this.#journey.end(failure, new StreamInterruptedError(failure, partial, this.#journey.failed))
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
    this.#held = []
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

  #firstLimit(attempt: Attempt): Limit {
    const { timeout } = this.#journey.options
    const limit = this.#waitingLimit(attempt, attempt.startedAt)
    // The caller's own limit ends when the provider accepts the call; a running stream it does not cut.
    if (attempt.startedAt + timeout >= limit.at) return limit
    return { at: attempt.startedAt + timeout, kind: 'caller_timeout', message: 'Request timed out.' }
  }

  #waitingLimit(attempt: Attempt, now: number): Limit {
    const { clocks } = this.#journey.options
    const { committed } = this.#progress
    const at = now + (committed ? clocks.idleMs : clocks.firstTokenMs) - this.#waited
    if (this.#journey.deadline <= at) return deadlineLimit(this.#journey)
    const message = committed
      ? `no content for ${clocks.idleMs} ms (clocks.idleMs)`
      : `no first token within ${clocks.firstTokenMs} ms (clocks.firstTokenMs)`
    return { at, kind: 'timeout', message: `Request timed out: ${attempt.target.id} sent ${message}.` }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
