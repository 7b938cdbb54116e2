import type { Attempt } from './attempt.ts'
import { failedEvent, succeededEvent } from './attempt-events.ts'
import { AttemptRoles } from './attempt-roles.ts'
import { reservedEvent, settled } from './budget-events.ts'
import type { FailedAttempt } from './caller-error.ts'
import type { AuditEvent, SkipReason } from './contracts/audit.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { EscalationReason, RejectedAnswer } from './escalation-options.ts'
import type { Failure, FailureKind } from './contracts/failure.ts'
import type { AnswerFacts, TelemetryAbout, TelemetryDetails } from './contracts/telemetry.ts'
import { decisionEvent } from './decision-event.ts'
import { ownerFields } from './key-presence.ts'
import type { Plan } from './plan.ts'
import type { Target } from './resolve.ts'
import type { Account, Entry, RouteRecord, Runtime } from './runtime.ts'
import { acceptedDetails, serviceOf } from './telemetry-details.ts'

/** What was left behind on the way to the next target, and why. */
interface Left {
  readonly from: string
  readonly reason: FailureKind | SkipReason
}

type Escalated = Pick<Extract<AuditEvent, { type: 'route.escalated' }>, 'from' | 'reason'>

/** How an attempt that served the request ended. */
export interface Served {
  readonly account: Account
  readonly model: string
  readonly firstTokenMs?: number
  /** What else telemetry is told of the answer. */
  readonly facts?: Omit<AnswerFacts, 'model'> | undefined
}

/** How an attempt ended, for the ledger. */
interface Ended extends Pick<Entry, 'outcome' | 'served'> {
  readonly account: Account
  readonly model?: string
  readonly firstTokenMs?: number | undefined
}

/** Everything that is written down of one request: its audit events, each once and in order, and its rows in the ledger. */
export class Journal {
  readonly id = `req_${crypto.randomUUID()}`
  readonly failed: FailedAttempt[] = []
  readonly startedAt: number
  readonly #plan: Plan
  readonly #runtime: Runtime
  /** One object for all events of the request. */
  readonly #about: TelemetryAbout
  #attempts = 0
  #left: Left | undefined
  /** What was left behind for a step up, until that is taken. */
  #below: Escalated | undefined
  #rejected: RejectedAnswer[] | undefined
  #isAccepted = true
  #ended = false
  readonly #roles = new AttemptRoles()

  constructor(plan: Plan, runtime: Runtime) {
    this.#plan = plan
    this.#runtime = runtime
    this.startedAt = runtime.clock.now()
    const { serviceKey } = plan.decision
    this.#about = { requestId: this.id, ...ownerFields(plan.decision), ...(serviceKey !== undefined && { serviceKey }) }
  }

  /** The number of the next attempt, from 1. */
  number(): number {
    this.#attempts += 1
    return this.#attempts
  }

  emit(event: AuditEvent, details?: TelemetryDetails): void {
    this.#runtime.emit?.(event, this.#about, details)
  }

