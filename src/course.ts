import type { StreamAccounts } from './accounts.ts'
import type { StreamEscalation, Supplies } from './ascent.ts'
import type { Attempt } from './attempt.ts'
import { beginsWithRefusal, refusalFault } from './completion-shape.ts'
import type { ChatCompletionChunk, ChatRequest } from './contracts/chat.ts'
import type { Failure } from './contracts/failure.ts'
import { Cuts } from './cuts.ts'
import { RouterFault } from './errors.ts'
import type { Journey } from './journey.ts'
import { opened } from './opening.ts'
import { Outlet } from './outlet.ts'
import { Reading } from './reading.ts'
import type { Resumption } from './resumption.ts'
import { Declined, preparationOf, resumptionOf } from './resumption.ts'
import { restartFault } from './restart.ts'
import type { RouteRecord } from './runtime.ts'
import { endless, noChunk } from './stream-faults.ts'
import { announce, candidateOf, servedBy, standing } from './stream-end.ts'
import { Unbettered } from './unbettered.ts'

/**
 * A stream's way from target to target, on the side of the vendors: what is open, what is held back, what may be given, and
 * what follows when an attempt breaks. `deliver.ts` hands over what comes of it.
 */
export class Course {
  readonly journey: Journey
  readonly outlet: Outlet
  readonly #accounts: StreamAccounts
  /** How it goes on once the caller has seen some of it; nothing: it fails. */
  readonly #resumption: Resumption | undefined
  readonly #escalation: StreamEscalation | undefined
  readonly #onAbort: () => void
  #request: ChatRequest
  #reading: Reading | undefined
  #opened = false
  #over = false
  readonly #cuts: Cuts
  #fault: Error | undefined
  #record: RouteRecord | undefined

