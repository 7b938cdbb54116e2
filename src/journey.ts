import { APIError, APIUserAbortError } from 'openai'
import { Attempt } from './attempt.ts'
import { callerError, scrubbed, withAttempts } from './caller-error.ts'
import { classification } from './classification.ts'
import type { Refusal } from './contracts/breaker.ts'
import type { Failure } from './contracts/failure.ts'
import type { Secret } from './contracts/secret.ts'
import { ModelyardError } from './errors.ts'
import { Journal } from './journal.ts'
import type { Served } from './journal.ts'
import type { Plan } from './plan.ts'
import type { Target } from './resolve.ts'
import type { Account, CallOptions, RouteRecord, Runtime } from './runtime.ts'
import { nothingSpent } from './runtime.ts'

// The longest Retry-After that is believed; what is longer holds the target back for this long and is not waited for.
const longestHoldMs = 60_000
const firstBackoffMs = 500
const longestBackoffMs = 8000

/** A target that its breaker held back when the request came to it. */
interface HeldBack {
  readonly target: string
  readonly retryInMs: number
}

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
  #last: Failure | undefined
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
    this.deadline = this.journal.startedAt + options.clocks.totalMs
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

  /** The next attempt: skips what breakers hold back or no key opens. Throws what the caller gets when nothing is left. */
  async begin(): Promise<Attempt> {
    for (;;) {
      if (this.aborted) throw this.cancel()
      const target = this.#again ? this.plan.targets[this.#position] : this.plan.targets[++this.#position]
      this.#again = false
      if (target === undefined) throw this.#exhausted()
      const permit = this.runtime.breakers.acquire(target.circuit)
      if ('reason' in permit) {
        this.#holdBack(target, permit)
        continue
      }
      const secret = await this.#secret(target)
      if (secret === undefined || this.aborted) {
        permit[Symbol.dispose]()
        continue
      }
      const { clock } = this.runtime
      const attempt = new Attempt({ number: this.journal.number(), target, permit, secret, clock, clocks: this.options.clocks })
      this.#current = attempt
      this.journal.started(attempt)
      return attempt
    }
  }

  #holdBack(target: Target, { reason, retryInMs }: Refusal): void {
    this.#heldBack.push({ target: target.id, retryInMs })
    this.journal.skipped(target, reason, retryInMs)
  }

  async #secret(target: Target): Promise<Secret | undefined> {
    const key = target.adapter.key ?? 'key'
    try {
      const secret = await this.runtime.secret(target, this.plan.decision.agent)
      if (secret !== undefined) return secret
      const message = `The key store holds no ${key} for ${target.provider}; set that environment variable or put the key into the store.`
      this.#unusable = new ModelyardError('MISSING_KEY', message, { field: 'keys' })
      this.journal.skipped(target, 'missing_key')
    } catch (cause) {
      const message = `The key store failed to give ${key} for ${target.provider}.`
      this.#unusable = new ModelyardError('MISSING_KEY', message, { field: 'keys', cause })
      this.journal.skipped(target, 'key_store_failed')
    }
    return undefined
  }

  /** Puts an attempt's error into words, settles it, and either returns (go on with `begin()`) or throws what the caller gets. */
  async recover(attempt: Attempt, error: unknown): Promise<void> {
    const failure = this.fail(attempt, error)
    if (failure.kind === 'aborted') throw this.cancel()
    const { same, next } = classification[failure.kind]
    if (failure.kind === 'unusable') this.#unusable = callerError(failure, [])
    if (next && this.#another()) return
    const wait = this.#waitFor(failure, same)
    if (wait === undefined) throw this.end(failure)
    this.#retriesLeft--
    this.#again = true
    await this.#sleep(wait)
  }

  /** Classifies and settles one failed attempt: breaker, hold, ledger, audit. */
  fail(attempt: Attempt, error: unknown, account: Account = nothingSpent): Failure {
    const failure = classified(attempt, error)
    attempt.discard()
    this.#current = undefined
    this.#last = failure
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
    return this.plan.targets.some(({ circuit }, index) => index > this.#position && breakers.peek(circuit) === undefined)
  }

  /** How long to wait before the same target is tried again; nothing where it is not. */
  #waitFor({ kind, shouldRetry, retryAfterMs }: Failure, same: boolean): number | undefined {
    if (this.#retriesLeft <= 0 || kind === 'deadline' || !(shouldRetry ?? same)) return undefined
    if (retryAfterMs !== undefined && retryAfterMs > longestHoldMs) return undefined
    const tried = this.options.maxRetries - this.#retriesLeft
    const wait = retryAfterMs ?? this.runtime.random() * Math.min(longestBackoffMs, firstBackoffMs * 2 ** tried)
    return this.runtime.clock.now() + wait < this.deadline ? wait : undefined
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
    if (this.#last !== undefined && this.#last.kind !== 'unusable') return this.end(this.#last)
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
    this.options.signal?.removeEventListener('abort', this)
  }
}

/** What ended an attempt: the router or the caller, if one of them did, else what the adapter makes of the error. */
function classified({ stopped, target, secret }: Attempt, error: unknown): Failure {
  if (stopped !== undefined) return { kind: stopped.kind, message: stopped.message, cause: stopped.cause }
  try {
    return scrubbed(target.adapter.failure(error), secret)
  } catch (cause) {
    return { kind: 'internal', message: `The adapter ${target.provider} could not say what went wrong.`, cause }
  }
}

function allCircuitsOpen(heldBack: readonly HeldBack[]): Error {
  const retryAfterMs = Math.min(...heldBack.map(({ retryInMs }) => retryInMs))
  const list = heldBack.map(({ target, retryInMs }) => `${target} for ${Math.ceil(retryInMs)} ms`).join(', ')
  const body = { message: `Every target is held back: ${list}.`, type: 'router_error', param: null, code: 'all_circuits_open' }
  const headers = new Headers({ 'retry-after-ms': String(Math.ceil(retryAfterMs)) })
  return Object.assign(APIError.generate(503, { error: body }, undefined, headers), { retryAfterMs, targets: heldBack })
}
