import { outOfTime } from './attempt.ts'
import { classification } from './classification.ts'
import type { SkipReason } from './contracts/audit.ts'
import type { Failure } from './contracts/failure.ts'
import { leaves } from './failover.ts'
import type { ChosenKey, KeyFault } from './key-ring.ts'
import type { Slot } from './limiter.ts'
import type { QueueParts } from './queueing.ts'
import { Queueing } from './queueing.ts'
import type { HeldBack } from './refusal.ts'
import type { Target } from './resolve.ts'
import type { ChainParts, Tried, Turn } from './turn.ts'
import { earlyTurn, waitFor } from './turn.ts'

/** The targets of one request in their order: which one's turn it is, and what may still be tried. */
export class Chain {
  #targets: readonly Target[]
  readonly #parts: ChainParts
  #position = -1
  /** Whether whoever had its turn has it again, or the key that it is to have another one than. */
  #again: ChosenKey | true | undefined
  #calls = 0
  #retriesLeft: number
  #tried: Tried | undefined
  #heldBack: HeldBack[] | undefined
  /** Has been asked beside another one. */
  #beside: Target | undefined
  /** Of the targets that had their hands full, once one had. */
  #queueing: Queueing | undefined
  /** Was waited for, and is the next turn's. */
  #slot: Slot | undefined
  /** Targets that were about to be limited, and gave way to others. */
  #yielded: Set<Target> | undefined
  /** Targets that turned out to have no key or no SDK. */
  #unfit: Set<Target> | undefined
  /** The largest context window that was too small, once one was. */
  #outgrown: number | undefined

  constructor(targets: readonly Target[], parts: ChainParts) {
    this.#targets = targets
    this.#parts = parts
    this.#retriesLeft = parts.options.maxRetries
  }

  /** The last wire call's failure, while no call has succeeded. */
  get lastFailure(): Failure | undefined {
    return this.#tried?.failure
  }

  /** The targets that were passed over because nobody may call them yet. */
  get heldBack(): readonly HeldBack[] {
    return this.#heldBack ?? []
  }

  /** How many wire calls the request may still make, but for the one that is under way. */
  get callsLeft(): number {
    return this.#parts.options.failover.maxAttempts - this.#calls
  }

