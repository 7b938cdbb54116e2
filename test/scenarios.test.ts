import { APIConnectionTimeoutError, BadRequestError } from 'openai'
import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { StreamInterruptedError, attemptsOf, routeOf } from '../src/index.ts'
import type { AuditEvent } from '../src/index.ts'
import type { VendorSimulator } from '../src/testing/index.ts'
import type { Asking, Bench, BenchOptions, Seen, Vendor } from './faults/bench.ts'
import { ask, fallbackOf, openBench, outlast, spoken, targetOf, until, vendors } from './faults/bench.ts'

const clocks = { attemptMs: 1000, firstTokenMs: 1000, idleMs: 1000 }
const answerOf = (vendor: Vendor): string => spoken(vendor).join('')
const wireOf = ({ requests }: VendorSimulator, vendor: Vendor): number => requests.filter((one) => one.vendor === vendor).length
const count = (events: readonly AuditEvent[], type: AuditEvent['type']): number => events.filter((one) => one.type === type).length

/** A scenario for each vendor as the primary and in both modes; the fallback is sound. */
function eachWay(name: string, run: (way: Way) => Promise<void>, options: BenchOptions = {}): void {
  const ways = vendors.flatMap((vendor) => [false, true].map((stream) => [vendor, stream ? 'streamed' : 'unary', stream] as const))
  it.concurrent.each(ways)(`${name} (%s, %s)`, async (vendor, _mode, stream) => {
    await using bench = await openBench({ clocks, ...options })
    const next = fallbackOf[vendor]
    const call = (more: Partial<Asking> = {}): Promise<Seen> => ask(bench.client.agent(vendor), { stream, ...more })
    await run({ ...bench, vendor, next, stream, call, primaryCalls: () => wireOf(bench.simulator, vendor) })
  })
}

interface Way extends Bench {
  readonly vendor: Vendor
  readonly next: Vendor
  readonly stream: boolean
  /** One call through the agent: its primary is the vendor. */
  readonly call: (more?: Partial<Asking>) => Promise<Seen>
  readonly primaryCalls: () => number
}

describe('S01 a rate limit with Retry-After', () => {
  eachWay(
    'is left for the fallback at once, and not asked again before its time',
    async ({ vendor, next, simulator, clock, call, primaryCalls }) => {
      simulator.failOnce(vendor, 'rate-limit', { retryAfter: { seconds: 2 } })
      expect(await call()).toMatchObject({ text: answerOf(next), error: undefined })
      expect(await call()).toMatchObject({ text: answerOf(next), error: undefined })
      expect(primaryCalls()).toBe(1)
      clock.advance(2001)
      expect(await call()).toMatchObject({ text: answerOf(vendor), error: undefined })
      expect(primaryCalls()).toBe(2)
    },
  )

  const waits = [
    ['in seconds', { seconds: 20 }, 20_000],
    ['in milliseconds', { ms: 1500 }, 1500],
    ['above the cap', { seconds: 86_400 }, 60_000],
    ['that nobody can read', { text: 'soon' }, undefined],
    ['that is negative', { text: '-5' }, undefined],
  ] as const
  it.concurrent.each(waits)(
    'BR-20 holds the target back for a Retry-After %s, without opening its circuit',
    async (_name, retryAfter, heldMs) => {
      await using bench = await openBench({ clocks })
      bench.simulator.failOnce('openai', 'rate-limit', { retryAfter })
      await ask(bench.client.agent('openai'), { stream: false })
      const { state, retryInMs } = bench.client.breakers.snapshot(targetOf('openai'))
      expect([state, retryInMs]).toEqual(['closed', heldMs])
    },
  )

  it('a date is read as the time until then', async () => {
    await using bench = await openBench({ clocks })
    bench.simulator.failOnce('openai', 'rate-limit', { retryAfter: { date: new Date(Date.now() + 30_000) } })
    await ask(bench.client.agent('openai'), { stream: false })
    const held = bench.client.breakers.snapshot(targetOf('openai')).retryInMs ?? 0
    expect(held).toBeGreaterThan(0)
    expect(held).toBeLessThanOrEqual(30_000)
  })

  it.concurrent.each(vendors)('is waited for exactly as long as asked where nobody stands behind it (%s)', async (vendor) => {
    await using bench = await openBench({ clocks: { ...clocks, attemptMs: 60_000 } })
    const { simulator, client, clock } = bench
    simulator.failOnce(vendor, 'rate-limit', { retryAfter: { seconds: 2 } })
    const asked = ask(client, { stream: false, model: targetOf(vendor) })
    await until(() => clock.nextAt === 2000)
    await clock.advanceAsync(1999)
    expect(wireOf(simulator, vendor)).toBe(1)
    await clock.advanceAsync(1)
    expect(await asked).toMatchObject({ text: answerOf(vendor), error: undefined })
    expect(count(await bench.events(), 'attempt.started')).toBe(2)
  })
})

