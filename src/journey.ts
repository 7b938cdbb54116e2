import { APIUserAbortError } from 'openai'
import { Attempt } from './attempt.ts'
import { callerError, withAttempts } from './caller-error.ts'
import { classification } from './classification.ts'
import type { Refusal } from './contracts/breaker.ts'
import type { Failure } from './contracts/failure.ts'
import { Secret } from './contracts/secret.ts'
import { failureOf } from './failure-of.ts'
import { Journal } from './journal.ts'
import type { Served } from './journal.ts'
import type { Plan } from './plan.ts'
import type { HeldBack } from './refusal.ts'
import { allCircuitsOpen, keyStoreFailed, missingKey } from './refusal.ts'
import { longestHoldMs, retryWait } from './retry.ts'
import type { Target } from './resolve.ts'
import type { Account, CallOptions, RouteRecord, Runtime } from './runtime.ts'

/** All state of one logical request: where it is in its chain, what it may still try, when it must end. */
export class Journey {
  readonly plan: Plan
  readonly runtime: Runtime
  readonly options: CallOptions
  readonly journal: Journal
  /** When the whole request must be done, in clock milliseconds. */
  readonly deadline: number
  #position = -1
  #again = false
  #retriesLeft: number
  #current: Attempt | undefined
  /** The last wire call that failed, and where in the chain. */
  #tried: { readonly failure: Failure; readonly position: number } | undefined
  /** Targets that turned out to have no key or no SDK. */
  readonly #unfit = new Set<Target>()
  #heldBack: HeldBack[] = []
  #unusable: Error | undefined
  #aborted = false
  #wake: (() => void) | undefined

  constructor(plan: Plan, options: CallOptions, runtime: Runtime) {
    this.plan = plan
    this.options = options
    this.runtime = runtime
    this.journal = new Journal(plan, runtime)
    this.#retriesLeft = options.maxRetries
    this.deadline = this.journal.startedAt + options.totalMs
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
    this.#current?.stop({ kind: 'aborted', message: 'Request was aborted.', cause: this.#abortReason() })
    this.#wake?.()
  }

  get aborted(): boolean {
    return this.#aborted
  }

  /**
   * The next attempt: skips what breakers hold back or no key opens. `limit` puts its first limit in force, which also holds
   * while the key is fetched. Throws what the caller gets when nothing is left.
   */
  async begin(limit: (attempt: Attempt) => void): Promise<Attempt> {
    for (;;) {
      if (this.aborted) throw this.cancel()
      const target = this.#again ? this.plan.targets[this.#position] : this.plan.targets[++this.#position]
      this.#again = false
      if (target === undefined) {
        if (await this.#backToLast()) continue
        throw this.#exhausted()
      }
      const permit = this.runtime.breakers.acquire(target.circuit)
      if ('reason' in permit) {
        this.#holdBack(target, permit)
        continue
      }
      const attempt = new Attempt({ target, permit, clock: this.runtime.clock, clocks: this.options.clocks(target) })
      this.#current = attempt
      limit(attempt)
      const secret = await this.#secret(attempt)
      if (secret !== undefined) {
        attempt.ready(this.journal.number(), secret)
        this.journal.started(attempt)
        return attempt
      }
      this.#unfit.add(target)
      attempt.discard()
      permit[Symbol.dispose]()
      this.#current = undefined
      if (attempt.stopped?.kind === 'deadline') throw this.end(attempt.stopped)
    }
  }

  /** No later target could take over after all: the last one that was called gets the tries that are left. */
  async #backToLast(): Promise<boolean> {
    const tried = this.#tried
    const target = tried === undefined ? undefined : this.plan.targets[tried.position]
    if (tried === undefined || target === undefined) return false
    const wait = this.#waitFor(tried.failure, target)
    if (wait === undefined) return false
    this.#position = tried.position
    await this.#tryAgain(wait)
    return true
  }

