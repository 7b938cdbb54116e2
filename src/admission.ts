import type { Breakers, Permit, Refusal, Verdict } from './contracts/breaker.ts'
import type { Clock } from './contracts/clock.ts'
import type { Limit, Slot, Ticket } from './limiter.ts'
import { Limiter } from './limiter.ts'
import type { Target } from './resolve.ts'
import type { Traffic } from './traffic.ts'

/** The target has as many attempts under way as it may have. */
export interface Busy {
  readonly reason: 'busy'
}

/** A place in the queue of a target. */
export interface Place {
  readonly target: Target
  readonly ticket: Ticket
  /** How long to wait at most. */
  readonly queueMs: number
}

/** What {@link Admission} is made of. */
export interface AdmissionParts {
  readonly breakers: Breakers
  readonly clock: Clock
  /** By the target's id. */
  readonly limits: ReadonlyMap<string, Limit>
  /** Counts what is under way; absent where nobody wants to know. */
  readonly traffic: Traffic | undefined
}

/**
 * Who may make an attempt now: the target's breaker and its limit have to agree. The permit holds both, and whoever settles it
 * gives both back.
 */
export class Admission {
  readonly #breakers: Breakers
  readonly #traffic: Traffic | undefined
  readonly #limiters: ReadonlyMap<string, Limiter>
  readonly #isPlain: boolean

  constructor({ breakers, clock, limits, traffic }: AdmissionParts) {
    this.#breakers = breakers
    this.#traffic = traffic
    this.#limiters = new Map(Array.from(limits, ([id, limit]) => [id, new Limiter(limit, clock)]))
    this.#isPlain = limits.size === 0 && traffic === undefined
  }

  /** A permit, or why there is none; with a slot that was waited for, which is given back where the breaker refuses. */
  acquire(target: Target, granted?: Slot): Permit | Refusal | Busy {
    if (this.#isPlain) return this.#breakers.acquire(target.circuit)
    const slot = granted ?? this.#slot(target)
    if (slot !== undefined && 'reason' in slot) return slot
    const permit = this.#breakers.acquire(target.circuit)
    if (!('reason' in permit)) return this.#admitted(target, permit, slot)
    slot?.[Symbol.dispose]()
    return permit
  }

  /** As the breakers' own: the one test before its time. */
  acquireEarly(target: Target): Permit | undefined {
    if (this.#isPlain) return this.#breakers.acquireEarly(target.circuit)
    const limiter = this.#limiters.get(target.id)
    const slot = limiter?.take()
    if (limiter !== undefined && slot === undefined) return undefined
    const permit = this.#breakers.acquireEarly(target.circuit)
    if (permit !== undefined) return this.#admitted(target, permit, slot)
    slot?.[Symbol.dispose]()
    return undefined
  }

  /** A place in the queue of the first of these targets that has one and is not held back. */
  join(targets: readonly Target[]): Place | undefined {
    for (const target of targets) {
      const limiter = this.#limiters.get(target.id)
      const ticket = this.#breakers.peek(target.circuit) === undefined ? limiter?.join() : undefined
      if (limiter !== undefined && ticket !== undefined) return { target, ticket, queueMs: limiter.limit.queueMs }
    }
    return undefined
  }

  /** When a place at one of these targets is likely to be free, in ms. */
  retryInMs(targets: readonly Target[]): number {
    return Math.min(...targets.map(({ id }) => this.#limiters.get(id)?.nextFreeMs ?? Infinity))
  }

  /** How many requests wait for each target that may have a queue. */
  queued(): readonly { readonly target: string; readonly waiting: number }[] {
    return Array.from(this.#limiters, ([target, { waiting }]) => ({ target, waiting }))
  }

  /** A slot where the target has a limit; `busy` where none is free. An open circuit is the better reason: nobody waits for it. */
  #slot({ id, circuit }: Target): Slot | Refusal | Busy | undefined {
    const limiter = this.#limiters.get(id)
    if (limiter === undefined) return undefined
    return limiter.take() ?? this.#breakers.peek(circuit) ?? busy
  }

  #admitted(target: Target, permit: Permit, slot: Slot | undefined): Permit {
    return new AdmittedPermit(permit, slot, this.#traffic?.enter(target.id))
  }
}

const busy: Busy = { reason: 'busy' }

class AdmittedPermit implements Permit {
  readonly #permit: Permit
  readonly #slot: Slot | undefined
  readonly #entry: Disposable | undefined

  constructor(permit: Permit, slot: Slot | undefined, entry: Disposable | undefined) {
    this.#permit = permit
    this.#slot = slot
    this.#entry = entry
  }

  get probe(): boolean {
    return this.#permit.probe
  }

  settle(verdict: Verdict): void {
    try {
      this.#permit.settle(verdict)
    } finally {
      this.#entry?.[Symbol.dispose]()
      this.#slot?.[Symbol.dispose]()
    }
  }

  [Symbol.dispose](): void {
    this.settle('neutral')
  }
}
