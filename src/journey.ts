import { Attempt, outOfTime } from './attempt.ts'
import { Chain } from './chain.ts'
import { abortError, callerError } from './caller-error.ts'
import type { Failure } from './contracts/failure.ts'
import type { Exhaustion } from './exhaustion.ts'
import { exhaustion } from './exhaustion.ts'
import { failureOf } from './failure-of.ts'
import { heed, heedAnswer } from './heed.ts'
import { Journal } from './journal.ts'
import type { Served } from './journal.ts'
import type { Plan } from './plan.ts'
import { Pause } from './pause.ts'
import type { Refused } from './readied.ts'
import { passedOver, readied } from './readied.ts'
import type { Target } from './resolve.ts'
import type { Account, CallOptions, RouteRecord, Runtime } from './runtime.ts'
import type { Turn } from './turn.ts'
import { faultOf } from './turn.ts'
import { Unbettered } from './unbettered.ts'

/** All state of one logical request: where it is in its chain, what it may still try, when it must end. */
export class Journey {
  readonly plan: Plan
  readonly runtime: Runtime
  readonly options: CallOptions
  readonly journal: Journal
  /** When the whole request must be done, in clock milliseconds. */
  readonly deadline: number
  readonly chain: Chain
  /** Whether an answer is kept that serves the request where no better one comes. */
  hasSpare = false
  #current: Attempt | undefined
  /** Runs beside it. */
  #rival: Attempt | undefined
  /** Why the last attempt that could not be made could not. */
  #refused: Refused | undefined
  #aborted = false
  readonly #pause: Pause

  constructor(plan: Plan, options: CallOptions, runtime: Runtime) {
    this.plan = plan
    this.options = options
    this.runtime = runtime
    this.journal = new Journal(plan, runtime)
    this.deadline = this.journal.startedAt + options.totalMs - options.waitedMs
    this.chain = new Chain(plan.targets, { options, runtime, journal: this.journal, deadline: this.deadline })
    this.#pause = new Pause(runtime.clock)
    runtime.running.add(this)
    const { signal } = options
    if (signal === null || signal === undefined) return
    if (signal.aborted) this.#aborted = true
    else signal.addEventListener('abort', this, { once: true })
  }

  /** The caller's signal has fired. As a method of the object: a listener that needs no closure. */
  handleEvent(): void {
    this.abort()
  }

