import { describe, expect, it } from 'vitest'
import { BreakerRegistry, type BreakerRegistryOptions } from '../src/breaker/registry.ts'
import { type BreakerOptions, checkRule, cooldownOf } from '../src/breaker/rule.ts'
import { initialState, step } from '../src/breaker/step.ts'
import type { BreakerTransition, Permit, Refusal, Verdict } from '../src/contracts/breaker.ts'
import { type FakeClock, fakeClock } from '../src/testing/fake-clock.ts'

const target = 'acme/large'

interface Bench {
  readonly breakers: BreakerRegistry
  readonly clock: FakeClock
  readonly transitions: BreakerTransition[]
}

function bench(rule: BreakerOptions = {}, more: Partial<BreakerRegistryOptions> = {}): Bench {
  const clock = fakeClock()
  const transitions: BreakerTransition[] = []
  const breakers = new BreakerRegistry({ rule, clock, onTransition: (transition) => void transitions.push(transition), ...more })
  return { breakers, clock, transitions }
}

function isPermit(outcome: Permit | Refusal): outcome is Permit {
  return 'settle' in outcome
}

function take(breakers: BreakerRegistry, of = target): Permit {
  const outcome = breakers.acquire(of)
  if (!isPermit(outcome)) throw new Error(`refused: ${outcome.reason}`)
  return outcome
}

function attempt(breakers: BreakerRegistry, verdict: Verdict, times = 1): void {
  for (let time = 0; time < times; time++) take(breakers).settle(verdict)
}

/** A registry whose circuit is open, or half-open with nobody testing yet. */
function opened(rule: BreakerOptions = {}): Bench {
  const made = bench(rule)
  attempt(made.breakers, 'failure', rule.failures ?? 5)
  expect(made.breakers.snapshot(target).state).toBe('open')
  return made
}

function tested(rule: BreakerOptions = {}): Bench & { readonly probe: Permit } {
  const made = opened(rule)
  made.clock.advance(rule.cooldownMs ?? 30_000)
  return { ...made, probe: take(made.breakers) }
}

const stateOf = (breakers: BreakerRegistry, of = target) => breakers.snapshot(of).state
const path = (transitions: readonly BreakerTransition[]) => transitions.map(({ from, to, reason }) => `${from} > ${to}: ${reason}`)

