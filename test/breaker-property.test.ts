import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BreakerRegistry } from '../src/breaker/registry.ts'
import { type BreakerSignal, heldForMs, step } from '../src/breaker/step.ts'
import type { BreakerState, BreakerTransition, Permit, Verdict } from '../src/contracts/breaker.ts'
import { type FakeClock, fakeClock } from '../src/testing/fake-clock.ts'

const target = 'acme/large'
const legal = new Set([
  'closed > open: failures',
  'closed > open: trip',
  'open > half_open: cooldown',
  'open > closed: reset',
  'half_open > closed: probe_succeeded',
  'half_open > closed: reset',
  'half_open > open: probe_failed',
  'half_open > open: trip',
])

interface Rule {
  readonly failures: number
  readonly cooldownMs: number
  readonly probeLeaseMs: number
}

/** A permit as the test sees it. */
interface Held {
  readonly permit: Permit
  readonly leaseEnd: number
}

/** What must hold, kept beside the registry by rules of its own: it never looks at a generation. */
class Oracle {
  readonly rule: Rule
  readonly clock: FakeClock = fakeClock()
  readonly breakers: BreakerRegistry
  readonly transitions: BreakerTransition[] = []
  readonly held: Held[] = []
  /** Those whose report must change nothing any more. */
  readonly late = new Set<Held>()
  name: BreakerState['name'] = 'closed'
  failuresInRow = 0
  openUntil = 0
  gatedUntil = 0
  running: Held | undefined

  constructor(rule: Rule) {
    this.rule = rule
    this.breakers = new BreakerRegistry({ rule, clock: this.clock, onTransition: (transition) => this.#check(transition) })
  }

  #check(transition: BreakerTransition): void {
    this.transitions.push(transition)
  }

  /** Takes what was emitted since the last call and compares it with what was expected. */
  expectTransitions(...expected: string[]): void {
    const emitted = this.transitions.splice(0)
    expect(emitted.map(({ from, to, reason }) => `${from} > ${to}: ${reason}`)).toEqual(expected)
    for (const { from, to, reason } of emitted) expect(legal).toContain(`${from} > ${to}: ${reason}`)
  }

  move(to: BreakerState['name']): void {
    this.name = to
    this.failuresInRow = 0
    this.running = undefined
    for (const held of this.held) this.late.add(held)
  }

  acquire(): void {
    const now = this.clock.now()
    const foreseen = this.breakers.peek(target)
    const outcome = this.breakers.acquire(target)
    if (!('settle' in outcome)) {
      expect(outcome).toEqual(foreseen)
      this.#expectRefused(now)
      this.expectTransitions()
      return
    }
    expect(foreseen).toBeUndefined()
    expect(now).toBeGreaterThanOrEqual(this.gatedUntil)
    expect(outcome.probe).toBe(this.name !== 'closed')
    const held: Held = { permit: outcome, leaseEnd: now + this.rule.probeLeaseMs }
    if (outcome.probe) this.#startTest(held, now)
    else this.expectTransitions()
    this.held.push(held)
  }

  #expectRefused(now: number): void {
    const isTested = this.running !== undefined && now < this.running.leaseEnd
    expect(now < this.gatedUntil || (this.name === 'open' && now < this.openUntil) || (this.name === 'half_open' && isTested)).toBe(
      true,
    )
  }

