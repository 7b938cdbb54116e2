import { randomUUID } from 'node:crypto'
import { APIError, APIUserAbortError } from 'openai'
import { Attempt } from './attempt.ts'
import type { FailedAttempt } from './caller-error.ts'
import { callerError, scrubbed, withAttempts } from './caller-error.ts'
import { classification } from './classification.ts'
import type { AdapterCall } from './contracts/adapter.ts'
import type { AuditEvent, SkipReason } from './contracts/audit.ts'
import type { Breakers, Refusal } from './contracts/breaker.ts'
import type { Clock } from './contracts/clock.ts'
import type { Failure, FailureKind } from './contracts/failure.ts'
import type { Secret } from './contracts/secret.ts'
import type { Cost, Usage, UsageSource } from './contracts/usage.ts'
import { ModelyardError } from './errors.ts'
import type { Clocks } from './options.ts'
import type { Decision, Plan } from './plan.ts'
import type { Target } from './resolve.ts'

// The longest Retry-After that is believed; what is longer holds the target back for this long and is not waited for.
const longestHoldMs = 60_000
const firstBackoffMs = 500
const longestBackoffMs = 8000

/** What a finished attempt cost and counted. */
export interface Account {
  readonly usage: Usage | null
  readonly source: UsageSource
  readonly cost: Cost | null
}

/** One row of the ledger in the making. */
export interface Entry extends Account {
  readonly target: Target
  readonly decision: Decision
  readonly outcome: 'success' | 'failure' | 'cancelled'
  readonly durationMs: number
  readonly firstTokenMs: number | undefined
}

/** What all requests of a router share. */
export interface Runtime {
  readonly clock: Clock
  readonly breakers: Breakers
  /** Absent where nobody listens: then no event is even built. */
  readonly emit: ((event: AuditEvent, about: { readonly requestId: string; readonly agent?: string }) => void) | undefined
  readonly secret: (target: Target, agent: string | undefined) => Promise<Secret | undefined>
  readonly cost: (usage: Usage, target: Target) => Cost | null
  readonly record: (entry: Entry) => void
  /** Uniform in [0, 1); scatters the waits between tries. */
  readonly random: () => number
}

/** What one call brings along besides its body. */
export interface CallOptions {
  readonly signal?: AbortSignal | null | undefined
  /** Milliseconds an attempt may take, the caller's own limit. */
  readonly timeout: number
  readonly maxRetries: number
  readonly headers: AdapterCall['headers'] | undefined
  readonly providerOptions: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined
  readonly clocks: Clocks
}

/** How a request ended well, or where it stands: what `routeOf()` gives. */
export interface RouteRecord {
  /** The router's own id of the request, as the audit trail has it. */
  readonly requestId: string
  readonly decision: Decision
  /** `provider/model` that served the request. */
  readonly target: string
  readonly provider: string
  /** The model that the vendor says has answered. */
  readonly model: string
  /** How many wire calls it took, the good one included. */
  readonly attempts: number
  readonly failed: readonly FailedAttempt[]
  readonly usage: Usage | null
  readonly costUsd: number | null
}

/** All state of one logical request: where it is in its chain, what it has tried, when it must end. */
export class Journey {
  readonly id = `req_${randomUUID()}`
  readonly plan: Plan
  readonly runtime: Runtime
  readonly options: CallOptions
  readonly failed: FailedAttempt[] = []
  readonly #startedAt: number
  readonly #deadline: number
  #position = -1
  #again = false
  #retriesLeft: number
  #attempts = 0
  #current: Attempt | undefined
  #last: Failure | undefined
  #left: { readonly from: string; readonly reason: FailureKind | SkipReason } | undefined
  #refusals: { readonly target: string; readonly retryInMs: number }[] = []
  #unusable: Error | undefined
  #ended = false
  #aborted = false
  #wake: (() => void) | undefined

  constructor(plan: Plan, options: CallOptions, runtime: Runtime) {
    this.plan = plan
    this.options = options
    this.runtime = runtime
    this.#retriesLeft = options.maxRetries
    this.#startedAt = runtime.clock.now()
    this.#deadline = this.#startedAt + options.clocks.totalMs
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

  get deadline(): number {
    return this.#deadline
  }

  emit(event: AuditEvent): void {
    const { agent } = this.plan.decision
    this.runtime.emit?.(event, agent === undefined ? { requestId: this.id } : { requestId: this.id, agent })
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
        this.#skip(target, permit.reason, permit)
        continue
      }
      const secret = await this.#secret(target)
      if (secret === undefined || this.aborted) {
        permit[Symbol.dispose]()
        continue
      }
      return this.#start(
        new Attempt({ number: ++this.#attempts, target, permit, secret, clock: this.runtime.clock, clocks: this.options.clocks }),
      )
    }
  }