describe('the circuit of one target', () => {
  it('BR-01 is its own: other targets and other registries share nothing', () => {
    const one = opened()
    const other = bench()
    expect(isPermit(one.breakers.acquire('acme/small'))).toBe(true)
    expect(isPermit(other.breakers.acquire(target))).toBe(true)
    expect(other.breakers.list()).toMatchObject([{ target, state: 'closed', consecutiveErrors: 0 }])
  })

  it('BR-02 opens at exactly the fifth failure in a row', () => {
    const { breakers, transitions } = bench()
    attempt(breakers, 'failure', 4)
    expect(breakers.snapshot(target)).toEqual({ target, state: 'closed', consecutiveErrors: 4 })
    expect(transitions).toEqual([])
    attempt(breakers, 'failure')
    expect(stateOf(breakers)).toBe('open')
    expect(transitions).toEqual([{ target, from: 'closed', to: 'open', reason: 'failures', generation: 1 }])
  })

  it.each([1, 2, 7])('BR-02 opens at the %i-th failure if the rule says so', (failures) => {
    const { breakers } = bench({ failures })
    attempt(breakers, 'failure', failures - 1)
    expect(stateOf(breakers)).toBe('closed')
    attempt(breakers, 'failure')
    expect(stateOf(breakers)).toBe('open')
  })

  it('BR-03 starts counting again after a success', () => {
    const { breakers } = bench()
    attempt(breakers, 'failure', 4)
    attempt(breakers, 'success')
    expect(breakers.snapshot(target).consecutiveErrors).toBe(0)
    attempt(breakers, 'failure', 4)
    expect(stateOf(breakers)).toBe('closed')
  })

  it('BR-04 neither counts nor forgets failures because of a neutral outcome', () => {
    const { breakers } = bench()
    attempt(breakers, 'failure', 4)
    attempt(breakers, 'neutral', 20)
    expect(breakers.snapshot(target)).toMatchObject({ state: 'closed', consecutiveErrors: 4 })
    attempt(breakers, 'failure')
    expect(stateOf(breakers)).toBe('open')
  })

  it('BR-04 settles a permit that is disposed of without a verdict as neutral', () => {
    const { breakers } = bench({ failures: 2 })
    attempt(breakers, 'failure')
    expect(() => {
      using permit = take(breakers)
      throw new Error(`the key store is down, probe ${permit.probe}`)
    }).toThrow('the key store is down')
    expect(breakers.snapshot(target)).toMatchObject({ state: 'closed', consecutiveErrors: 1 })
  })

  it('BR-05 refuses at once while open and says for how long', () => {
    const { breakers, clock } = opened()
    clock.advance(12_000)
    expect(breakers.acquire(target)).toEqual({ reason: 'breaker_open', retryInMs: 18_000 })
    expect(breakers.peek(target)).toEqual({ reason: 'breaker_open', retryInMs: 18_000 })
  })

  it('BR-06 half-opens at the first acquire at or after the cooldown, without any timer', () => {
    const { breakers, clock, transitions } = opened()
    expect(clock.pending).toBe(0)
    clock.advance(29_999.9)
    expect(isPermit(breakers.acquire(target))).toBe(false)
    clock.advance(0.1)
    expect(stateOf(breakers)).toBe('open')
    expect(breakers.peek(target)).toBeUndefined()
    expect(transitions).toHaveLength(1)
    expect(take(breakers).probe).toBe(true)
    expect(transitions.at(-1)).toEqual({ target, from: 'open', to: 'half_open', reason: 'cooldown', generation: 2 })
  })

  it('BR-07 does not look at the wall clock', () => {
    const { breakers, clock } = opened()
    clock.shiftWall(3_600_000)
    expect(isPermit(breakers.acquire(target))).toBe(false)
    clock.shiftWall(-7_200_000)
    clock.advance(30_000)
    expect(take(breakers).probe).toBe(true)
  })

  it('BR-08 lets exactly one of 20 concurrent calls test', () => {
    const { breakers, clock } = opened()
    clock.advance(30_000)
    const outcomes = Array.from({ length: 20 }, () => breakers.acquire(target))
    expect(outcomes.filter(isPermit).map(({ probe }) => probe)).toEqual([true])
  })

  it('BR-09 treats the target as open for everybody else while the test runs', () => {
    const { breakers, clock } = tested()
    clock.advance(1_000)
    // Told is the cooldown at most, not the test's whole lease of minutes.
    expect(breakers.acquire(target)).toEqual({ reason: 'breaker_open', retryInMs: 30_000 })
    expect(stateOf(breakers)).toBe('half_open')
  })

  it('BR-10 closes with a count of 0 when the test succeeds', () => {
    const { breakers, probe, transitions } = tested()
    probe.settle('success')
    expect(breakers.snapshot(target)).toEqual({ target, state: 'closed', consecutiveErrors: 0 })
    expect(path(transitions).at(-1)).toBe('half_open > closed: probe_succeeded')
    attempt(breakers, 'failure', 4)
    expect(stateOf(breakers)).toBe('closed')
  })

  it('BR-11 opens for a full new cooldown when the test fails', () => {
    const { breakers, clock, probe, transitions } = tested()
    clock.advance(7_000)
    probe.settle('failure')
    expect(path(transitions).at(-1)).toBe('half_open > open: probe_failed')
    expect(breakers.snapshot(target)).toEqual({ target, state: 'open', consecutiveErrors: 6, openedAgoMs: 0, retryInMs: 30_000 })
    clock.advance(29_999)
    expect(isPermit(breakers.acquire(target))).toBe(false)
    clock.advance(1)
    expect(take(breakers).probe).toBe(true)
  })

  it('BR-12 frees the slot and stays half-open when the test decides nothing', () => {
    const { breakers, probe, transitions } = tested()
    probe.settle('neutral')
    expect(breakers.snapshot(target)).toMatchObject({ state: 'half_open', retryInMs: 0 })
    const next = take(breakers)
    expect(next.probe).toBe(true)
    next.settle('success')
    expect(path(transitions)).toEqual([
      'closed > open: failures',
      'open > half_open: cooldown',
      'half_open > closed: probe_succeeded',
    ])
  })

  it('BR-13 frees the slot of a test that never reports when its lease ends', () => {
    const { breakers, clock, transitions } = tested({ probeLeaseMs: 60_000 })
    clock.advance(59_999)
    expect(isPermit(breakers.acquire(target))).toBe(false)
    clock.advance(1)
    expect(breakers.peek(target)).toBeUndefined()
    expect(take(breakers).probe).toBe(true)
    expect(transitions).toHaveLength(2)
  })

  it.each(['success', 'failure', 'neutral'] as const)('BR-13 ignores the %s of a test that was superseded', (verdict) => {
    const { breakers, clock, probe } = tested({ probeLeaseMs: 60_000 })
    clock.advance(60_000)
    const second = take(breakers)
    probe.settle(verdict)
    expect(stateOf(breakers)).toBe('half_open')
    expect(isPermit(breakers.acquire(target))).toBe(false)
    second.settle('success')
    expect(stateOf(breakers)).toBe('closed')
  })

  it('BR-13 still takes the word of a test that overran its lease while nobody else tests', () => {
    const { breakers, clock, probe } = tested({ probeLeaseMs: 60_000 })
    clock.advance(60_000)
    probe.settle('failure')
    expect(breakers.snapshot(target)).toMatchObject({ state: 'open', retryInMs: 30_000 })
  })

  it('BR-13 frees the slot of a test when the lease is asked for by itself', () => {
    const moment = { now: 70, rule: { failures: 1, probeLeaseMs: 50 }, cooldownMs: 10 }
    const testing = { name: 'half_open', generation: 4, probeUntil: 60 } as const
    expect(step(testing, { type: 'lease_expiry' }, moment)).toEqual({
      state: { name: 'half_open', generation: 5 },
      pass: 'no',
      transition: undefined,
    })
    expect(step(testing, { type: 'lease_expiry' }, { ...moment, now: 59 }).state).toBe(testing)
    expect(step(initialState, { type: 'lease_expiry' }, moment).state).toBe(initialState)
  })

  it.each(['success', 'failure', 'neutral'] as const)('BR-14 makes nothing of a %s while nobody tests', (verdict) => {
    const untested = { name: 'half_open', generation: 4 } as const
    const moment = { now: 70, rule: { failures: 1, probeLeaseMs: 50 }, cooldownMs: 10 }
    expect(step(untested, { type: verdict, generation: 4 }, moment).state).toEqual(untested)
  })

  it.each(['success', 'failure', 'neutral'] as const)('BR-14 ignores a late %s while open', (verdict) => {
    const { breakers, clock } = bench()
    const late = take(breakers)
    attempt(breakers, 'failure', 5)
    clock.advance(10_000)
    late.settle(verdict)
    expect(breakers.snapshot(target)).toMatchObject({ state: 'open', openedAgoMs: 10_000, retryInMs: 20_000 })
  })

  it.each(['success', 'failure', 'neutral'] as const)('BR-14 ignores a late %s while half-open', (verdict) => {
    const { breakers, clock } = bench()
    const late = take(breakers)
    attempt(breakers, 'failure', 5)
    clock.advance(30_000)
    const probe = take(breakers)
    late.settle(verdict)
    expect(stateOf(breakers)).toBe('half_open')
    expect(isPermit(breakers.acquire(target))).toBe(false)
    probe.settle('success')
    expect(stateOf(breakers)).toBe('closed')
  })

  it('BR-14 ignores late failures of an era before the circuit closed again', () => {
    const { breakers, clock } = bench()
    const late = Array.from({ length: 5 }, () => take(breakers))
    attempt(breakers, 'failure', 5)
    clock.advance(30_000)
    attempt(breakers, 'success')
    for (const permit of late) permit.settle('failure')
    expect(breakers.snapshot(target)).toEqual({ target, state: 'closed', consecutiveErrors: 0 })
  })

  it('BR-15 takes one report of each permit', () => {
    const { breakers } = bench()
    const permit = take(breakers)
    for (let time = 0; time < 10; time++) permit.settle('failure')
    permit[Symbol.dispose]()
    permit.settle('success')
    expect(breakers.snapshot(target).consecutiveErrors).toBe(1)
  })

  it('BR-16 emits every transition once and in order, also under 50 concurrent failures', () => {
    const { breakers, clock, transitions } = bench()
    const permits = Array.from({ length: 50 }, () => take(breakers))
    for (const permit of permits) permit.settle('failure')
    expect(path(transitions)).toEqual(['closed > open: failures'])
    clock.advance(30_000)
    attempt(breakers, 'failure')
    clock.advance(30_000)
    attempt(breakers, 'success')
    expect(transitions.map(({ generation }) => generation)).toEqual([1, 2, 3, 4, 5])
    expect(path(transitions)).toEqual([
      'closed > open: failures',
      'open > half_open: cooldown',
      'half_open > open: probe_failed',
      'open > half_open: cooldown',
      'half_open > closed: probe_succeeded',
    ])
    expect(transitions.every((transition) => Object.isFrozen(transition) && transition.target === target)).toBe(true)
  })

  it('BR-18 takes the verdict of a stream when it ends, however long that takes', () => {
    const { breakers, clock } = bench({ failures: 1 })
    const stream = take(breakers)
    clock.advance(300_000)
    attempt(breakers, 'success', 3)
    expect(stateOf(breakers)).toBe('closed')
    stream.settle('failure')
    stream.settle('success')
    expect(stateOf(breakers)).toBe('open')
  })

  it('BR-19 says of every open target when it may be tested, so that the shortest wait can be told', () => {
    const { breakers, clock } = bench({ failures: 1 })
    take(breakers, 'acme/a').settle('failure')
    clock.advance(10_000)
    take(breakers, 'acme/b').settle('failure')
    expect(['acme/a', 'acme/b'].map((each) => breakers.peek(each)?.retryInMs)).toEqual([20_000, 30_000])
  })

  it('BR-21 accepts the late answer of a call that was in flight when the circuit opened', () => {
    const { breakers } = bench()
    const inFlight = take(breakers)
    attempt(breakers, 'failure', 5)
    expect(() => inFlight.settle('success')).not.toThrow()
    expect(stateOf(breakers)).toBe('open')
  })

  it('BR-26 takes a slow success as a success', () => {
    const { breakers, clock } = bench()
    attempt(breakers, 'failure', 4)
    const slow = take(breakers)
    clock.advance(3_600_000)
    slow.settle('success')
    expect(breakers.snapshot(target)).toEqual({ target, state: 'closed', consecutiveErrors: 0 })
  })
})