  #startTest(held: Held, now: number): void {
    if (this.name === 'open') {
      expect(now).toBeGreaterThanOrEqual(this.openUntil)
      this.move('half_open')
      this.expectTransitions('open > half_open: cooldown')
    } else {
      // At most one live test: the earlier one has reported, or its lease is over.
      if (this.running !== undefined) {
        expect(now).toBeGreaterThanOrEqual(this.running.leaseEnd)
        this.late.add(this.running)
      }
      this.expectTransitions()
    }
    this.running = held
  }

  settle(held: Held, verdict: Verdict): void {
    const before = this.breakers.list()
    const wasLate = this.late.has(held)
    this.late.add(held)
    held.permit.settle(verdict)
    if (wasLate) {
      expect(this.breakers.list()).toEqual(before)
      this.expectTransitions()
    } else if (this.name === 'half_open') this.#endTest(verdict)
    else this.#count(verdict)
  }

  #count(verdict: Verdict): void {
    expect(this.name).toBe('closed')
    if (verdict === 'success') this.failuresInRow = 0
    if (verdict === 'failure') this.failuresInRow += 1
    if (this.failuresInRow < this.rule.failures) return this.expectTransitions()
    this.openUntil = this.clock.now() + this.rule.cooldownMs
    this.move('open')
    this.expectTransitions('closed > open: failures')
  }

  #endTest(verdict: Verdict): void {
    this.running = undefined
    if (verdict === 'neutral') return this.expectTransitions()
    if (verdict === 'success') {
      this.move('closed')
      return this.expectTransitions('half_open > closed: probe_succeeded')
    }
    this.openUntil = this.clock.now() + this.rule.cooldownMs
    this.move('open')
    this.expectTransitions('half_open > open: probe_failed')
  }

  gate(ms: number): void {
    this.breakers.gate(target, ms)
    if (ms > 0) this.gatedUntil = Math.max(this.gatedUntil, this.clock.now() + ms)
    this.expectTransitions()
  }

  trip(ms: number): void {
    this.breakers.trip(target, ms)
    const until = this.clock.now() + ms
    this.openUntil = this.name === 'open' ? Math.max(this.openUntil, until) : until
    const expected = this.name === 'open' ? [] : [`${this.name} > open: trip`]
    if (this.name !== 'open') this.move('open')
    this.expectTransitions(...expected)
  }

  reset(): void {
    const expected = this.name === 'closed' ? [] : [`${this.name} > closed: reset`]
    const isKnown = this.breakers.list().length > 0
    this.breakers.reset(target)
    if (isKnown) {
      this.move('closed')
      this.gatedUntil = this.clock.now()
    }
    this.expectTransitions(...expected)
  }

  check(): void {
    const snapshot = this.breakers.snapshot(target)
    expect(snapshot.state).toBe(this.name)
    if (this.name === 'closed') expect(snapshot.consecutiveErrors).toBe(this.failuresInRow)
    expect(
      this.held.filter((each) => each.permit.probe && !this.late.has(each) && this.clock.now() < each.leaseEnd).length,
    ).toBeLessThanOrEqual(1)
  }
}

const action = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ type: 'acquire' } as const) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('settle' as const),
      // Oldest, newest or anyone: old ones give the late reports, and a permit may report twice.
      which: fc.nat(),
      verdict: fc.constantFrom<Verdict>('failure', 'failure', 'failure', 'success', 'neutral'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('gate' as const), ms: fc.integer({ min: -1, max: 15 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('trip' as const), ms: fc.integer({ min: 0, max: 15 }) }) },
  { weight: 1, arbitrary: fc.constant({ type: 'reset' } as const) },
)

type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never

function run(oracle: Oracle, each: Action): void {
  switch (each.type) {
    case 'acquire':
      return oracle.acquire()
    case 'settle': {
      const held = oracle.held.at(oracle.held.length === 0 ? 0 : each.which % oracle.held.length)
      if (held !== undefined) oracle.settle(held, each.verdict)
      return
    }
    case 'advance':
      return oracle.clock.advance(each.ms)
    case 'gate':
      return oracle.gate(each.ms)
    case 'trip':
      return oracle.trip(each.ms)
    case 'reset':
      return oracle.reset()
  }
}

const rule = fc.record({
  failures: fc.integer({ min: 1, max: 4 }),
  cooldownMs: fc.integer({ min: 0, max: 10 }),
  probeLeaseMs: fc.integer({ min: 1, max: 10 }),
})

