import type { BreakerSnapshot, Breakers, BreakerStore, Permit, Refusal } from '../contracts/breaker.ts'
import type { Clock } from '../contracts/clock.ts'
import { Circuit, type CircuitSetting } from './circuit.ts'
import { Fleet, type FleetListener } from './fleet.ts'
import { type BreakerOptions, checkRule, longestHoldMs } from './rule.ts'
import { TransitionLog, type PastTransition, type TransitionListener } from './transition-log.ts'

/** What a {@link BreakerRegistry} is made of. */
export interface BreakerRegistryOptions {
  readonly rule?: BreakerOptions
  readonly clock: Clock
  /** Called inside every transition, at once and in order; what it throws is ignored. For the audit trail. */
  readonly onTransition?: TransitionListener
  /** The most targets remembered beyond those that were registered. Default 10,000. */
  readonly maxUnregistered?: number
  /** The most transitions kept for `history()`. Default 1,000. */
  readonly historyLimit?: number
  /** The source of jitter, 0 (inclusive) to 1. Default `Math.random`. */
  readonly random?: () => number
  /** Shared state for the circuits of several processes. */
  readonly store?: BreakerStore
  /** Told when the store is lost and regained. */
  readonly onStore?: FleetListener
}

/** The circuits of one router, one per target. Two registries share nothing. */
export class BreakerRegistry implements Breakers {
  readonly #circuits = new Map<string, Circuit>()
  readonly #setting: CircuitSetting
  readonly #log: TransitionLog
  readonly #maxUnregistered: number
  #unregistered = 0
  #asked = 0
  readonly #fleet: Fleet | undefined

  /** @throws RangeError for a rule that cannot be: the message names the field. */
  constructor({
    rule,
    clock,
    onTransition,
    maxUnregistered = 10_000,
    historyLimit = 1_000,
    random = Math.random,
    store,
    onStore = { lost: () => undefined, regained: () => undefined },
  }: BreakerRegistryOptions) {
    this.#log = new TransitionLog(clock, onTransition, historyLimit)
    this.#maxUnregistered = maxUnregistered
    const checked = checkRule(rule)
    this.#fleet = store === undefined ? undefined : new Fleet(store, clock, onStore)
    this.#setting = { rule: checked, clock, random, onTransition: (transition) => this.#log.add(transition), fleet: this.#fleet }
  }

  /** Makes the target part of the configuration: its circuit is never forgotten. */
  register(target: string): void {
    const known = this.#circuits.get(target)
    const circuit = known ?? new Circuit(target, this.#setting)
    if (known !== undefined && !known.known) this.#unregistered -= 1
    circuit.known = true
    this.#circuits.set(target, circuit)
  }

  acquire(target: string): Permit | Refusal {
    return this.#circuit(target).acquire()
  }

  /** See {@link Breakers.acquireEarly}. */
  acquireEarly(target: string): Permit | undefined {
    return this.#circuit(target).acquireEarly()
  }

  peek(target: string): Refusal | undefined {
    return this.#circuits.get(target)?.peek()
  }

  /** See {@link Breakers.gate}. At most 24.8 days; 0, negative and `NaN` hold nothing back. */
  gate(target: string, ms: number): void {
    if (ms > 0) this.#circuit(target).gate(Math.min(ms, longestHoldMs))
  }

  /** Plain frozen data about one target's circuit. */
  snapshot(target: string): BreakerSnapshot {
    return (this.#circuits.get(target) ?? this.#unremembered(target)).snapshot()
  }

  /** Every circuit that is remembered. */
  list(): readonly BreakerSnapshot[] {
    return Array.from(this.#circuits.values(), (circuit) => circuit.snapshot())
  }

  /** The latest transitions, oldest first: of one target or of all. */
  history(target?: string): readonly PastTransition[] {
    return this.#log.list(target)
  }

  /**
   * Opens the target's circuit by hand for `ms` (default: a cooldown; at most 24.8 days). An open one is never opened
   * for shorter.
   */
  trip(target: string, ms?: number): void {
    if (ms !== undefined && !(ms >= 0))
      throw new RangeError(`trip() needs a number of milliseconds of at least 0, got ${String(ms)}`)
    this.#circuit(target).trip(ms === undefined ? undefined : Math.min(ms, longestHoldMs))
  }

  /** Closes the target's circuit by hand and forgets every hold; attempts that are under way have no vote any more. */
  reset(target: string): void {
    this.#circuits.get(target)?.reset()
  }

  /**
   * Tells every transition once, in order, after it has happened. A listener that throws, rejects or hangs changes
   * nothing for anybody else. Disposing ends the subscription.
   */
  subscribe(listener: TransitionListener): Disposable {
    return this.#log.subscribe(listener)
  }

  /** Whether the circuits are those of several processes now: `undefined` where they never are. */
  get isShared(): boolean | undefined {
    return this.#fleet?.isJoined
  }

  /** Leaves the shared store. */
  async close(): Promise<void> {
    await this.#fleet?.close()
  }

  #circuit(target: string): Circuit {
    const circuit = this.#circuits.get(target) ?? this.#admit(target)
    circuit.asked = ++this.#asked
    return circuit
  }

  // Callers can name models that are not configured; strings in requests must not fill the memory.
  #admit(target: string): Circuit {
    if (this.#unregistered >= this.#maxUnregistered) this.#forgetIdle()
    // Without room the circuit serves this one attempt and is not remembered.
    if (this.#unregistered >= this.#maxUnregistered) return this.#unremembered(target)
    const circuit = new Circuit(target, this.#setting)
    this.#circuits.set(target, circuit)
    this.#unregistered += 1
    return circuit
  }

  #unremembered(target: string): Circuit {
    return new Circuit(target, { ...this.#setting, fleet: undefined })
  }

  // A whole batch at a time, the longest unused first, so that the search is paid for once in many calls.
  #forgetIdle(): void {
    const idle = Array.from(this.#circuits.values()).filter((circuit) => !circuit.known && !circuit.isHolding())
    idle.sort((left, right) => left.asked - right.asked)
    for (const { target } of idle.slice(0, Math.ceil(this.#maxUnregistered / 8))) {
      this.#circuits.delete(target)
      this.#fleet?.dismiss(target)
      this.#unregistered -= 1
    }
  }
}