describe('a hold that the vendor asked for', () => {
  it('BR-20 keeps the target back without opening its circuit', () => {
    const { breakers, clock, transitions } = bench()
    breakers.gate(target, 20_000)
    expect(breakers.acquire(target)).toEqual({ reason: 'retry_after', retryInMs: 20_000 })
    expect(breakers.snapshot(target)).toEqual({ target, state: 'closed', consecutiveErrors: 0, retryInMs: 20_000 })
    clock.advance(20_000)
    expect(take(breakers).probe).toBe(false)
    expect(transitions).toEqual([])
  })

  it('BR-20 only ever lengthens', () => {
    const { breakers, clock } = bench()
    breakers.gate(target, 20_000)
    breakers.gate(target, 5_000)
    expect(breakers.peek(target)?.retryInMs).toBe(20_000)
    breakers.gate(target, 40_000)
    clock.advance(39_999)
    expect(breakers.peek(target)).toEqual({ reason: 'retry_after', retryInMs: 1 })
  })

  it.each([0, -1, Number.NaN])('BR-20 holds nothing back for %d ms', (ms) => {
    const { breakers } = bench()
    breakers.gate(target, ms)
    expect(isPermit(breakers.acquire(target))).toBe(true)
    breakers.gate(target, 5_000)
    breakers.gate(target, ms)
    expect(breakers.peek(target)?.retryInMs).toBe(5_000)
  })

  it('BR-20 lengthens an open circuit and keeps it from half-opening', () => {
    const { breakers, clock } = opened()
    breakers.gate(target, 50_000)
    expect(breakers.peek(target)).toEqual({ reason: 'breaker_open', retryInMs: 50_000 })
    clock.advance(30_000)
    expect(breakers.acquire(target)).toEqual({ reason: 'retry_after', retryInMs: 20_000 })
    expect(stateOf(breakers)).toBe('open')
    clock.advance(20_000)
    expect(take(breakers).probe).toBe(true)
  })

  it('BR-20 never shortens an open circuit', () => {
    const { breakers } = opened()
    breakers.gate(target, 1_000)
    expect(breakers.peek(target)).toEqual({ reason: 'breaker_open', retryInMs: 30_000 })
  })

  it('BR-20 is never longer than a timer can wait', () => {
    const { breakers } = bench()
    breakers.gate(target, Number.POSITIVE_INFINITY)
    expect(breakers.peek(target)?.retryInMs).toBe(2 ** 31 - 1)
  })
})