describe('S02 a rate limit for ever', () => {
  eachWay('costs five calls, and then none', async ({ vendor, next, simulator, call, primaryCalls, client }) => {
    simulator.fail(vendor, 'rate-limit')
    for (let round = 0; round < 12; round++) expect(await call()).toMatchObject({ text: answerOf(next), error: undefined })
    expect(primaryCalls()).toBe(5)
    expect(client.breakers.snapshot(targetOf(vendor)).state).toBe('open')
  })
})

describe('S03 a single server error', () => {
  eachWay('is served by the fallback, once', async ({ vendor, next, simulator, call, client }) => {
    simulator.failOnce(vendor, 'http-500')
    expect(await call()).toMatchObject({ text: answerOf(next) })
    expect(await call()).toMatchObject({ text: answerOf(vendor) })
    expect(client.breakers.snapshot(targetOf(vendor))).toMatchObject({ state: 'closed', consecutiveErrors: 0 })
  })
})

describe('S04 a vendor that is down', () => {
  eachWay(
    'is called five times in twenty requests, and no caller notices',
    async ({ vendor, next, simulator, call, primaryCalls, events }) => {
      simulator.fail(vendor, 'http-503')
      for (let round = 0; round < 20; round++) expect(await call()).toMatchObject({ text: answerOf(next), error: undefined })
      expect([primaryCalls(), wireOf(simulator, next)]).toEqual([5, 20])
      const trail = await events()
      expect([count(trail, 'breaker.opened'), count(trail, 'route.switched'), count(trail, 'target.skipped')]).toEqual([1, 20, 15])
    },
  )

  it.concurrent.each(vendors)(
    'RT-01 alone, it is called as often as the client was told to, each time with an event (%s)',
    async (vendor) => {
      await using bench = await openBench()
      const { simulator, client, clock } = bench
      simulator.fail(vendor, 'http-503')
      const asked = ask(client, { stream: false, model: targetOf(vendor), options: { maxRetries: 2 } })
      for (const calls of [1, 2]) {
        await until(() => client.breakers.snapshot(targetOf(vendor)).consecutiveErrors === calls)
        await clock.advanceAsync(8000)
      }
      const { error } = await asked
      expect(error).toMatchObject({ status: 503 })
      expect(attemptsOf(error)).toHaveLength(3)
      expect([wireOf(simulator, vendor), count(await bench.events(), 'attempt.started')]).toEqual([3, 3])
    },
  )
})

describe('S05 a reset connection', () => {
  eachWay('is a fault of the vendor, not of the caller', async ({ vendor, next, simulator, call, primaryCalls }) => {
    simulator.failOnce(vendor, 'reset-before-headers')
    expect(await call()).toMatchObject({ text: answerOf(next), error: undefined })
    expect(primaryCalls()).toBe(1)
  })
})

