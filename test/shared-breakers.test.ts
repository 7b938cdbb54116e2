import { describe, expect, it } from 'vitest'
import { BreakerRegistry } from '../src/breaker/registry.ts'
import type { BreakerTransition, Permit, Verdict } from '../src/contracts/breaker.ts'
import { fakeClock } from '../src/testing/fake-clock.ts'
import { MemoryServer } from './redis/memory-store.ts'

const target = 'acme/large'
const cooldownMs = 30_000

/** One process: its circuits, and what it told its own trail. */
class Process {
  readonly breakers: BreakerRegistry
  readonly transitions: BreakerTransition[] = []
  readonly told: string[] = []

  constructor(world: World, name: string) {
    this.breakers = new BreakerRegistry({
      rule: { cooldownMs, probeLeaseMs: 600_000 },
      clock: world.clock,
      store: world.server.store(name),
      onTransition: (transition) => void this.transitions.push(transition),
      onStore: { lost: () => this.told.push('lost'), regained: (awayMs) => this.told.push(`regained after ${awayMs}`) },
    })
    this.breakers.register(target)
  }

  get state(): string {
    return this.breakers.snapshot(target).state
  }

  get reasons(): readonly string[] {
    return this.transitions.map(({ to, reason }) => `${to}: ${reason}`)
  }

  /** An attempt with this end; `refused` where none may be made. */
  attempt(verdict: Verdict): 'called' | 'tested' | 'refused' {
    const permit = this.permit()
    if (permit === undefined) return 'refused'
    permit.settle(verdict)
    return permit.probe ? 'tested' : 'called'
  }

  permit(): Permit | undefined {
    const permit = this.breakers.acquire(target)
    return 'settle' in permit ? permit : undefined
  }
}

class World {
  readonly clock = fakeClock()
  readonly server = new MemoryServer(this.clock)

  /** Processes that have found the store. */
  async processes(count: number): Promise<[Process, Process, Process]> {
    const made = Array.from({ length: count }, (_, at) => new Process(this, `process ${at}`))
    await this.clock.advanceAsync(1)
    const [one, two = one, three = two] = made
    if (one === undefined || two === undefined || three === undefined) throw new Error('at least one')
    return [one, two, three]
  }

  /** Opens the circuit for everybody. */
  async open(process: Process): Promise<void> {
    for (let failures = 0; failures < 5; failures += 1) process.attempt('failure')
    await this.clock.advanceAsync(1)
  }
}