describe('the rule', () => {
  it('BR-22 has the published defaults', () => {
    expect(checkRule()).toEqual({
      failures: 5,
      cooldownMs: 30_000,
      probeLeaseMs: 600_000,
      cooldownFactor: 1,
      maxCooldownMs: 300_000,
      jitter: 0,
    })
  })

  it.each([
    [{ failures: 0 }, 'breaker.failures must be a whole number of at least 1, got 0'],
    [{ failures: 2.5 }, 'breaker.failures must be a whole number of at least 1, got 2.5'],
    [{ failures: Number.NaN }, 'breaker.failures must be a whole number of at least 1, got NaN'],
    [JSON.parse('{"failures":"5"}'), 'breaker.failures must be a whole number of at least 1, got "5"'],
    [{ cooldownMs: -1 }, 'breaker.cooldownMs must be a number of milliseconds from 0 to 2147483647, got -1'],
    [
      { cooldownMs: Number.POSITIVE_INFINITY },
      'breaker.cooldownMs must be a number of milliseconds from 0 to 2147483647, got Infinity',
    ],
    [{ probeLeaseMs: 0 }, 'breaker.probeLeaseMs must be a number of milliseconds from 0 to 2147483647, and not 0, got 0'],
    [{ cooldownFactor: 0.5 }, 'breaker.cooldownFactor must be a number of at least 1, got 0.5'],
    [{ cooldownMs: 10, maxCooldownMs: 9 }, /^breaker\.maxCooldownMs must be .+, and not less than cooldownMs, got 9$/],
    [{ jitter: 1.1 }, 'breaker.jitter must be a number from 0 to 1, got 1.1'],
    [JSON.parse('{"jitter":"0.5"}'), 'breaker.jitter must be a number from 0 to 1, got "0.5"'],
  ])('BR-22 refuses %j with a RangeError that names the field', (rule, message) => {
    expect(() => bench(rule)).toThrow(RangeError)
    expect(() => bench(rule)).toThrow(message)
  })

  it('BR-22 accepts a cooldown of 0: the next call tests', () => {
    const { breakers } = opened({ cooldownMs: 0, cooldownFactor: 1e200 })
    for (let round = 0; round < 4; round++) {
      const probe = take(breakers)
      expect(probe.probe).toBe(true)
      probe.settle('failure')
    }
    expect(cooldownOf(checkRule({ cooldownMs: 0, cooldownFactor: 1e200 }), 9, Math.random)).toBe(0)
  })

  it('BR-25 keeps the cooldown constant by default', () => {
    const { breakers, clock } = opened()
    for (let round = 0; round < 5; round++) {
      clock.advance(30_000)
      attempt(breakers, 'failure')
      expect(breakers.snapshot(target).retryInMs).toBe(30_000)
    }
  })

  it('BR-25 doubles the cooldown with every failed test up to 300 s, and begins again after a success', () => {
    const { breakers, clock } = opened({ cooldownFactor: 2 })
    const cooldowns: (number | undefined)[] = []
    for (let round = 0; round < 6; round++) {
      const wait = breakers.snapshot(target).retryInMs
      cooldowns.push(wait)
      clock.advance(wait ?? 0)
      attempt(breakers, 'failure')
    }
    expect(cooldowns).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000])
    clock.advance(300_000)
    attempt(breakers, 'success')
    attempt(breakers, 'failure', 5)
    expect(breakers.snapshot(target).retryInMs).toBe(30_000)
  })

  it.each([
    [0, 27_000],
    [0.5, 30_000],
    [0.75, 31_500],
  ])('BR-25 spreads the cooldown by the jitter: chance %d gives %d ms', (chance, cooldownMs) => {
    const { breakers } = bench({ jitter: 0.1, failures: 1 }, { random: () => chance })
    attempt(breakers, 'failure')
    expect(breakers.snapshot(target).retryInMs).toBeCloseTo(cooldownMs, 1)
  })
})