  async #secret(target: Target): Promise<Secret | undefined> {
    try {
      const secret = await this.runtime.secret(target, this.plan.decision.agent)
      if (secret !== undefined) return secret
      const key = target.adapter.key ?? 'key'
      this.#unusable = new ModelyardError(
        'MISSING_KEY',
        `The key store holds no ${key} for ${target.provider}; set that environment variable or put the key into the store.`,
        {
          field: 'keys',
        },
      )
      this.#skip(target, 'missing_key')
    } catch (cause) {
      this.#unusable = new ModelyardError(
        'MISSING_KEY',
        `The key store failed to give ${target.adapter.key ?? 'the key'} for ${target.provider}.`,
        { field: 'keys', cause },
      )
      this.#skip(target, 'key_store_failed')
    }
    return undefined
  }

  #skip(target: Target, reason: SkipReason, refusal?: Refusal): void {
    this.#left ??= { from: target.id, reason }
    if (refusal !== undefined) this.#refusals.push({ target: target.id, retryInMs: refusal.retryInMs })
    this.emit({ type: 'target.skipped', target: target.id, reason, ...(refusal !== undefined && { retryInMs: refusal.retryInMs }) })
  }

  #start(attempt: Attempt): Attempt {
    const { target, secret, number, permit } = attempt
    const left = this.#left
    this.#left = undefined
    if (this.runtime.emit !== undefined) {
      if (left !== undefined && left.from !== target.id)
        this.emit({ type: 'route.switched', from: left.from, to: target.id, reason: left.reason })
      if (target.adapter.key !== null)
        this.emit({ type: 'key.used', target: target.id, key: target.adapter.key, fingerprint: secret.fingerprint })
      this.emit({ type: 'attempt.started', attempt: number, target: target.id, probe: permit.probe })
    }
    this.#current = attempt
    return attempt
  }

  /** Puts an attempt's error into words, settles it, and either returns (go on with `begin()`) or throws what the caller gets. */
  async recover(attempt: Attempt, error: unknown, account: Account = nothingSpent): Promise<void> {
    const failure = this.fail(attempt, error, account)
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
    const failure = this.#classify(attempt, error)
    const { kind } = failure
    attempt.discard()
    this.#current = undefined
    this.#last = failure
    this.#left ??= { from: attempt.target.id, reason: kind }
    attempt.permit.settle(classification[kind].breaker)
    if (failure.retryAfterMs !== undefined)
      this.runtime.breakers.gate(attempt.target.circuit, Math.min(failure.retryAfterMs, longestHoldMs))
    const durationMs = attempt.elapsed()
    const { status, code } = failure
    this.failed.push(
      Object.freeze({
        target: attempt.target.id,
        kind,
        ...(status !== undefined && { status }),
        ...(typeof code === 'string' && { code }),
        durationMs,
      }),
    )
    this.#book(attempt, { account, outcome: kind === 'aborted' ? 'cancelled' : 'failure', firstTokenMs: undefined })
    if (this.runtime.emit !== undefined) this.#emitFailed(attempt, failure, account)
    return failure
  }

  #classify(attempt: Attempt, error: unknown): Failure {
    const { stopped } = attempt
    if (stopped !== undefined) return { kind: stopped.kind, message: stopped.message, cause: stopped.cause }
    let failure: Failure
    try {
      failure = attempt.target.adapter.failure(error)
    } catch (cause) {
      failure = { kind: 'internal', message: `The adapter ${attempt.target.provider} could not say what went wrong.`, cause }
    }
    return scrubbed(failure, attempt.secret)
  }

  #emitFailed(attempt: Attempt, failure: Failure, account: Account): void {
    const { kind, status, code, requestId } = failure
    this.emit({
      type: 'attempt.failed',
      attempt: attempt.number,
      target: attempt.target.id,
      durationMs: attempt.elapsed(),
      kind,
      ...(status !== undefined && { status }),
      ...(typeof code === 'string' && { code }),
      severity: kind === 'auth' ? 'high' : 'normal',
      usage: account.usage,
      usageSource: account.source,
      costUsd: account.cost?.usd ?? null,
      priceSnapshot: account.cost?.snapshot ?? null,
      ...(typeof requestId === 'string' && { vendorRequestId: requestId }),
    })
  }

  /** Whether a later target of the chain would take a request now. */
  #another(): boolean {
    return this.plan.targets.some(
      (target, index) => index > this.#position && this.runtime.breakers.peek(target.circuit) === undefined,
    )
  }

  /** How long to wait before the same target is tried again; nothing where it is not. */
  #waitFor({ kind, shouldRetry, retryAfterMs }: Failure, same: boolean): number | undefined {
    if (this.#retriesLeft <= 0 || kind === 'deadline' || !(shouldRetry ?? same)) return undefined
    if (retryAfterMs !== undefined && retryAfterMs > longestHoldMs) return undefined
    const tried = this.options.maxRetries - this.#retriesLeft
    const wait = retryAfterMs ?? this.runtime.random() * Math.min(longestBackoffMs, firstBackoffMs * 2 ** tried)
    return this.runtime.clock.now() + wait < this.#deadline ? wait : undefined
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
  succeed(
    attempt: Attempt,
    answer: { readonly account: Account; readonly model: string; readonly firstTokenMs?: number },
  ): RouteRecord {
    const { account, model, firstTokenMs } = answer
    const { target, number } = attempt
    attempt.release()
    attempt.permit.settle('success')
    this.#current = undefined
    this.#book(attempt, { account, outcome: 'success', firstTokenMs })
    const costUsd = account.cost?.usd ?? null
    if (this.runtime.emit !== undefined) {
      const vendorRequestId = vendorRequestIdOf(attempt.headers)
      const measured = {
        durationMs: attempt.elapsed(),
        servedModel: model,
        usage: account.usage,
        usageSource: account.source,
        costUsd,
        priceSnapshot: account.cost?.snapshot ?? null,
      }
      this.emit({
        type: 'attempt.succeeded',
        attempt: number,
        target: target.id,
        ...measured,
        ...(firstTokenMs !== undefined && { firstTokenMs }),
        ...(vendorRequestId !== null && { vendorRequestId }),
      })
      this.emit({
        type: 'request.completed',
        target: target.id,
        attempts: this.#attempts,
        durationMs: this.#elapsed(),
        usage: account.usage,
        costUsd,
      })
    }
    this.#close()
    return this.record(attempt, { model, usage: account.usage, costUsd })
  }

  record(attempt: Attempt, { model, usage, costUsd }: Pick<RouteRecord, 'model' | 'usage' | 'costUsd'>): RouteRecord {
    const { target } = attempt
    return {
      requestId: this.id,
      decision: this.plan.decision,
      target: target.id,
      provider: target.provider,
      model,
      attempts: this.#attempts,
      failed: this.failed,
      usage,
      costUsd,
    }
  }

  #book(
    attempt: Attempt,
    { account, outcome, firstTokenMs }: Pick<Entry, 'outcome' | 'firstTokenMs'> & { readonly account: Account },
  ): void {
    this.runtime.record({
      target: attempt.target,
      decision: this.plan.decision,
      ...account,
      outcome,
      durationMs: attempt.elapsed(),
      firstTokenMs,
    })
  }

  /** The caller has gone: ends the request and gives the error that says so. */
  cancel(): Error {
    if (!this.#ended) this.emit({ type: 'request.cancelled', attempts: this.#attempts, durationMs: this.#elapsed() })
    this.#close()
    const error = new APIUserAbortError()
    const reason = this.#abortReason()
    if (reason !== undefined) error.cause = reason
    return withAttempts(error, this.failed)
  }

  /** The request has failed for good: ends it and gives the error for the caller. */
  end(failure: Failure, error: Error = callerError(failure, this.failed)): Error {
    const { kind, status, code } = failure
    if (!this.#ended) {
      const told = { ...(status !== undefined && { status }), ...(typeof code === 'string' && { code }) }
      this.emit({ type: 'request.failed', attempts: this.#attempts, durationMs: this.#elapsed(), kind, ...told })
    }
    this.#close()
    return error
  }

  #exhausted(): Error {
    if (this.#last !== undefined && this.#last.kind !== 'unusable') return this.end(this.#last)
    if (this.#refusals.length === 0 && this.#unusable !== undefined)
      return this.end({ kind: 'unusable', message: this.#unusable.message }, withAttempts(this.#unusable, this.failed))
    const error = allCircuitsOpen(this.#refusals)
    this.emit({
      type: 'request.failed',
      attempts: this.#attempts,
      durationMs: this.#elapsed(),
      kind: 'all_circuits_open',
      status: 503,
      code: 'all_circuits_open',
    })
    this.#close()
    return withAttempts(error, this.failed)
  }

  #abortReason(): unknown {
    return this.options.signal?.aborted === true ? this.options.signal.reason : undefined
  }

  #elapsed(): number {
    return this.runtime.clock.now() - this.#startedAt
  }

  #close(): void {
    this.#ended = true
    this.options.signal?.removeEventListener('abort', this)
  }
}

/** The account of an attempt that the vendor did not charge, as far as anyone knows. */
export const nothingSpent: Account = Object.freeze({ usage: null, source: 'unknown', cost: null })

/** The vendor's own id of a call, from whichever header it uses. */
export function vendorRequestIdOf(headers: Headers | undefined): string | null {
  return headers?.get('x-request-id') ?? headers?.get('request-id') ?? null
}

function allCircuitsOpen(refusals: readonly { readonly target: string; readonly retryInMs: number }[]): Error {
  const retryAfterMs = Math.min(...refusals.map(({ retryInMs }) => retryInMs))
  const message = `Every target is held back: ${refusals.map(({ target, retryInMs }) => `${target} for ${Math.ceil(retryInMs)} ms`).join(', ')}.`
  const headers = new Headers({ 'retry-after-ms': String(Math.ceil(retryAfterMs)) })
  const error = APIError.generate(
    503,
    { error: { message, type: 'router_error', param: null, code: 'all_circuits_open' } },
    undefined,
    headers,
  )
  return Object.assign(error, { retryAfterMs, targets: refusals })
}