describe('BR-34 for any interleaving of attempts, reports, late reports, clock moves and commands', () => {
  it('at most one test lives, only legal transitions happen, only failures in a row open, late reports change nothing', () => {
    fc.assert(
      fc.property(rule, fc.array(action, { maxLength: 80, size: 'max' }), (each, actions) => {
        const oracle = new Oracle(each)
        for (const next of actions) {
          run(oracle, next)
          oracle.check()
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('every state is left again: after the longest hold one success closes the circuit', () => {
    fc.assert(
      fc.property(rule, fc.array(action, { maxLength: 40, size: 'max' }), (each, actions) => {
        const oracle = new Oracle(each)
        for (const next of actions) run(oracle, next)
        oracle.clock.advance(15)
        const permit = oracle.breakers.acquire(target)
        expect('settle' in permit).toBe(true)
        if ('settle' in permit) permit.settle('success')
        expect(oracle.breakers.snapshot(target)).toEqual({ target, state: 'closed', consecutiveErrors: 0 })
      }),
      { numRuns: 300 },
    )
  })
})

const time = fc.integer({ min: 0, max: 20 })
const generation = fc.integer({ min: 0, max: 3 })
const state: fc.Arbitrary<BreakerState> = fc.oneof(
  fc.record({ name: fc.constant('closed' as const), failures: fc.nat({ max: 5 }), generation }),
  fc.record({ name: fc.constant('open' as const), since: time, until: time, generation }),
  fc.record({ name: fc.constant('half_open' as const), generation }),
  fc.record({ name: fc.constant('half_open' as const), generation, probeUntil: time }),
)
const signal: fc.Arbitrary<BreakerSignal> = fc.oneof(
  fc.record({ type: fc.constantFrom('acquire' as const, 'lease_expiry' as const, 'reset' as const) }),
  fc.record({ type: fc.constantFrom<Verdict>('success', 'failure', 'neutral'), generation }),
  fc.record({ type: fc.constant('trip' as const), holdMs: time }),
)
const moment = fc.record({
  now: time,
  rule: fc.record({ failures: fc.integer({ min: 1, max: 5 }), probeLeaseMs: time }),
  cooldownMs: time,
})

describe('step()', () => {
  it('is total and pure: any signal in any state gives a state, and the same one twice', () => {
    fc.assert(
      fc.property(state, signal, moment, (before, what, when) => {
        Object.freeze(before)
        const once = step(before, what, when)
        expect(step(before, what, when)).toEqual(once)
        expect(once.state.generation).toBeGreaterThanOrEqual(before.generation)
        expect(once.state.generation - before.generation).toBeLessThanOrEqual(2)
      }),
      { numRuns: 2_000 },
    )
  })

  it('tells a transition exactly when the name of the state changes, and raises the generation with it', () => {
    fc.assert(
      fc.property(state, signal, moment, (before, what, when) => {
        const { state: after, transition } = step(before, what, when)
        expect(transition === undefined).toBe(after.name === before.name)
        if (transition === undefined) return
        expect(legal).toContain(`${transition.from} > ${transition.to}: ${transition.reason}`)
        expect(transition).toMatchObject({ from: before.name, to: after.name, generation: after.generation })
        expect(after.generation).toBe(before.generation + 1)
      }),
      { numRuns: 2_000 },
    )
  })

  it('lets an attempt pass exactly when nothing holds it', () => {
    fc.assert(
      fc.property(state, moment, (before, when) => {
        const { pass, state: after } = step(before, { type: 'acquire' }, when)
        expect(pass === 'no').toBe(heldForMs(before, when.now) > 0)
        expect(pass === 'probe').toBe(pass !== 'no' && before.name !== 'closed')
        if (pass === 'probe') expect(after).toMatchObject({ name: 'half_open', probeUntil: when.now + when.rule.probeLeaseMs })
      }),
      { numRuns: 2_000 },
    )
  })

  it('changes nothing because of a report of another generation', () => {
    fc.assert(
      fc.property(state, signal, moment, (before, what, when) => {
        if (!('generation' in what)) return
        fc.pre(what.generation !== before.generation)
        const after = step(before, what, when)
        expect(after).toEqual({ state: before, pass: 'no', transition: undefined })
      }),
      { numRuns: 2_000 },
    )
  })
})