describe('by hand', () => {
  it('BR-16 trip() opens and reset() closes, each told once', () => {
    const { breakers, transitions } = bench()
    breakers.trip(target, 5_000)
    expect(breakers.acquire(target)).toEqual({ reason: 'breaker_open', retryInMs: 5_000 })
    breakers.reset(target)
    breakers.reset(target)
    expect(take(breakers).probe).toBe(false)
    expect(path(transitions)).toEqual(['closed > open: trip', 'open > closed: reset'])
  })

  it('BR-16 trip() without a time holds for a cooldown, and never shortens', () => {
    const { breakers, transitions } = bench()
    breakers.trip(target)
    breakers.trip(target, 1_000)
    expect(breakers.peek(target)?.retryInMs).toBe(30_000)
    breakers.trip(target, 90_000)
    expect(breakers.peek(target)?.retryInMs).toBe(90_000)
    expect(transitions).toHaveLength(1)
  })

  it.each([-1, Number.NaN])('BR-16 trip() refuses %d ms', (ms) => {
    expect(() => bench().breakers.trip(target, ms)).toThrow(RangeError)
  })

  it('BR-14 a running test has no vote after trip() or reset()', () => {
    const tripped = tested()
    tripped.breakers.trip(target, 5_000)
    tripped.probe.settle('success')
    expect(stateOf(tripped.breakers)).toBe('open')
    const reset = tested()
    reset.breakers.reset(target)
    reset.probe.settle('failure')
    expect(reset.breakers.snapshot(target)).toEqual({ target, state: 'closed', consecutiveErrors: 0 })
  })

  it('BR-14 calls under way have no vote after reset(), also of a closed circuit', () => {
    const { breakers } = bench({ failures: 2 })
    const permits = [take(breakers), take(breakers), take(breakers)]
    permits[0]?.settle('failure')
    breakers.reset(target)
    for (const permit of permits) permit.settle('failure')
    expect(breakers.snapshot(target)).toEqual({ target, state: 'closed', consecutiveErrors: 0 })
  })

  it('BR-20 reset() also ends a hold', () => {
    const { breakers } = bench()
    breakers.gate(target, 20_000)
    breakers.reset(target)
    expect(isPermit(breakers.acquire(target))).toBe(true)
  })
})