describe('circuits with a store in common', () => {
  it('count failures together, and open together, once', async () => {
    const world = new World()
    const [one, two, three] = await world.processes(3)
    for (const process of [one, two, one, three]) {
      process.attempt('failure')
      await world.clock.advanceAsync(1)
    }
    expect([one.state, two.state, three.state]).toEqual(['closed', 'closed', 'closed'])
    expect(two.breakers.snapshot(target).consecutiveErrors).toBe(4)
    two.attempt('failure')
    await world.clock.advanceAsync(1)
    expect([one.state, two.state, three.state]).toEqual(['open', 'open', 'open'])
    expect([one.reasons, three.reasons]).toEqual([['open: failures'], ['open: failures']])
    expect(two.transitions).toHaveLength(1)
    expect(one.attempt('success')).toBe('refused')
  })

  it('say nothing of the successes of a healthy target', async () => {
    const world = new World()
    const [one] = await world.processes(1)
    for (let calls = 0; calls < 10; calls += 1) one.attempt('success')
    one.attempt('neutral')
    await world.clock.advanceAsync(1)
    expect(world.server.sent.map(({ type }) => type)).toEqual(['read'])
  })

  it('start the count anew after a success at any of them', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    for (let failures = 0; failures < 4; failures += 1) one.attempt('failure')
    await world.clock.advanceAsync(1)
    two.attempt('success')
    await world.clock.advanceAsync(1)
    expect(one.breakers.snapshot(target).consecutiveErrors).toBe(0)
    for (let failures = 0; failures < 4; failures += 1) one.attempt('failure')
    await world.clock.advanceAsync(1)
    expect([one.state, two.state]).toEqual(['closed', 'closed'])
  })

  it('let one process test, which asked when the cooldown ended, and close together', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    await world.open(one)
    await world.clock.advanceAsync(cooldownMs)
    const test = one.permit()
    expect(test?.probe).toBe(true)
    expect([one.permit(), two.permit()]).toEqual([undefined, undefined])
    test?.settle('success')
    await world.clock.advanceAsync(1)
    expect([one.state, two.state]).toEqual(['closed', 'closed'])
    expect(one.reasons).toEqual(['open: shared', 'half_open: cooldown', 'closed: probe_succeeded'])
    expect(two.reasons).toEqual(['open: failures', 'half_open: cooldown', 'closed: probe_succeeded'])
  })

  it.each([3_600_000, -3_600_000])(
    'BR-32 are tested when the store says, whatever a wall clock that is set by %d ms says',
    async (shiftMs) => {
      const world = new World()
      const [one, two] = await world.processes(2)
      await world.open(one)
      world.clock.shiftWall(shiftMs)
      await world.clock.advanceAsync(cooldownMs - 10)
      expect([one.attempt('success'), two.attempt('success')]).toEqual(['refused', 'refused'])
      await world.clock.advanceAsync(11)
      expect(one.attempt('success')).toBe('tested')
    },
  )

  it('are tested early by one process where nobody else is left, and close or stay open for everybody', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    await world.open(one)
    await world.clock.advanceAsync(10_000)
    one.breakers.acquireEarly(target)?.settle('failure')
    await world.clock.advanceAsync(cooldownMs - 10)
    expect([one.attempt('success'), two.attempt('success')]).toEqual(['refused', 'refused'])
    await world.clock.advanceAsync(1)
    one.breakers.acquireEarly(target)?.settle('success')
    await world.clock.advanceAsync(1)
    expect([one.state, two.state]).toEqual(['closed', 'closed'])
    expect(one.reasons.slice(-2)).toEqual(['half_open: early', 'closed: probe_succeeded'])
  })

  it('open again for a whole cooldown after a test that failed', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    await world.open(one)
    await world.clock.advanceAsync(cooldownMs)
    expect(one.attempt('failure')).toBe('tested')
    await world.clock.advanceAsync(cooldownMs - 10)
    expect([one.attempt('success'), two.attempt('success')]).toEqual(['refused', 'refused'])
    expect(two.reasons.slice(-1)).toEqual(['open: probe_failed'])
  })

  it('free the test after a neutral end, for whoever wants it', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    await world.open(one)
    await world.clock.advanceAsync(cooldownMs)
    expect(one.attempt('neutral')).toBe('tested')
    await world.clock.advanceAsync(1)
    expect(two.attempt('success')).toBe('refused')
    await world.clock.advanceAsync(1)
    expect(two.attempt('success')).toBe('tested')
  })

  it('renew the right to a test that takes long, and lose it with the process', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    await world.open(one)
    await world.clock.advanceAsync(cooldownMs)
    const test = one.permit()
    expect(test?.probe).toBe(true)
    await world.clock.advanceAsync(60_000)
    expect(two.permit()).toBeUndefined()
    // As a killed process: nothing is renewed any more.
    await one.breakers.close()
    await world.clock.advanceAsync(5000)
    expect(two.permit()).toBeUndefined()
    await world.clock.advanceAsync(1)
    expect(two.permit()?.probe).toBe(true)
  })

  it('pass the right to a test on from one that nobody calls to one that has calls', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    await world.open(one)
    await world.clock.advanceAsync(cooldownMs + 10_000)
    expect(two.permit()).toBeUndefined()
    await world.clock.advanceAsync(1)
    expect(two.permit()?.probe).toBe(true)
    expect(one.permit()).toBeUndefined()
  })

  it('keep the right where there are calls, whoever else wants it', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    await world.open(one)
    await world.clock.advanceAsync(cooldownMs)
    const test = one.permit()
    two.permit()
    await world.clock.advanceAsync(100)
    expect(two.permit()).toBeUndefined()
    test?.settle('success')
    await world.clock.advanceAsync(1)
    expect(two.attempt('success')).toBe('called')
  })

  it('are opened and closed by hand for everybody', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    one.breakers.trip(target, 1000)
    await world.clock.advanceAsync(1)
    expect([one.state, two.state]).toEqual(['open', 'open'])
    two.breakers.reset(target)
    await world.clock.advanceAsync(1)
    expect([one.state, two.state]).toEqual(['closed', 'closed'])
    expect(two.reasons).toEqual(['open: trip', 'closed: reset'])
  })

  it('are not opened again by an answer that the news have overtaken', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    // The answer to the fifth failure says "open", and comes after the news that another has closed it.
    for (let failures = 0; failures < 5; failures += 1) one.attempt('failure')
    two.breakers.reset(target)
    await world.clock.advanceAsync(1)
    expect([one.state, two.state]).toEqual(['closed', 'closed'])
  })

  it('are known to a process that comes later', async () => {
    const world = new World()
    const [one] = await world.processes(1)
    await world.open(one)
    const late = new Process(world, 'late')
    await world.clock.advanceAsync(1)
    expect([late.state, late.reasons]).toEqual(['open', ['open: shared']])
  })
})

describe('what is told of a shared circuit', () => {
  it('is no wish to test it before its time', async () => {
    const world = new World()
    const [one] = await world.processes(1)
    await world.open(one)
    const before = world.server.sent.length
    expect([one.attempt('success'), one.attempt('success')]).toEqual(['refused', 'refused'])
    await world.clock.advanceAsync(cooldownMs - 100)
    expect(world.server.sent).toHaveLength(before)
  })

  it('is to come back in a moment, while the right to the test is on its way', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    await world.open(one)
    await world.clock.advanceAsync(cooldownMs + 1)
    one.attempt('neutral')
    await world.clock.advanceAsync(1)
    expect(two.breakers.acquire(target)).toEqual({ reason: 'breaker_open', retryInMs: 100 })
  })

  it('is no attempt that began before a reset', async () => {
    const world = new World()
    const [one] = await world.processes(1)
    const permit = one.permit()
    one.breakers.reset(target)
    const before = world.server.sent.length
    permit?.settle('failure')
    expect(world.server.sent).toHaveLength(before)
  })

  it('is an attempt as usual where the test came before its time and there was nothing to test', async () => {
    const world = new World()
    const [one] = await world.processes(1)
    one.breakers.acquireEarly(target)?.settle('failure')
    await world.clock.advanceAsync(1)
    expect(world.server.sent.at(-1)).toMatchObject({ type: 'failure' })
    expect(one.state).toBe('closed')
  })

  it('is a single failure after a reset as any other', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    one.breakers.reset(target)
    await world.clock.advanceAsync(1)
    one.attempt('failure')
    await world.clock.advanceAsync(1)
    expect([one.state, two.state]).toEqual(['closed', 'closed'])
    expect(world.server.sent.at(-1)).toMatchObject({ type: 'failure' })
  })
})