  /** Makes a part of an attempt's wire call as telemetry wants it made. */
  within<Result>({ number }: Attempt, run: () => Result): Result {
    const { telemetry } = this.#runtime
    return telemetry === undefined ? run() : telemetry.within(this.#about, number, run)
  }

  /** The same for a stream: each reading of it is such a part. */
  readWithin<Chunk>(attempt: Attempt, source: AsyncIterator<Chunk>): AsyncIterator<Chunk> {
    if (this.#runtime.telemetry === undefined) return source
    return {
      next: () => this.within(attempt, () => source.next()),
      return: async () => (await this.within(attempt, () => source.return?.())) ?? { value: undefined, done: true },
    }
  }

  accepted(event: Extract<AuditEvent, { type: 'request.accepted' }>, request?: ChatRequest): void {
    if (this.#runtime.emit === undefined) return
    this.emit(event, this.#runtime.telemetry && acceptedDetails(this.#plan, request))
    this.emit(decisionEvent(this.#plan.decision, request))
  }

  skipped({ id }: Target, reason: SkipReason, retryInMs?: number): void {
    this.#left ??= { from: id, reason }
    this.emit({ type: 'target.skipped', target: id, reason, ...(retryInMs !== undefined && { retryInMs }) })
  }

  /** The next attempt is made beside the one that runs. */
  hedged(event: Extract<AuditEvent, { type: 'route.hedged' }>): void {
    this.#roles.beside()
    this.emit(event)
  }

  started(attempt: Attempt): void {
    const { target, secret, number, permit } = attempt
    const [left, below] = [this.#left, this.#below]
    const isAgain = number > 1 && this.failed.some((each) => each.target === target.id)
    this.#roles.started({ number, isStepUp: below !== undefined, isAgain })
    this.#left = undefined
    this.#below = undefined
    if (this.#runtime.emit === undefined) return
    if (below !== undefined) this.emit({ type: 'route.escalated', ...below, to: target.id })
    else if (left !== undefined && left.from !== target.id) this.emit({ type: 'route.switched', ...left, to: target.id })
    const key = attempt.key?.name ?? target.adapter.key
    if (typeof key === 'string') this.emit({ type: 'key.used', target: target.id, key, fingerprint: secret.fingerprint })
    const reserved = reservedEvent(attempt)
    if (reserved !== undefined) this.emit(reserved)
    const details = this.#runtime.telemetry && { service: serviceOf(target) }
    this.emit({ type: 'attempt.started', attempt: number, target: target.id, probe: permit.probe }, details)
  }

  /** An answer was not good enough. */
  reject(answer: RejectedAnswer): void {
    this.#rejected ??= []
    this.#rejected.push(Object.freeze(answer))
  }

  /** The answer that was rejected last is returned all the same. */
  settles(): void {
    this.#isAccepted = false
  }

  /** From here on the request is a step up. */
  escalated(reason: EscalationReason): void {
    const from = this.#rejected?.at(-1)?.target
    if (from !== undefined) this.#below = { from, reason }
  }

  attemptFailed(attempt: Attempt, failure: Failure, account: Account): void {
    const { kind, status, code } = failure
    const durationMs = attempt.elapsed()
    const told = { kind, ...(status !== undefined && { status }), ...(typeof code === 'string' && { code }) }
    if (kind !== 'outrun') this.#left ??= { from: attempt.target.id, reason: kind }
    this.failed.push(Object.freeze({ target: attempt.target.id, ...told, durationMs }))
    this.#book(attempt, {
      account,
      outcome: kind === 'aborted' || kind === 'outrun' ? 'cancelled' : 'failure',
      served: kind === 'aborted' && this.#roles.of(attempt.number) !== 'hedge',
    })
    if (this.#runtime.emit !== undefined) this.emit(failedEvent(attempt, failure, { account, durationMs }))
  }

  served(attempt: Attempt, served: Served): RouteRecord {
    const { account, model, firstTokenMs } = served
    this.#ended = true
    this.#book(attempt, { account, outcome: 'success', served: true, model, firstTokenMs })
    if (this.#runtime.emit !== undefined) {
      const event = succeededEvent(attempt, { account, durationMs: attempt.elapsed(), servedModel: model, firstTokenMs })
      this.emit(event, this.#answered(served))
    }
    return this.#completed(attempt, served)
  }

  /** The request is served with an answer whose attempt is settled already. */
  settledFor(attempt: Attempt, served: Served): RouteRecord {
    this.#ended = true
    this.#isAccepted = false
    return this.#completed(attempt, served)
  }

  #completed(attempt: Attempt, served: Served): RouteRecord {
    const { usage, source, cost } = served.account
    const costUsd = cost?.usd ?? null
    if (this.#runtime.emit !== undefined) {
      const event = { type: 'request.completed', target: attempt.target.id, ...this.#sum(), usage, costUsd } as const
      this.emit(event, this.#answered(served))
    }
    return this.record(attempt, { model: served.model, usage, usageSource: source, costUsd })
  }

  #answered({ model, facts }: Served): TelemetryDetails | undefined {
    return this.#runtime.telemetry && { answer: { model, ...facts } }
  }

  record({ target }: Attempt, served: Pick<RouteRecord, 'model' | 'usage' | 'usageSource' | 'costUsd'>): RouteRecord {
    const { decision } = this.#plan
    const { id: requestId, failed } = this
    const rejected = this.#rejected
    return {
      requestId,
      decision,
      target: target.id,
      provider: target.provider,
      attempts: this.#attempts,
      failed,
      ...served,
      ...(rejected !== undefined && { escalation: { rejected, accepted: this.#isAccepted } }),
    }
  }

  cancelled(): void {
    if (this.#ended) return
    this.#ended = true
    this.emit({ type: 'request.cancelled', ...this.#sum() })
  }

  requestFailed(failure: {
    readonly kind: FailureKind | 'all_circuits_open' | 'budget_exceeded'
    readonly status?: number
    readonly code?: string | null
  }): void {
    if (this.#ended) return
    this.#ended = true
    const { kind, status, code } = failure
    const told = { ...(status !== undefined && { status }), ...(typeof code === 'string' && { code }) }
    this.emit({ type: 'request.failed', ...this.#sum(), kind, ...told })
  }

  #sum(): { readonly attempts: number; readonly durationMs: number } {
    return { attempts: this.#attempts, durationMs: this.#runtime.clock.now() - this.startedAt }
  }

  #book(attempt: Attempt, { account, outcome, served, model, firstTokenMs }: Ended): void {
    const { target, number } = attempt
    const booked = settled(attempt, account, outcome === 'success')
    if (booked !== undefined) this.emit(booked)
    this.#runtime.record({
      requestId: this.id,
      attempt: number,
      role: this.#roles.of(number),
      target,
      decision: this.#plan.decision,
      ...account,
      outcome,
      served,
      durationMs: attempt.elapsed(),
      servedModel: model,
      firstTokenMs,
    })
  }
}