describe('listeners', () => {
  it('BR-17 that throw, reject or hang neither prevent nor delay a transition', async () => {
    const heard: string[] = []
    const { breakers } = bench(
      { failures: 1 },
      {
        onTransition: () => {
          throw new Error('broken trail')
        },
      },
    )
    breakers.subscribe(() => {
      throw new Error('broken listener')
    })
    breakers.subscribe(() => Promise.reject(new Error('rejecting listener')))
    breakers.subscribe(() => new Promise(() => {}))
    breakers.subscribe(({ to }) => void heard.push(to))
    attempt(breakers, 'failure')
    expect(stateOf(breakers)).toBe('open')
    await Promise.resolve()
    expect(heard).toEqual(['open'])
  })

  it('BR-17 are told in order, also when one of them changes the circuit itself', async () => {
    const heard: string[] = []
    const { breakers } = bench({ failures: 1 })
    breakers.subscribe(({ to }) => {
      if (to === 'open') breakers.reset(target)
    })
    breakers.subscribe(({ from, to }) => void heard.push(`${from} > ${to}`))
    attempt(breakers, 'failure')
    await Promise.resolve()
    await Promise.resolve()
    expect(heard).toEqual(['closed > open', 'open > closed'])
  })

  it('BR-17 hear nothing after they were disposed of', async () => {
    const heard: string[] = []
    const { breakers } = bench()
    const subscription = breakers.subscribe(({ to }) => void heard.push(to))
    subscription[Symbol.dispose]()
    breakers.trip(target)
    await Promise.resolve()
    expect(heard).toEqual([])
  })
})

