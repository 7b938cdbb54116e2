import type { BreakerSnapshot, BreakerState, BreakerTransition, Permit, Refusal, Verdict } from '../contracts/breaker.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Fleet } from './fleet.ts'
import type { Member, SharedCopy } from './member.ts'
import { type BreakerRule, cooldownOf } from './rule.ts'
import { type BreakerSignal, heldForMs, initialState, step } from './step.ts'

/** What all circuits of a registry share. */
export interface CircuitSetting {
  readonly rule: BreakerRule
  readonly clock: Clock
  readonly random: () => number
  readonly onTransition: (transition: BreakerTransition) => void
  /** Where several processes share their circuits. */
  readonly fleet?: Fleet | undefined
}

/** One target's circuit: its state, which only {@link step} changes, and the hold that the vendor asked for. */
export class Circuit implements SharedCopy {
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
  /** The generation of a test before its time. */
  #earlyGeneration = -1
  readonly #member: Member | undefined

  constructor(target: string, setting: CircuitSetting) {
    this.target = target
    this.#setting = setting
    this.#member = setting.fleet?.admit(target, this)
    this.#cooldownMs = cooldownOf(setting.rule, 0, setting.random)
  }

  /** See `Breakers.acquire`. */
  acquire(): Permit | Refusal {
    const now = this.#setting.clock.now()
    this.#member?.used()
    const refusal = this.#refusal(now)
    if (refusal !== undefined) {
      if (this.#isAnothersTest(now)) this.#member?.wantTest()
      return refusal
    }
    const pass = this.#apply({ type: 'acquire' }, now)
    if (pass === 'probe') this.#member?.tests()
    return new CircuitPermit(this, this.#state.generation, pass === 'probe')
  }

  /** See `Breakers.acquireEarly`. */
  acquireEarly(): Permit | undefined {
    this.#member?.used()
    const pass = this.#apply({ type: 'early' }, this.#setting.clock.now())
    if (pass === 'no') return undefined
    if (pass === 'probe') {
      this.#member?.tests()
      this.#earlyGeneration = this.#state.generation
    }
    return new CircuitPermit(this, this.#state.generation, pass === 'probe')
  }

  /** See `Breakers.peek`. */
  peek(): Refusal | undefined {
    return this.#refusal(this.#setting.clock.now())
  }

  /** What became of an attempt whose permit was given in `generation`. */
  report(verdict: Verdict, generation: number): void {
    if (generation === this.#state.generation) {
      const rule = { failures: this.#setting.rule.failures, cooldownMs: this.#cooldownMs }
      if (generation === this.#earlyGeneration) this.#member?.testedEarly(verdict, rule.cooldownMs)
      else this.#member?.reported(verdict, rule)
    }
    this.#apply({ type: verdict, generation }, this.#setting.clock.now())
  }

  /** See {@link SharedCopy}. */
  follow(to: BreakerState['name'], holdMs: number, reason: BreakerTransition['reason']): void {
    this.#apply({ type: 'follow', to, holdMs, reason }, this.#setting.clock.now())
  }

  /** See {@link SharedCopy}. */
  heldForMs(): number {
    return heldForMs(this.#state, this.#setting.clock.now())
  }

  /** See {@link SharedCopy}. */
  get isClosed(): boolean {
    return this.#state.name === 'closed'
  }

  /** See `Breakers.gate`. */
  gate(ms: number): void {
    this.#gatedUntil = Math.max(this.#gatedUntil, this.#setting.clock.now() + ms)
  }

  /** See {@link SharedCopy}. */
  goAlone(): void {
    const state = this.#state
    if (state.name !== 'closed' || state.failures < this.#setting.rule.failures) return
    this.follow('open', this.#cooldownMs, 'failures')
  }

  /** Opens the circuit by hand for `ms`, by default for a cooldown. An open one is never opened for shorter. */
  trip(ms: number = this.#cooldownMs): void {
    this.#apply({ type: 'trip', holdMs: ms }, this.#setting.clock.now())
    this.#member?.tripped(ms)
  }

  /** Closes the circuit by hand and forgets every hold; attempts that are under way have no vote any more. */
  reset(): void {
    this.#gatedUntil = Number.NEGATIVE_INFINITY
    this.#apply({ type: 'reset' }, this.#setting.clock.now())
    this.#member?.wasReset()
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
      consecutiveErrors: isClosed ? this.#failuresOf(state) : this.#errors,
      ...(isClosed ? {} : { openedAgoMs: now - this.#openedAt }),
      ...(retryInMs === undefined ? {} : { retryInMs }),
    })
  }

  #failuresOf({ failures }: BreakerState & { readonly name: 'closed' }): number {
    return this.#member?.isShared === true ? this.#member.failures : failures
  }

  #refusal(now: number): Refusal | undefined {
    const gatedMs = this.#gatedUntil - now
    const heldMs = heldForMs(this.#state, now)
    if (heldMs > 0) {
      // A running test usually ends long before its lease; the lease would send everybody away for minutes.
      const expectedMs = this.#state.name === 'half_open' ? Math.min(heldMs, this.#setting.rule.cooldownMs) : heldMs
      return { reason: 'breaker_open', retryInMs: Math.max(expectedMs, gatedMs) }
    }
    if (gatedMs > 0) return { reason: 'retry_after', retryInMs: gatedMs }
    return this.#isAnothersTest(now) ? { reason: 'breaker_open', retryInMs: askAgainMs } : undefined
  }

  /** Whether the circuit may be tested, and the right to do so would have to come from the store first. */
  #isAnothersTest(now: number): boolean {
    const member = this.#member
    if (member === undefined || this.isClosed || !member.isShared || member.mayTest) return false
    return heldForMs(this.#state, now) <= 0
  }

  #apply(signal: BreakerSignal, now: number): 'no' | 'yes' | 'probe' {
    const before = this.#state
    const { rule } = this.#setting
    // Where failures are counted together, this process's own do not open the circuit; they are kept for when it is alone.
    const failures = this.#member?.isShared === true ? Number.POSITIVE_INFINITY : rule.failures
    const moment = { now, rule: { failures, probeLeaseMs: rule.probeLeaseMs }, cooldownMs: this.#cooldownMs }
    const { state, pass, transition } = step(before, signal, moment)
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

/** When a caller who comes before the right to a test may come again; it is there within milliseconds. */
const askAgainMs = 100

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