describe('S06 a vendor that accepts the request and says nothing', () => {
  eachWay('is left after one silent attempt', async ({ vendor, next, simulator, clock, call, primaryCalls }) => {
    simulator.fail(vendor, 'stall-before-headers')
    const asked = call()
    await until(() => primaryCalls() === 1)
    await clock.advanceAsync(1001)
    expect(await asked).toMatchObject({ text: answerOf(next), error: undefined })
    expect(primaryCalls()).toBe(1)
    await simulator.settled()
  })

  it('and a chain of nothing but such vendors ends with a timeout', async () => {
    await using bench = await openBench({ clocks, maxRetries: 0 })
    bench.simulator.fail('*', 'stall-before-headers')
    const asked = ask(bench.client.agent('openai'), { stream: false })
    for (const calls of [1, 2]) {
      await until(() => bench.simulator.requests.length === calls)
      await bench.clock.advanceAsync(1001)
    }
    const { error } = await asked
    expect(error).toBeInstanceOf(APIConnectionTimeoutError)
    expect(attemptsOf(error)).toMatchObject([{ kind: 'timeout' }, { kind: 'timeout' }])
    await bench.simulator.settled()
  })
})

describe('S07 a slow first token', () => {
  const slow = { sameClock: true }
  eachWay(
    'is not waited for beyond its limit',
    async ({ vendor, next, simulator, clock, call, primaryCalls }) => {
      simulator.answer(vendor, { text: 'too late', latency: { firstTokenMs: 50_000 } })
      const asked = call()
      await until(() => primaryCalls() === 1)
      await outlast(clock, () => wireOf(simulator, next) > 0)
      expect(await asked).toMatchObject({ text: answerOf(next), error: undefined })
    },
    slow,
  )

  eachWay(
    'is waited for within its limit, and the breaker stays calm',
    async ({ vendor, simulator, clock, call, primaryCalls, client }) => {
      simulator.answer(vendor, { text: 'just in time', latency: { firstTokenMs: 900 } })
      const asked = call()
      await until(() => primaryCalls() === 1 && clock.nextAt === clock.now() + 900)
      await clock.advanceAsync(900)
      expect(await asked).toMatchObject({ text: 'just in time', error: undefined })
      expect(client.breakers.snapshot(targetOf(vendor)).consecutiveErrors).toBe(0)
    },
    slow,
  )
})

const sixty = Array.from({ length: 60 }, (_, index) => `token${index} `)
const upTo = (tokens: number): string => sixty.slice(0, tokens).join('')

/** A stream of sixty tokens in which something happens; each vendor as the primary. */
function sixtyTokens(name: string, run: (way: Omit<Way, 'stream'>) => Promise<void>): void {
  it.concurrent.each(vendors)(`${name} (%s)`, async (vendor) => {
    await using bench = await openBench({ clocks })
    bench.simulator.answer(vendor, { deltas: sixty })
    const call = (more: Partial<Asking> = {}): Promise<Seen> => ask(bench.client.agent(vendor), { stream: true, ...more })
    await run({ ...bench, vendor, next: fallbackOf[vendor], call, primaryCalls: () => wireOf(bench.simulator, vendor) })
  })
}

/** The caller has read so much, is told that it is not all, and nobody else was asked. */
async function expectInterruption(
  seen: Seen,
  text: string,
  { simulator, next, events }: Pick<Way, 'simulator' | 'next' | 'events'>,
) {
  expect(seen).toMatchObject({ text, finish: undefined })
  expect(seen.error).toBeInstanceOf(StreamInterruptedError)
  expect(seen.error).toMatchObject({ partialText: text, partialToolCalls: [] })
  expect(wireOf(simulator, next)).toBe(0)
  const trail = await events()
  expect([count(trail, 'stream.interrupted'), count(trail, 'request.failed'), count(trail, 'route.switched')]).toEqual([1, 1, 0])
}

describe('S08 a cut after 40 of 60 tokens', () => {
  sixtyTokens('throws what had arrived, and never joins another text to it', async (way) => {
    way.simulator.fail(way.vendor, 'cut-stream', { after: 40 })
    await expectInterruption(await way.call(), upTo(40), way)
  })
})

describe('S09 a stall, and then the end', () => {
  sixtyTokens('is an interruption, not an answer', async (way) => {
    way.simulator.fail(way.vendor, 'stall-then-close', { after: 20, stallMs: 30 })
    await expectInterruption(await way.call(), upTo(20), way)
  })
})

describe('S10 a malformed chunk', () => {
  sixtyTokens('is an interruption after what came before it', async (way) => {
    way.simulator.fail(way.vendor, 'malformed-event', { after: 30 })
    await expectInterruption(await way.call(), upTo(30), way)
  })
})