  /** Goes on with other targets in place of those that are left. */
  ascend(targets: readonly Target[]): void {
    this.letGo()
    this.#targets = targets
    this.#position = -1
    this.#again = undefined
    this.#beside = undefined
    this.#queueing = undefined
    this.#heldBack = undefined
    this.#yielded = undefined
    // What was tried before is no place in these.
    if (this.#tried !== undefined) this.#tried = { ...this.#tried, position: -1 }
  }

  /** The next target that its breaker lets through. */
  next(): Turn | undefined {
    const { runtime, journal } = this.#parts
    for (;;) {
      const again = this.#again
      const isAgain = again !== undefined
      const target = isAgain ? this.#targets[this.#position] : this.#targets[++this.#position]
      this.#again = undefined
      if (target === undefined) return this.#early()
      if (this.#beside === target && !isAgain) continue
      if (this.#isOutgrown(target)) {
        journal.skipped(target, 'context_window')
        continue
      }
      if (this.#isTight(target, isAgain)) continue
      const slot = this.#slot
      this.#slot = undefined
      const permit = runtime.admission.acquire(target, slot)
      if (!('reason' in permit)) return { target, permit, after: again === true ? undefined : again }
      if (permit.reason !== 'busy') {
        this.holdBack(target, permit)
        continue
      }
      this.#queueing ??= new Queueing()
      this.#queueing.passOver(target)
      journal.skipped(target, permit.reason)
    }
  }

  /** The target may not be called yet. */
  holdBack(target: Target, { reason, retryInMs }: { readonly reason: SkipReason; readonly retryInMs: number }): void {
    this.#heldBack ??= []
    this.#heldBack.push({ target: target.id, retryAfterMs: retryInMs, reason })
    this.#parts.journal.skipped(target, reason, retryInMs)
  }

  /** About to be limited, it goes to the end of the order, once: with nobody else left it is called all the same. */
  #isTight(target: Target, isAgain: boolean): boolean {
    const { runtime, journal, options } = this.#parts
    const hold = this.#yielded?.has(target) === true ? undefined : runtime.rates.hold(target, options.need)
    if (hold === undefined || (!hold.hard && (isAgain || !this.#another()))) return false
    if (hold.hard) {
      this.holdBack(target, { reason: 'rate_limited', retryInMs: hold.retryInMs })
    } else {
      journal.skipped(target, 'rate_limited', hold.retryInMs)
      this.#yielded = (this.#yielded ?? new Set()).add(target)
      this.#targets = [...this.#targets.toSpliced(this.#position--, 1), target]
    }
    return true
  }

  /** A later target that may be called now beside the one that runs, within what that may cost; once in a request. */
  beside(): Turn | undefined {
    const { options, runtime } = this.#parts
    if (this.#beside !== undefined || this.#calls + 1 >= options.failover.maxAttempts) return undefined
    for (const target of this.#targets.slice(this.#position + 1)) {
      if (this.#unfit?.has(target) === true || this.#isOutgrown(target) || options.hedge?.affords(target) !== true) continue
      if (runtime.rates.hold(target, options.need) !== undefined) continue
      const permit = runtime.admission.acquire(target)
      if ('reason' in permit) continue
      this.#beside = target
      return { target, permit }
    }
    return undefined
  }

  /** Where targets had their hands full, waits for one of them: true where one has its turn now. */
  async queue(onWake: QueueParts['onWake']): Promise<boolean> {
    const { runtime, journal, deadline } = this.#parts
    const { admission, clock } = runtime
    const onQueued = ({ id }: Target): void => journal.emit({ type: 'request.queued', target: id })
    const turn = await this.#queueing?.wait({ admission, clock, deadline, onWake, onQueued })
    if (turn === undefined) return false
    this.#position = this.#targets.indexOf(turn.target)
    this.#again = true
    this.#slot = turn.slot
    return true
  }

  /** Why nobody who had its hands full is waited for any longer; nothing where that is not so. */
  congestion(): { readonly failure: Failure; readonly error?: Error } | undefined {
    const { runtime, deadline, options, journal } = this.#parts
    const congestion = this.#queueing?.congestion(runtime.admission, journal.failed)
    const isLate = congestion !== undefined && runtime.clock.now() >= deadline
    return isLate ? { failure: outOfTime(options.totalMs) } : congestion
  }

  /** The request is over: what it was granted and has not used is given back. */
  letGo(): void {
    this.#slot?.[Symbol.dispose]()
    this.#slot = undefined
  }

  /** Nobody may be called: where the caller wants that, one request tests whoever would be free first. */
  #early(): Turn | undefined {
    const { options } = this.#parts
    if (options.failover.whenAllOpen !== 'probe' || this.#tried !== undefined || this.#heldBack === undefined) return undefined
    // Whoever has its hands full will have one free soon.
    if (this.#queueing !== undefined) return undefined
    const turn = earlyTurn(this.#heldBack, this.#targets, this.#parts)
    if (turn === undefined) return undefined
    this.#position = this.#targets.indexOf(turn.target)
    this.#heldBack = undefined
    return turn
  }

  /** A wire call to the target whose turn it was has failed. */
  failed(failure: Failure, target: Target, { sparesTarget = false, after }: Partial<KeyFault> = {}): void {
    this.#tried = { failure, position: this.#targets.indexOf(target) }
    this.#calls += 1
    if (classification[failure.kind].same && !sparesTarget) this.#parts.runtime.retries.failed(target.circuit)
    // With another key the same target is asked again: at once, or when its turn comes.
    if (target !== this.#beside) this.#again = after
    else if (after !== undefined) this.#beside = undefined
  }

  /** The target cannot be called at all. */
  passOver(target: Target): void {
    this.#unfit ??= new Set()
    this.#unfit.add(target)
  }

  /** Whether the failure is one after which another target is asked, and there is one. */
  goesOn({ kind }: Failure, { card }: Target, insists: boolean): boolean {
    if (this.#calls >= this.#parts.options.failover.maxAttempts) return false
    if (!this.leaves(kind) && !(insists && kind !== 'deadline')) return false
    if (kind === 'context_length') {
      this.#outgrown = Math.max(this.#outgrown ?? 0, card?.contextWindow ?? 0)
      this.#queueing?.drop((target) => this.#isOutgrown(target))
    }
    return this.#again !== undefined || this.#another()
  }

  /** Whether a refusal that has just come as an answer is left for another target. */
  leavesRefusal(): boolean {
    const { onRefusal, maxAttempts } = this.#parts.options.failover
    return onRefusal === 'switch' && this.#calls + 1 < maxAttempts && this.#another()
  }

  /** Whether another target may do better after a failure of this kind. */
  leaves(kind: Failure['kind']): boolean {
    return leaves(kind, this.#parts.options.failover)
  }

  #isOutgrown({ card }: Target): boolean {
    return this.#outgrown !== undefined && (card?.contextWindow ?? 0) <= this.#outgrown
  }

  /** Whether a later target of the chain would take a request now. */
  #another(): boolean {
    const { breakers } = this.#parts.runtime
    if (this.#queueing?.isOpen === true) return true
    return this.#targets.some(
      (target, index) =>
        index > this.#position &&
        target !== this.#beside &&
        this.#unfit?.has(target) !== true &&
        !this.#isOutgrown(target) &&
        breakers.peek(target.circuit) === undefined,
    )
  }

  /** How long to wait before the last target that was called is tried again; nothing where it is not. */
  wait(): number | undefined {
    const tried = this.#tried
    const target = tried === undefined ? undefined : this.#targets[tried.position]
    if (tried === undefined || target === undefined || this.callsLeft <= 0) return undefined
    return waitFor(target, tried.failure, { ...this.#parts, left: this.#retriesLeft })
  }

  /** The last target that was called has its turn again. */
  again(): void {
    if (this.#tried !== undefined) this.#position = this.#tried.position
    this.#retriesLeft -= 1
    this.#again = true
  }
}