describe('the registry', () => {
  it('BR-23 remembers a bounded number of targets that nobody configured, and every configured one', () => {
    const { breakers } = bench({}, { maxUnregistered: 100 })
    for (const configured of ['acme/one', 'acme/two']) breakers.register(configured)
    for (let call = 0; call < 5_000; call++) take(breakers, `acme/made-up-${call}`).settle('failure')
    const targets = breakers.list().map((snapshot) => snapshot.target)
    expect(targets.length).toBeLessThanOrEqual(102)
    expect(targets).toEqual(expect.arrayContaining(['acme/one', 'acme/two', 'acme/made-up-4999']))
  })

  it('BR-23 forgets the longest unused first and nobody that is held back', () => {
    const { breakers } = bench({ failures: 1 }, { maxUnregistered: 8 })
    take(breakers, 'acme/open').settle('failure')
    for (let call = 0; call < 7; call++) take(breakers, `acme/idle-${call}`).settle('success')
    take(breakers, 'acme/idle-0').settle('success')
    take(breakers, 'acme/new').settle('success')
    const targets = breakers.list().map((snapshot) => snapshot.target)
    expect(targets).toHaveLength(8)
    expect(targets).toEqual(expect.arrayContaining(['acme/open', 'acme/idle-0', 'acme/new']))
    expect(targets).not.toContain('acme/idle-1')
  })

  it('BR-23 serves a target for which there is no room, and remembers it once there is', () => {
    const { breakers, clock } = bench({ failures: 1 }, { maxUnregistered: 2 })
    for (const each of ['acme/a', 'acme/b']) take(breakers, each).settle('failure')
    take(breakers, 'acme/c').settle('failure')
    expect(breakers.list().map((snapshot) => snapshot.target)).toEqual(['acme/a', 'acme/b'])
    expect(take(breakers, 'acme/c').probe).toBe(false)
    breakers.register('acme/d')
    expect(breakers.list()).toHaveLength(3)
    clock.advance(30_000)
    take(breakers, 'acme/c').settle('failure')
    expect(breakers.peek('acme/c')?.reason).toBe('breaker_open')
    expect(breakers.list()).toHaveLength(3)
  })

  it('BR-23 keeps what is known of a target that is registered later', () => {
    const { breakers } = opened()
    breakers.register(target)
    breakers.register(target)
    expect(stateOf(breakers)).toBe('open')
  })

  it('BR-23 makes nothing of looking', () => {
    const { breakers } = bench()
    expect(breakers.peek('acme/x')).toBeUndefined()
    expect(breakers.snapshot('acme/x')).toEqual({ target: 'acme/x', state: 'closed', consecutiveErrors: 0 })
    breakers.reset('acme/x')
    expect(breakers.list()).toEqual([])
  })

  it('BR-24 tells its circuits as frozen plain data', () => {
    const { breakers, clock } = opened()
    clock.advance(4_000)
    const snapshot = breakers.snapshot(target)
    expect(snapshot).toEqual({ target, state: 'open', consecutiveErrors: 5, openedAgoMs: 4_000, retryInMs: 26_000 })
    expect(Object.isFrozen(snapshot)).toBe(true)
    expect(Object.getPrototypeOf(snapshot)).toBe(Object.prototype)
    expect(JSON.parse(JSON.stringify(breakers.list()))).toEqual([snapshot])
  })

  it('BR-24 tells of a half-open circuit since when it is not closed', () => {
    const { breakers, clock } = tested()
    clock.advance(500)
    expect(breakers.snapshot(target)).toEqual({
      target,
      state: 'half_open',
      consecutiveErrors: 5,
      openedAgoMs: 30_500,
      retryInMs: 30_000,
    })
  })

  it('BR-24 keeps a bounded history', () => {
    const { breakers, clock } = bench({}, { historyLimit: 3 })
    for (let round = 0; round < 4; round++) {
      breakers.trip('acme/a')
      clock.advance(1_000)
      breakers.reset('acme/a')
    }
    breakers.trip('acme/b')
    expect(breakers.history().map(({ target: of, to, agoMs }) => [of, to, agoMs])).toEqual([
      ['acme/a', 'open', 1_000],
      ['acme/a', 'closed', 0],
      ['acme/b', 'open', 0],
    ])
    expect(breakers.history('acme/b')).toHaveLength(1)
  })
})