  #holdBack(target: Target, { reason, retryInMs }: Refusal): void {
    this.#heldBack.push({ target: target.id, retryInMs })
    this.journal.skipped(target, reason, retryInMs)
  }

  async #secret(attempt: Attempt): Promise<Secret | undefined> {
    const { target } = attempt
    try {
      const secret = await attempt.until(this.runtime.secret(target, this.plan.decision.agent))
      if (Secret.is(secret)) return secret
      if (secret !== undefined && secret !== null)
        throw new TypeError('KeyStore.get() must give a Secret: wrap the key, new Secret(key)')
      this.#unusable = missingKey(target)
      this.journal.skipped(target, 'missing_key')
    } catch (cause) {
      if (this.aborted) return undefined
      this.#unusable = keyStoreFailed(target, attempt.stopped === undefined ? cause : undefined)
      this.journal.skipped(target, 'key_store_failed')
    }
    return undefined
  }

  /** Puts an attempt's error into words, settles it, and either returns (go on with `begin()`) or throws what the caller gets. */
  async recover(attempt: Attempt, error: unknown, account: Account): Promise<void> {
    const failure = this.fail(attempt, error, account)
    if (failure.kind === 'aborted') throw this.cancel()
    if (failure.kind === 'unusable') {
      this.#unusable = callerError(failure, [])
      this.#unfit.add(attempt.target)
      return
    }
    if (classification[failure.kind].next && this.#another()) return
    const wait = this.#waitFor(failure, attempt.target)
    if (wait === undefined) throw this.end(failure)
    await this.#tryAgain(wait)
  }

  async #tryAgain(wait: number): Promise<void> {
    this.#retriesLeft--
    this.#again = true
    await this.#sleep(wait)
  }

  /** Classifies and settles one failed attempt: breaker, hold, ledger, audit. */
  fail(attempt: Attempt, error: unknown, account: Account): Failure {
    const failure = failureOf(attempt, error)
    attempt.discard()
    this.#current = undefined
    if (failure.kind !== 'unusable') this.#tried = { failure, position: this.#position }
    this.journal.attemptFailed(attempt, failure, account)
    attempt.permit.settle(classification[failure.kind].breaker)
    if (failure.retryAfterMs !== undefined) {
      this.runtime.breakers.gate(attempt.target.circuit, Math.min(failure.retryAfterMs, longestHoldMs))
    }
    return failure
  }

  /** Whether a later target of the chain would take a request now. */
  #another(): boolean {
    const { breakers } = this.runtime
    return this.plan.targets.some(
      (target, index) => index > this.#position && !this.#unfit.has(target) && breakers.peek(target.circuit) === undefined,
    )
  }

  /** How long to wait before the same target is tried again; nothing where it is not. */
  #waitFor(failure: Failure, { circuit }: Target): number | undefined {
    const { breakers, clock, random } = this.runtime
    const { maxRetries } = this.options
    const wait = retryWait(failure, { left: this.#retriesLeft, spent: maxRetries - this.#retriesLeft, random })
    // Its circuit may have opened by now, and then there is nothing to wait for.
    const heldMs = breakers.peek(circuit)?.retryInMs ?? 0
    return wait !== undefined && heldMs <= wait && clock.now() + wait < this.deadline ? wait : undefined
  }

  /** The caller waits meanwhile: unlike a limit, this pause keeps the process alive. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        timer[Symbol.dispose]()
        this.#wake = undefined
        resolve()
      }
      const timer = this.runtime.clock.setTimeout(wake, ms, { hold: true })
      this.#wake = wake
      if (this.#aborted) wake()
    })
  }

  /** Settles the attempt that served the request. */
  succeed(attempt: Attempt, served: Served): RouteRecord {
    attempt.release()
    attempt.permit.settle('success')
    this.#current = undefined
    this.#letGo()
    return this.journal.served(attempt, served)
  }

  /** The caller has gone: ends the request and gives the error that says so. */
  cancel(): Error {
    this.journal.cancelled()
    this.#letGo()
    const error = new APIUserAbortError()
    const reason = this.#abortReason()
    if (reason !== undefined) error.cause = reason
    return withAttempts(error, this.journal.failed)
  }

  /** The request has failed for good: ends it and gives the error for the caller. */
  end(failure: Failure, error: Error = callerError(failure, this.journal.failed)): Error {
    this.journal.requestFailed(failure)
    this.#letGo()
    return error
  }

  #exhausted(): Error {
    if (this.#tried !== undefined) return this.end(this.#tried.failure)
    if (this.#heldBack.length === 0 && this.#unusable !== undefined) {
      return this.end({ kind: 'unusable', message: this.#unusable.message }, withAttempts(this.#unusable, this.journal.failed))
    }
    this.journal.requestFailed({ kind: 'all_circuits_open', status: 503, code: 'all_circuits_open' })
    this.#letGo()
    return withAttempts(allCircuitsOpen(this.#heldBack), this.journal.failed)
  }

  #abortReason(): unknown {
    return this.options.signal?.aborted === true ? this.options.signal.reason : undefined
  }

  #letGo(): void {
    this.runtime.running.delete(this)
    this.options.signal?.removeEventListener('abort', this)
  }
}
