import type { BreakerSnapshot, BreakerState, BreakerTransition, Permit, Refusal, Verdict } from '../contracts/breaker.ts'
import type { Clock } from '../contracts/clock.ts'
import { type BreakerRule, cooldownOf } from './rule.ts'
import { type BreakerSignal, heldForMs, initialState, step } from './step.ts'

/** What all circuits of a registry share. */
export interface CircuitSetting {
  readonly rule: BreakerRule
  readonly clock: Clock
  readonly random: () => number
  readonly onTransition: (transition: BreakerTransition) => void
}

/** One target's circuit: its state, which only {@link step} changes, and the hold that the vendor asked for. */
export class Circuit {
  readonly target: string
  /** Part of the configuration, so never forgotten. */
  known = false
  /** When it was last asked, in the registry's own count. */
  asked = 0
  readonly #setting: CircuitSetting
  #state: BreakerState = initialState
  #gatedUntil = Number.NEGATIVE_INFINITY
  #openedAt = 0
  #errors = 0
  #openings = 0
  #cooldownMs: number

  constructor(target: string, setting: CircuitSetting) {
    this.target = target
    this.#setting = setting
    this.#cooldownMs = cooldownOf(setting.rule, 0, setting.random)
  }

  /** See `Breakers.acquire`. */
  acquire(): Permit | Refusal {
    const now = this.#setting.clock.now()
    const refusal = this.#refusal(now)
    if (refusal !== undefined) return refusal
    const pass = this.#apply({ type: 'acquire' }, now)
    return new CircuitPermit(this, this.#state.generation, pass === 'probe')
  }

  /** See `Breakers.peek`. */
  peek(): Refusal | undefined {
    return this.#refusal(this.#setting.clock.now())
  }

  /** What became of an attempt whose permit was given in `generation`. */
  report(verdict: Verdict, generation: number): void {
    this.#apply({ type: verdict, generation }, this.#setting.clock.now())
  }

  /** See `Breakers.gate`. */
  gate(ms: number): void {
    this.#gatedUntil = Math.max(this.#gatedUntil, this.#setting.clock.now() + ms)
  }

  /** Opens the circuit by hand for `ms`, by default for a cooldown. An open one is never opened for shorter. */
  trip(ms: number = this.#cooldownMs): void {
    this.#apply({ type: 'trip', holdMs: ms }, this.#setting.clock.now())
  }

  /** Closes the circuit by hand and forgets every hold; attempts that are under way have no vote any more. */
  reset(): void {
    this.#gatedUntil = Number.NEGATIVE_INFINITY
    this.#apply({ type: 'reset' }, this.#setting.clock.now())
  }

  /** True while it holds anybody back. */
  isHolding(): boolean {
    return this.peek() !== undefined
  }

  /** See `BreakerRegistry.snapshot`. */
  snapshot(): BreakerSnapshot {
    const now = this.#setting.clock.now()
    const state = this.#state
    const isClosed = state.name === 'closed'
    const retryInMs = this.#refusal(now)?.retryInMs ?? (isClosed ? undefined : 0)
    return Object.freeze({
      target: this.target,
      state: state.name,
      consecutiveErrors: isClosed ? state.failures : this.#errors,
      ...(isClosed ? {} : { openedAgoMs: now - this.#openedAt }),
      ...(retryInMs === undefined ? {} : { retryInMs }),
    })
  }

  #refusal(now: number): Refusal | undefined {
    const gatedMs = this.#gatedUntil - now
    const heldMs = heldForMs(this.#state, now)
    if (heldMs > 0) {
      // A running test usually ends long before its lease; the lease would send everybody away for minutes.
      const expectedMs = this.#state.name === 'half_open' ? Math.min(heldMs, this.#setting.rule.cooldownMs) : heldMs
      return { reason: 'breaker_open', retryInMs: Math.max(expectedMs, gatedMs) }
    }
    return gatedMs > 0 ? { reason: 'retry_after', retryInMs: gatedMs } : undefined
  }

  #apply(signal: BreakerSignal, now: number): 'no' | 'yes' | 'probe' {
    const before = this.#state
    const { rule } = this.#setting
    const { state, pass, transition } = step(before, signal, { now, rule, cooldownMs: this.#cooldownMs })
    this.#state = state
    if (transition !== undefined) this.#moved(before, { target: this.target, ...transition }, now)
    return pass
  }

  #moved(before: BreakerState, transition: BreakerTransition, now: number): void {
    const { rule, random, onTransition } = this.#setting
    if (transition.to === 'open') {
      this.#openedAt = now
      if (before.name === 'closed') this.#errors = transition.reason === 'failures' ? rule.failures : before.failures
    }
    if (transition.reason === 'probe_failed') this.#errors += 1
    if (transition.to === 'closed') this.#openings = 0
    else if (transition.reason === 'probe_failed' || transition.reason === 'failures') this.#openings += 1
    this.#cooldownMs = cooldownOf(rule, this.#openings, random)
    onTransition(Object.freeze(transition))
  }
}

class CircuitPermit implements Permit {
  readonly probe: boolean
  readonly #generation: number
  // Dropped once settled, so that a forgotten permit keeps no circuit in memory.
  #circuit: Circuit | undefined

  constructor(circuit: Circuit, generation: number, probe: boolean) {
    this.#circuit = circuit
    this.#generation = generation
    this.probe = probe
  }

  settle(verdict: Verdict): void {
    const circuit = this.#circuit
    this.#circuit = undefined
    circuit?.report(verdict, this.#generation)
  }

  [Symbol.dispose](): void {
    this.settle('neutral')
  }
}