describe('a test before its time', () => {
  it('is one, in a circuit that is open; in any other it is an attempt as usual', () => {
    const { breakers, clock, transitions } = opened()
    clock.advance(10_000)
    const early = breakers.acquireEarly(target)
    expect(early?.probe).toBe(true)
    expect(breakers.acquireEarly(target)).toBeUndefined()
    early?.settle('success')
    expect(stateOf(breakers)).toBe('closed')
    expect(transitions.map(({ generation }) => generation)).toEqual([1, 2, 3])
    const usual = breakers.acquireEarly(target)
    expect(usual?.probe).toBe(false)
    usual?.settle('failure')
    expect(breakers.snapshot(target)).toMatchObject({ state: 'closed', consecutiveErrors: 1 })
  })
})

describe('what a circuit shows', () => {
  it('has no field for a wait where there is none', () => {
    const { breakers } = bench()
    attempt(breakers, 'failure')
    expect(breakers.snapshot(target)).toStrictEqual({ target, state: 'closed', consecutiveErrors: 1 })
  })

  it('are the errors it had, where it was opened by hand', () => {
    const { breakers } = bench()
    attempt(breakers, 'failure', 2)
    breakers.trip(target)
    expect(breakers.snapshot(target)).toMatchObject({ state: 'open', consecutiveErrors: 2 })
  })
})

describe('permits and commands at their edges', () => {
  it('a permit that is disposed of decides nothing, and frees the test', () => {
    const { breakers, probe } = tested()
    probe[Symbol.dispose]()
    expect(stateOf(breakers)).toBe('half_open')
    expect(take(breakers).probe).toBe(true)
  })

  it('trip() for no time at all opens, and the next attempt is the test', () => {
    const { breakers } = bench()
    breakers.trip(target, 0)
    expect(stateOf(breakers)).toBe('open')
    expect(take(breakers).probe).toBe(true)
  })

  it.each([-1, Number.NaN])('trip() says what it needs where it gets %d', (ms) => {
    const { breakers } = bench()
    expect(() => breakers.trip(target, ms)).toThrow(
      new RangeError(`trip() needs a number of milliseconds of at least 0, got ${String(ms)}`),
    )
  })

  it('gate() of nothing does not even remember the target', () => {
    const { breakers } = bench()
    breakers.gate('acme/unheard', 0)
    expect(breakers.list()).toEqual([])
  })

  it('a target that becomes part of the configuration makes room for another', () => {
    const { breakers } = bench({}, { maxUnregistered: 1 })
    breakers.trip('acme/first', 1000)
    breakers.register('acme/first')
    breakers.trip('acme/second', 1000)
    breakers.register('acme/second')
    breakers.register('acme/second')
    breakers.trip('acme/third', 1000)
    breakers.trip('acme/fourth', 1000)
    expect(breakers.list()).toMatchObject([
      { target: 'acme/first', state: 'open' },
      { target: 'acme/second', state: 'open' },
      { target: 'acme/third', state: 'open' },
    ])
  })

  it('close() has nothing to do where nothing is shared', async () => {
    const { breakers } = bench()
    expect(breakers.isShared).toBeUndefined()
    await expect(breakers.close()).resolves.toBeUndefined()
  })
})

const follow = (to: 'closed' | 'open' | 'half_open') => ({ type: 'follow', to, holdMs: 7, reason: 'shared' }) as const

describe('a circuit that follows what it has become elsewhere', () => {
  const moment = { now: 1000, rule: { failures: 5, probeLeaseMs: 50 }, cooldownMs: 10 }
  const open = { name: 'open', since: 1, until: 2, generation: 3 } as const
  const half = { name: 'half_open', generation: 3, probeUntil: 2 } as const

  it('goes there, in a generation of its own, for as long as the others think', () => {
    expect(step(initialState, follow('open'), moment).state).toEqual({ name: 'open', since: 1000, until: 1007, generation: 1 })
    expect(step(open, follow('half_open'), moment).state).toEqual({ name: 'half_open', generation: 4, probeUntil: 1007 })
    expect(step(half, follow('closed'), moment).state).toEqual({ name: 'closed', failures: 0, generation: 4 })
  })

  it('stays what it is already, for as long as the others think, and tells nobody', () => {
    expect(step(open, follow('open'), moment)).toEqual({ state: { ...open, until: 1007 }, pass: 'no', transition: undefined })
    expect(step(half, follow('half_open'), moment).state).toEqual({ ...half, probeUntil: 1007 })
    expect(step(initialState, follow('closed'), moment).state).toBe(initialState)
  })
})
