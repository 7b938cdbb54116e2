import type { StreamAccounts } from './accounts.ts'
import type { ChatCompletionChunk, ChatRequest } from './contracts/chat.ts'
import { AttemptError } from './errors.ts'
import { interruption } from './interruption.ts'
import type { Journey } from './journey.ts'
import { Reading, limitOpening } from './reading.ts'
import type { Account, RouteRecord } from './runtime.ts'
import { nothingSpent } from './runtime.ts'

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
  #reading: Reading | undefined
  #held: ChatCompletionChunk[] = []
  #opened = false
  #over = false
  /** What the caller is told at its next read. */
  #fault: Error | undefined
  /** The last `next()` that has not been answered yet. */
  #pending: Promise<Result> | undefined
  /** How many `next()` have not been answered yet. */
  #unanswered = 0
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
    if (this.#record !== undefined || this.#reading === undefined) return this.#record
    const { attempt, progress } = this.#reading
    return this.#journey.journal.record(attempt, { model: progress.model ?? attempt.target.model, usage: null, costUsd: null })
  }

  /** The response headers of the target that serves the stream now. */
  get headers(): Headers | undefined {
    return this.#reading?.attempt.headers
  }

  /** Resolves when a target has accepted the call; rejects with what the caller gets when none does. */
  async open(): Promise<void> {
    for (;;) {
      const attempt = await this.#journey.begin((begun) => limitOpening(this.#journey, begun))
      const reading = new Reading(this.#journey, attempt, this.#request)
      this.#reading = reading
      this.#held = []
      attempt.onStop(() => this.#stopped(reading))
      try {
        await attempt.until(reading.open())
        attempt.throwIfStopped()
        reading.accepted()
        this.#opened = true
        return
      } catch (error) {
        reading.close()
        await this.#journey.recover(attempt, error, this.#lost(reading))
      }
    }
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
    const reading = this.#reading
    if (reading?.progress.committed === true && this.#held.length > 0) return this.#give(this.#held.shift())
    if (this.#over || reading === undefined) return this.#give(undefined)
    return reading.next().then(this.#onResult, this.#onError)
  }

  /** A chunk that was held back, or the end, or what the caller has to be told instead. */
  #give(held: ChatCompletionChunk | undefined): Promise<Result> {
    this.#answered()
    if (held !== undefined) return Promise.resolve({ value: held, done: false })
    const fault = this.#fault
    this.#fault = undefined
    return fault === undefined ? Promise.resolve(ended) : Promise.reject(fault)
  }

  // Made once, and not awaited one inside the other: this runs for every chunk.
  readonly #onResult = (result: IteratorResult<ChatCompletionChunk>): Result | Promise<Result> => {
    const reading = this.#reading
    if (this.#over || reading === undefined) return this.#give(undefined)
    reading.arrived()
    if (result.done === true) return this.#broken(reading, undefined)
    const { committed } = reading.progress
    try {
      if (reading.note(result.value)) this.#commit(reading)
    } catch (cause) {
      return this.#broken(reading, new AttemptError('malformed', 'The stream carries something that is no chunk.', { cause }))
    }
    if (result.value.choices.length === 0 && reading.usage !== undefined && !this.#wantsUsage) return this.#step()
    if (!committed) return this.#hold(reading, result.value)
    this.#answered()
    return result
  }

  #answered(): void {
    this.#unanswered -= 1
    if (this.#unanswered === 0) this.#pending = undefined
  }

  readonly #onError = (error: unknown): Promise<Result> => {
    const reading = this.#reading
    return this.#over || reading === undefined ? this.#give(undefined) : this.#broken(reading, error)
  }

  #hold(reading: Reading, chunk: ChatCompletionChunk): Promise<Result> {
    this.#held.push(chunk)
    if (reading.progress.committed || this.#held.length <= mostHeld) return this.#step()
    return this.#broken(reading, new AttemptError('malformed', `More than ${mostHeld} chunks came before the first content.`))
  }

  #commit({ attempt, firstTokenMs = 0 }: Reading): void {
    const { number, target } = attempt
    this.#journey.journal.emit({ type: 'stream.committed', attempt: number, target: target.id, firstTokenMs })
  }

  /** The stream ended or broke: after its finish that is as it should be, before its first content nobody need know, else the caller is told. */
  async #broken(reading: Reading, error: unknown): Promise<Result> {
    reading.close()
    if (reading.progress.finished) this.#finish(reading)
    else if (reading.progress.committed) this.#interrupt(reading, error ?? endless())
    else await this.#reopen(reading, error ?? endless())
    return this.#step()
  }

  #finish(reading: Reading): void {
    this.#over = true
    const { attempt, progress, firstTokenMs } = reading
    const account = this.#accounts.finished(reading)
    const model = progress.model ?? attempt.target.model
    this.#record = this.#journey.succeed(attempt, { account, model, ...(firstTokenMs !== undefined && { firstTokenMs }) })
  }

  /** Nothing has reached the caller yet: goes on unseen with whatever is left. */
  async #reopen(reading: Reading, error: unknown): Promise<void> {
    this.#opened = false
    try {
      await this.#journey.recover(reading.attempt, error, this.#lost(reading))
      await this.open()
    } catch (final) {
      this.#over = true
      if (this.#journey.aborted) this.controller.abort()
      else this.#fault = final instanceof Error ? final : new Error(String(final))
    }
  }

  /** What a stream costs that nobody will read: nothing, unless the vendor had accepted it. */
  #lost(reading: Reading): Account {
    return reading.attempt.headers === undefined ? nothingSpent : this.#accounts.unfinished(reading)
  }

  /** Content has reached the caller: no other target may take over. */
  #interrupt(reading: Reading, error: unknown): void {
    this.#over = true
    const { attempt, progress } = reading
    const { journal } = this.#journey
    const account = this.#accounts.unfinished(reading)
    const failure = this.#journey.fail(attempt, error, account)
    if (!progress.committed) {
      this.#fault = this.#journey.end(failure)
      return
    }
    journal.emit({ type: 'stream.interrupted', attempt: attempt.number, target: attempt.target.id, kind: failure.kind })
    this.#fault = this.#journey.end(failure, interruption(reading, { failure, account, attempts: journal.failed }))
  }

  /**
   * The attempt was stopped from outside. By the caller's signal: it has left. By a limit while the caller was not reading:
   * settles now, and tells it at its next read.
   */
  #stopped(reading: Reading): void {
    if (this.#journey.aborted) {
      this.controller.abort()
      return
    }
    if (!this.#opened || reading.busy || this.#over) return
    reading.close()
    if (reading.progress.finished) {
      this.#finish(reading)
      return
    }
    // Nobody was waiting for the provider: that time ran out is not its fault.
    reading.attempt.permit.settle('neutral')
    this.#interrupt(reading, reading.attempt.stopped)
  }

  /** The caller has left, by the stream's controller or by leaving its loop. */
  #leave(): void {
    this.#journey.abort()
    this.#held = []
    const reading = this.#reading
    if (this.#over || !this.#opened || reading === undefined) return
    reading.close()
    if (reading.progress.finished) {
      this.#finish(reading)
      return
    }
    this.#over = true
    this.#journey.fail(reading.attempt, undefined, this.#accounts.unfinished(reading))
    this.#journey.cancel()
  }

  return(): Promise<Result> {
    this.controller.abort()
    return Promise.resolve(ended)
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** Made only where it matters: errors cost. */
const endless = (): AttemptError => new AttemptError('truncated', 'The stream ended before a finish reason.')