describe('S11 no terminal event, but a finish reason', () => {
  sixtyTokens('is a whole answer', async ({ vendor, simulator, call, client }) => {
    simulator.fail(vendor, 'finish-without-terminal')
    expect(await call()).toMatchObject({ text: upTo(60), finish: 'stop', error: undefined })
    expect(client.breakers.snapshot(targetOf(vendor)).consecutiveErrors).toBe(0)
  })
})

describe('S12 a request longer than the context', () => {
  eachWay(
    "is the caller's to mend: nobody else is asked, and the breaker does not count",
    async ({ vendor, next, simulator, call, client }) => {
      simulator.fail(vendor, 'context-length')
      for (let round = 0; round < 6; round++) expect((await call()).error).toBeInstanceOf(BadRequestError)
      expect(wireOf(simulator, next)).toBe(0)
      expect(client.breakers.snapshot(targetOf(vendor))).toMatchObject({ state: 'closed', consecutiveErrors: 0 })
    },
  )
})

describe('S13 a safety refusal', () => {
  eachWay('in the answer is the answer', async ({ vendor, next, simulator, call, client }) => {
    simulator.answer(vendor, { refusal: 'I cannot help with that.' })
    const seen = await call()
    expect(seen.error).toBeUndefined()
    expect(seen.opened === undefined ? undefined : routeOf(seen.opened)?.target).toBe(targetOf(vendor))
    expect(['stop', 'content_filter']).toContain(seen.finish)
    expect(wireOf(simulator, next)).toBe(0)
    expect(client.breakers.snapshot(targetOf(vendor)).consecutiveErrors).toBe(0)
  })

  eachWay('as an error goes to the caller, and is not routed around', async ({ vendor, next, simulator, call }) => {
    simulator.fail(vendor, 'content-filter')
    expect((await call()).error).toBeInstanceOf(BadRequestError)
    expect(wireOf(simulator, next)).toBe(0)
  })
})

describe('S14 a cut, and a fallback that takes no assistant prefill', () => {
  sixtyTokens('the fallback is not asked to go on, and the error names the cut as its cause', async (way) => {
    const { vendor, next, simulator, call } = way
    simulator.fail(vendor, 'cut-stream', { after: 40 })
    const refusal = simulator.fail(next, 'invalid-request', { message: 'This model does not support assistant message prefill.' })
    const seen = await call()
    await expectInterruption(seen, upTo(40), way)
    expect(seen.error).toMatchObject({ kind: 'truncated' })
    expect(attemptsOf(seen.error)).toMatchObject([{ target: targetOf(vendor), kind: 'truncated' }])
    expect(refusal.hits).toBe(0)
  })
})

describe('S15 a vendor that is down for 60 s under steady requests', () => {
  it.concurrent.each(vendors)(
    'is called at most seven times in the minute, serves again after it, and no caller notices (%s)',
    async (vendor) => {
      await using bench = await openBench({ sameClock: true })
      const { simulator, client, clock } = bench
      const agent = client.agent(vendor)
      simulator.fail(vendor, 'http-503', { forMs: 60_000 })
      const everyMs = 250
      const served: Record<string, number> = {}
      for (let ms = 0; ms < 60_000; ms += everyMs) {
        const { text, error } = await ask(agent, { stream: (ms / everyMs) % 2 === 1 })
        expect(error).toBeUndefined()
        served[text] = (served[text] ?? 0) + 1
        clock.advance(everyMs)
      }
      expect(served).toEqual({ [answerOf(fallbackOf[vendor])]: 240 })
      expect(wireOf(simulator, vendor)).toBeLessThanOrEqual(7)
      // The vendor is well again; the next test closes the circuit.
      clock.advance(30_000)
      expect((await ask(agent, { stream: false })).text).toBe(answerOf(vendor))
      const trail = await bench.events()
      const names = trail.map(({ type }) => type).filter((type) => type.startsWith('breaker.'))
      expect(names).toEqual(['breaker.opened', 'breaker.half_opened', 'breaker.opened', 'breaker.half_opened', 'breaker.closed'])
      expect(count(trail, 'attempt.started')).toBe(simulator.requests.length)
    },
  )
})