  readonly #readingOf = (attempt: Attempt): Reading => {
    const reading = new Reading(this.journey, attempt, this.#request)
    attempt.onStop(() => this.#stopped(reading))
    return reading
  }

  /** `onAbort` is called when the caller's signal ends the stream. */
  constructor(
    journey: Journey,
    request: ChatRequest,
    { accounts, escalation, onAbort }: Supplies & { readonly onAbort: () => void },
  ) {
    const { afterCommit } = journey.options.failover
    this.journey = journey
    this.#request = request
    this.#accounts = accounts
    this.#escalation = escalation
    this.#onAbort = onAbort
    this.#resumption = resumptionOf(afterCommit, request, journey)
    this.#cuts = new Cuts(journey, accounts, this.#resumption)
    this.outlet = new Outlet(request, journey, this.#resumption)
  }

  /** The attempt that serves the stream now. */
  get reading(): Reading | undefined {
    return this.#reading
  }

  get over(): boolean {
    return this.#over
  }

  /** Where the stream stands; final once it has ended. */
  get record(): RouteRecord | undefined {
    return this.#record ?? (this.#reading && standing(this.journey, this.#reading))
  }

  /** What the caller is to be told at the end; told once. */
  takeFault(): Error | undefined {
    const fault = this.#fault
    this.#fault = undefined
    return fault
  }

  /** Resolves when a target has accepted the call; rejects with what the caller gets when none does. */
  async open(): Promise<void> {
    const { failover, isHelper } = this.journey.options
    const fault = isHelper && failover.afterCommit === 'restart' ? restartFault(this.#request) : undefined
    if (fault !== undefined) throw this.journey.end({ kind: 'invalid_request', message: fault.message, code: fault.code }, fault)
    this.#reading = await opened(this.journey, {
      readingOf: this.#readingOf,
      cuts: this.#cuts,
      outlet: this.outlet,
      prepare: preparationOf(this.#resumption, this.#cuts.latest, (request) => (this.#request = request)),
      onBegin: (reading) => (this.#reading = reading),
      recover: (reading, error) => this.#recover(reading, error),
    })
    this.#opened = true
  }

  /** A stream that was interrupted goes on at another target whatever one of them says. */
  async #recover(reading: Reading, error: unknown): Promise<void> {
    const failure = this.#cuts.drop(reading, error)
    if (this.#escalation?.ascends(reading.attempt, failure) === true) return
    await this.journey.goOn(reading.attempt, failure, this.#cuts.latest !== undefined)
  }

  /** Reads on until there is something to give. */
  async seek(): Promise<void> {
    while (!this.outlet.released && !this.#over && this.#reading !== undefined) await this.#readAhead(this.#reading)
  }

  async #readAhead(reading: Reading): Promise<void> {
    let result: IteratorResult<ChatCompletionChunk>
    try {
      result = await reading.next()
    } catch (error) {
      return this.#over ? undefined : this.broken(reading, error)
    }
    if (this.#over) return undefined
    reading.arrived()
    if (result.done === true) return this.broken(reading, undefined)
    try {
      this.#hold(reading, result.value)
    } catch (error) {
      return this.broken(reading, error instanceof RouterFault ? error : noChunk(error))
    }
    return undefined
  }

  /** Puts a chunk with what is held back, and releases all of it with the first content. */
  #hold(reading: Reading, chunk: ChatCompletionChunk): void {
    const { attempt, progress } = reading
    if (!progress.committed && beginsWithRefusal(chunk) && this.journey.leavesRefusal(attempt))
      throw refusalFault(attempt.target.provider)
    if (this.outlet.hold(reading, chunk)) this.#release(reading)
  }

  #release({ attempt, firstTokenMs }: Reading): void {
    this.outlet.release()
    announce(this.journey, attempt, { firstTokenMs })
  }

  /** An attempt ended or broke: after its finish that is as it should be, before its first content nobody need know. */
  async broken(reading: Reading, error: unknown = endless()): Promise<void> {
    reading.close()
    if (reading.progress.finished) {
      await this.#whole(reading)
    } else if (this.outlet.released) {
      await this.#interrupted(reading, error)
    } else {
      await this.#reopen(() => this.#recover(reading, error))
    }
  }

  /** The answer is whole: where nobody has seen it yet, it may still not be good enough. */
  async #whole(reading: Reading): Promise<void> {
    const escalation = this.#escalation
    if (escalation === undefined || this.outlet.released) return this.#finish(reading)
    // Whatever stops it now is a matter of whoever looks at the answer.
    this.#opened = false
    const judgement = await escalation.judge(candidateOf(reading, this.outlet, this.#accounts))
    if (judgement === 'serves') return this.#finish(reading)
    if (judgement === 'ascends') return this.#reopen(() => Promise.resolve())
    this.#over = true
    if (!this.journey.aborted) this.#fault = judgement
    return undefined
  }

  #finish(reading: Reading): void {
    if (!this.outlet.released) this.#release(reading)
    this.#over = true
    this.#record = this.journey.succeed(reading.attempt, servedBy(reading, this.#accounts))
  }

  /** Gives the answer that was kept, since there is none better. */
  #settle(escalation: StreamEscalation, error: unknown): void {
    const { record } = escalation.settle(error, ({ answer, attempt, served }) => {
      this.outlet.restore(answer)
      announce(this.journey, attempt, served)
    })
    this.#record = record
  }

  /** The caller has seen content: the stream goes on as it has chosen, or fails. */
  async #interrupted(reading: Reading, error: unknown): Promise<void> {
    const cut = this.#cuts.sever(reading, error)
    if (this.#resumption?.mayFollow(cut) === true) {
      this.outlet.close(cut)
      await this.#reopen(() => this.journey.goOn(reading.attempt, cut.failure))
    } else {
      this.#fail(cut.failure)
    }
  }

  /** Goes on with whatever is left; where nothing is, the caller is told. */
  async #reopen(recover: () => Promise<void>): Promise<void> {
    this.#opened = false
    try {
      await recover()
      await this.open()
    } catch (final) {
      this.#over = true
      if (this.journey.aborted) this.#onAbort()
      else if (final instanceof Unbettered && this.#escalation !== undefined) this.#settle(this.#escalation, final)
      else if (this.#cuts.latest !== undefined)
        this.#fail(this.#cuts.latest.failure, final instanceof Declined ? final.cause : undefined)
      else this.#fault = final instanceof Error ? final : new Error(String(final))
    }
  }

  #fail(failure: Failure, cause?: unknown): void {
    this.#over = true
    this.#fault = this.#cuts.end(failure, cause)
  }

  /**
   * The attempt was stopped from outside. By the caller's signal: it has left. By a limit while the caller was not reading:
   * settles now, and tells it at its next read.
   */
  #stopped(reading: Reading): void {
    if (this.journey.aborted) return this.#onAbort()
    if (!this.#opened || reading.busy || this.#over) return
    reading.close()
    if (reading.progress.finished) {
      this.#finish(reading)
      return
    }
    // Nobody was waiting for the provider: that time ran out is not its fault.
    reading.attempt.permit.settle('neutral')
    const { stopped } = reading.attempt
    this.#fail(this.outlet.released ? this.#cuts.sever(reading, stopped).failure : this.#cuts.drop(reading, stopped))
  }

  /** The caller has left. */
  leave(): void {
    this.journey.abort()
    this.outlet.drop()
    const reading = this.#reading
    if (this.#over || !this.#opened || reading === undefined) return
    reading.close()
    if (reading.progress.finished) {
      this.#finish(reading)
      return
    }
    this.#over = true
    this.#cuts.drop(reading, undefined)
    this.journey.cancel()
  }
}