describe('without its store a process', () => {
  it('keeps an open circuit open for as long as it was to be', async () => {
    const world = new World()
    const [one] = await world.processes(1)
    await world.open(one)
    await world.clock.advanceAsync(10_000)
    const { retryInMs } = one.breakers.snapshot(target)
    world.server.mode = 'fails'
    one.breakers.trip(target, 1)
    await world.clock.advanceAsync(0)
    expect([one.told, one.breakers.snapshot(target).retryInMs]).toEqual([['lost'], retryInMs])
  })

  it('opens for its own failures where those were enough before', async () => {
    const world = new World()
    const [one] = await world.processes(1)
    world.server.mode = 'silent'
    for (let failures = 0; failures < 5; failures += 1) one.attempt('failure')
    expect(one.state).toBe('closed')
    await world.clock.advanceAsync(50)
    expect(one.reasons).toEqual(['open: failures'])
  })

  it('needs nobody who listens', async () => {
    const world = new World()
    world.server.mode = 'fails'
    const breakers = new BreakerRegistry({ clock: world.clock, store: world.server.store('quiet'), onTransition: () => undefined })
    await world.clock.advanceAsync(1)
    world.server.mode = 'answers'
    await world.clock.advanceAsync(2000)
    expect(breakers.isShared).toBe(true)
    await breakers.close()
  })

  it.each(['fails', 'silent'] as const)('goes on alone where it %s, says so once, and opens by its own count', async (mode) => {
    const world = new World()
    const [one] = await world.processes(1)
    world.server.mode = mode
    for (let failures = 0; failures < 5; failures += 1) expect(one.attempt('failure')).toBe('called')
    await world.clock.advanceAsync(60)
    expect([one.told, one.state, one.breakers.isShared]).toEqual([['lost'], 'open', false])
    // Its own test, in its own time.
    await world.clock.advanceAsync(cooldownMs)
    expect(one.attempt('success')).toBe('tested')
    expect(one.state).toBe('closed')
    expect(one.told).toEqual(['lost'])
  })

  it('finds back, and tells the others what it has learnt', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    world.server.mode = 'fails'
    for (let failures = 0; failures < 5; failures += 1) one.attempt('failure')
    await world.clock.advanceAsync(1)
    expect([one.state, two.state]).toEqual(['open', 'closed'])
    world.server.mode = 'answers'
    await world.clock.advanceAsync(2000)
    expect(one.told[0]).toBe('lost')
    expect(one.told[1]).toMatch(/^regained after \d+$/)
    expect([one.state, two.state]).toEqual(['open', 'open'])
  })

  it('believes the store where it was itself only behind', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    await world.open(two)
    expect(one.state).toBe('open')
    two.breakers.reset(target)
    await world.clock.advanceAsync(1)
    expect(one.state).toBe('closed')
    world.server.mode = 'fails'
    one.attempt('failure')
    await world.clock.advanceAsync(1)
    world.server.mode = 'answers'
    await world.clock.advanceAsync(2000)
    expect(one.state).toBe('closed')
  })

  it('tells a store that has forgotten what it knows itself', async () => {
    const world = new World()
    const [one, two] = await world.processes(2)
    await world.open(one)
    world.server.forget()
    await world.clock.advanceAsync(cooldownMs)
    // The first question shows that it has forgotten; from then on it is as before.
    await world.clock.advanceAsync(cooldownMs)
    expect([one.attempt('success'), two.attempt('success')].toSorted()).toEqual(['refused', 'tested'])
  })

  it('starts alone, and says so, where the store is not there from the beginning', async () => {
    const world = new World()
    world.server.mode = 'fails'
    const [one] = await world.processes(1)
    expect([one.told, one.breakers.isShared]).toEqual([['lost'], false])
    world.server.mode = 'answers'
    await world.clock.advanceAsync(2000)
    expect(one.breakers.isShared).toBe(true)
  })

  it('leaves nothing running once it is closed', async () => {
    const world = new World()
    const [one] = await world.processes(1)
    await world.open(one)
    await one.breakers.close()
    const before = world.server.sent.length
    await world.clock.advanceAsync(10 * cooldownMs)
    expect(world.server.sent).toHaveLength(before)
    expect(one.told).toEqual([])
  })
})