describe('S16 the books', () => {
  eachWay(
    'have a row for every attempt, the failed one too, and agree with wire and trail',
    async ({ vendor, next, simulator, call, client, events }) => {
      simulator.failOnce(vendor, 'http-500')
      await call()
      await call()
      const trail = await events()
      const rows = client.ledger.totals({ by: ['provider'] })
      for (const one of [vendor, next]) {
        const started = trail.filter((event) => event.type === 'attempt.started' && event.target === targetOf(one)).length
        expect([wireOf(simulator, one), rows.find(({ provider }) => provider === one)?.calls]).toEqual([started, started])
      }
      expect(client.ledger.totals()).toMatchObject([{ calls: 3 }])
      expect([count(trail, 'request.accepted'), count(trail, 'request.completed')]).toEqual([2, 2])
    },
  )
})

describe('S17 a 200 whose first event is an error', () => {
  sixtyTokens('is a failure before any content: the fallback answers unseen', async ({ vendor, next, simulator, call, client }) => {
    for (const problem of ['overloaded', 'rate-limit', 'server-error'] as const) {
      simulator.failOnce(vendor, 'error-first', { problem })
      expect(await call()).toMatchObject({ text: answerOf(next), finish: 'stop', error: undefined })
    }
    expect(client.breakers.snapshot(targetOf(vendor)).consecutiveErrors).toBe(3)
  })
})

describe('S18 a stall after 20 tokens that never ends', () => {
  for (const fault of ['stall-mid-body', 'keep-alive-after-content'] as const)
    sixtyTokens(`is ended by the idle limit, and the connection is closed: ${fault}`, async (way) => {
      const { vendor, simulator, clock, call } = way
      simulator.fail(vendor, fault, { after: 20, everyMs: 5 })
      let text = ''
      const asked = call({ onText: (all) => (text = all) })
      await until(() => text === upTo(20))
      await clock.advanceAsync(1001)
      const seen = await asked
      await expectInterruption(seen, upTo(20), way)
      expect(seen.error).toMatchObject({ kind: 'timeout' })
      await simulator.settled()
    })
})

const words = (number: number): string => `request-${number}-of-many`
const isOwn = ({ text }: Pick<Seen, 'text'>, number: number): boolean => text === `told ${words(number)} in full`

async function twoHundred(client: OpenAI): Promise<readonly boolean[]> {
  return Promise.all(
    Array.from({ length: 200 }, async (_, number) => {
      const body = { model: 'auto', messages: [{ role: 'user' as const, content: words(number) }] }
      if (number % 2 === 0)
        return isOwn({ text: (await client.chat.completions.create(body)).choices[0]?.message.content ?? '' }, number)
      let text = ''
      for await (const chunk of await client.chat.completions.create({ ...body, stream: true }))
        text += chunk.choices[0]?.delta.content ?? ''
      return isOwn({ text }, number)
    }),
  )
}

describe('AB-06 two hundred calls at the same time', () => {
  it.concurrent.each(vendors)(
    'on a dead vendor: all are served with their own answers, one opening, then silence (%s)',
    async (vendor) => {
      await using bench = await openBench()
      const { simulator, client } = bench
      simulator.answer('*', (turn) => ({
        deltas: ['told ', /request-\d+-of-many/.exec(turn.lastText)?.[0] ?? '?', ' in ', 'full'],
      }))
      simulator.fail(vendor, 'http-503')
      expect(await twoHundred(client.agent(vendor))).not.toContain(false)
      const before = wireOf(simulator, vendor)
      expect(await twoHundred(client.agent(vendor))).not.toContain(false)
      expect(wireOf(simulator, vendor)).toBe(before)
      const trail = await bench.events()
      expect([count(trail, 'breaker.opened'), count(trail, 'request.completed'), count(trail, 'route.switched')]).toEqual([
        1, 400, 400,
      ])
      expect(count(trail, 'attempt.started')).toBe(simulator.requests.length)
      await simulator.settled()
    },
  )
})