  /** Ends the request on behalf of the caller: the running attempt, or the wait for the next one. */
  abort(): void {
    if (this.#aborted) return
    this.#aborted = true
    const stop = { kind: 'aborted', message: 'Request was aborted.', cause: this.#abortReason() } as const
    for (const attempt of [this.#current, this.#rival]) attempt?.stop(stop)
    this.#pause.end()
  }

  get aborted(): boolean {
    return this.#aborted
  }

  /**
   * The next attempt: skips what breakers hold back or no key opens. `limit` puts its first limit in force, which also holds
   * while the key is fetched. What `prepare` throws, asked before anything of an attempt is begun, is thrown on. Throws what
   * the caller gets when nothing is left.
   */
  async begin(limit: (attempt: Attempt) => void, prepare?: (target: Target) => Promise<void>): Promise<Attempt> {
    for (;;) {
      if (this.aborted) throw this.cancel()
      const turn = this.chain.next()
      if (turn === undefined) {
        if (await this.#waits()) continue
        throw this.#exhausted()
      }
      if (prepare !== undefined) {
        const fault = await faultOf(turn, prepare)
        if (fault !== undefined) throw this.aborted ? this.cancel() : fault.error
      }
      const attempt = await this.#made(turn, limit)
      if (attempt !== undefined) return attempt
      if (this.#refused?.endsRequest === true) throw this.#exhausted()
      if (this.runtime.clock.now() >= this.deadline) throw this.end(outOfTime(this.options.totalMs))
    }
  }

  /** A second attempt beside the one that runs, at the next target that may be called now; nothing where there is none. */
  async rival({ target: first, startedAt }: Attempt, limit: (attempt: Attempt) => void): Promise<Attempt | undefined> {
    const turn = this.chain.beside()
    if (turn === undefined) return undefined
    const afterMs = this.runtime.clock.now() - startedAt
    const event = { type: 'route.hedged', from: first.id, to: turn.target.id, afterMs } as const
    return this.#made(turn, limit, () => this.journal.hedged(event))
  }

  /** The second attempt is not needed any more, and had no key yet. */
  recallRival(): void {
    this.#rival?.stop({ kind: 'outrun', message: 'Another target was quicker.' })
  }

  /** The attempt that a turn makes possible; nothing where no key opens its target. */
  async #made(turn: Turn, limit: (attempt: Attempt) => void, onReady?: () => void): Promise<Attempt | undefined> {
    const { target, permit, after } = turn
    const { clock, rates } = this.runtime
    const { allowance, clocks, need } = this.options
    const attempt = new Attempt({ target, permit, clock, clocks: clocks(target), rate: rates.take(target, need) })
    if (this.#current === undefined) this.#current = attempt
    else this.#rival = attempt
    limit(attempt)
    const fetched = this.runtime.key(target, this.plan.decision, after)
    const opened = await readied(attempt, { fetched, allowance, journal: this.journal })
    const isWanted = !this.aborted && attempt.stopped?.kind !== 'outrun'
    if (isWanted && 'secret' in opened) {
      attempt.ready(this.journal.number(), opened.secret)
      onReady?.()
      this.journal.started(attempt)
      return attempt
    }
    if (isWanted && !('secret' in opened)) {
      const refused = passedOver(target, opened, this)
      if (onReady === undefined) this.#refused = refused ?? this.#refused
    }
    this.chain.passOver(target)
    attempt.discard()
    attempt.cover?.release()
    permit[Symbol.dispose]()
    this.#forget(attempt)
    return undefined
  }

  /** After a settled failure: returns (go on with `begin()`) or throws what the caller gets. `insists`: whatever it is. */
  async goOn({ target }: Attempt, failure: Failure, insists = false): Promise<void> {
    if (failure.kind === 'aborted') throw this.cancel()
    if (failure.kind === 'unusable') {
      this.#refused = { unusable: callerError(failure, []), endsRequest: false }
      this.chain.passOver(target)
      return
    }
    if (this.chain.goesOn(failure, target, insists)) return
    if (!(await this.#tryAgain())) throw this.end(failure)
  }

  /** Nobody may be called now: whether somebody may after a wait. */
  async #waits(): Promise<boolean> {
    return (await this.chain.queue((wake) => this.#pause.wakes(wake))) || this.aborted || this.#tryAgain()
  }

  /** Where no other target takes over, the last one that was called gets the tries that are left. */
  async #tryAgain(): Promise<boolean> {
    const wait = this.chain.wait()
    if (wait === undefined) return false
    this.chain.again()
    await this.#pause.sleep(wait)
    return true
  }

  /** Classifies and settles one failed attempt: breaker, hold, ledger, audit. */
  fail(attempt: Attempt, error: unknown, account: Account): Failure {
    const failure = failureOf(attempt, error)
    attempt.discard()
    this.#forget(attempt)
    const fault = attempt.key?.failed(failure)
    if (failure.kind !== 'unusable') this.chain.failed(failure, attempt.target, fault)
    this.journal.attemptFailed(attempt, failure, account)
    heed(failure, { attempt, fault }, this)
    return failure
  }

  /**
   * Whether the refusal that an attempt has just answered with is left for another target. It is an answer all the same:
   * nothing that the breaker would count.
   */
  leavesRefusal({ permit }: Attempt): boolean {
    if (!this.chain.leavesRefusal()) return false
    permit.settle('success')
    return true
  }

  /** `work`, or nothing once the caller has gone or the request is out of time. */
  patiently<Result>(work: Promise<Result>): Promise<Result | undefined> {
    return this.#pause.within(this.deadline - this.runtime.clock.now(), work)
  }

  #forget(attempt: Attempt): void {
    if (this.#current === attempt) this.#current = this.#rival
    this.#rival = undefined
  }

  /** Settles the attempt that served the request. */
  succeed(attempt: Attempt, served: Served): RouteRecord {
    attempt.release()
    attempt.permit.settle('success')
    heedAnswer(attempt, undefined, this)
    this.runtime.retries.succeeded(attempt.target.circuit)
    this.#forget(attempt)
    this.#letGo()
    return this.journal.served(attempt, served)
  }

  /** The caller has gone: ends the request and gives the error that says so. */
  cancel(): Error {
    this.journal.cancelled()
    this.#letGo()
    return abortError(this.#abortReason(), this.journal.failed)
  }

  /** The request has failed for good: ends it and gives the error for the caller. */
  end(failure: Failure, error: Error = callerError(failure, this.journal.failed)): Error {
    return this.#ended(failure, error)
  }

  /** Ends the request with an answer that was kept. Its attempt is settled already. */
  settleFor(attempt: Attempt, served: Served): RouteRecord {
    this.#letGo()
    return this.journal.settledFor(attempt, served)
  }

  #exhausted(): Error {
    const remains = { unusable: this.#refused?.unusable, failed: this.journal.failed, wallMs: this.runtime.clock.wall() }
    const { told, error } = exhaustion(this.chain, remains)
    return this.#ended(told, error)
  }

  #ended(told: Exhaustion['told'], error: Error): Error {
    if (this.hasSpare) return new Unbettered()
    this.journal.requestFailed(told)
    this.#letGo()
    return error
  }

  #abortReason(): unknown {
    return this.options.signal?.aborted === true ? this.options.signal.reason : undefined
  }

  #letGo(): void {
    this.runtime.running.delete(this)
    this.chain.letGo()
    this.options.signal?.removeEventListener('abort', this)
  }
}
