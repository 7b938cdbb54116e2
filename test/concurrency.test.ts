import fc from 'fast-check'
import { APIConnectionTimeoutError, APIUserAbortError, RateLimitError } from 'openai'
import { describe, expect, it } from 'vitest'
import type { ModelCard, RouterOptions } from '../src/index.ts'
import { createRouter, memoryAudit, routeOf } from '../src/index.ts'
import type { Slot, Ticket } from '../src/limiter.ts'
import { Limiter } from '../src/limiter.ts'
import type { FakeScriptStep } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider, stall } from '../src/testing/index.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]

const plain: ModelCard = { provider: 'c', id: 'm', tier: 'standard', input: ['text'], features: [], prices: null }

/** A target `a/m` that takes two calls at a time and lets two requests wait, and `b/m` without a limit. */
function limited(script: FakeScriptStep = answer('a', { delayMs: 1000 }), options: Partial<RouterOptions> = {}) {
  const clock = fakeClock()
  const audit = memoryAudit()
  const a = fakeProvider({ id: 'a', models: ['m'], script, clock })
  const b = fakeProvider({ id: 'b', models: ['m'], script: answer('b'), clock })
  const client = createRouter({
    providers: [a, b],
    models: { either: ['a/m', 'b/m'] },
    targets: { 'a/m': { maxConcurrent: 2, maxQueue: 2, queueMs: 5000 } },
    clock,
    audit,
    ...options,
  })
  const ask = (model: string, signal?: AbortSignal) =>
    client.chat.completions.create({ model, messages }, { maxRetries: 0, ...(signal !== undefined && { signal }) })
  /** So many calls to `a/m`, made at once. */
  const crowd = async (count: number) => {
    const calls = Array.from({ length: count }, () => ask('a/m').catch((error: unknown) => error))
    await clock.advanceAsync(0)
    return calls
  }
  const events = (type: string) => audit.records.filter(({ event }) => event.type === type).map(({ event }) => event)
  return { client, a, b, clock, audit, ask, crowd, events }
}

describe('a target with a limit of attempts under way', () => {
  it('leaves what is beyond it to the next target, at once', async () => {
    const { ask, a, b, clock, events } = limited()
    const calls = Array.from({ length: 5 }, () => ask('either'))
    await clock.advanceAsync(0)
    expect([a.calls.length, b.calls.length]).toEqual([2, 3])
    await clock.advanceAsync(1000)
    const served = (await Promise.all(calls)).map((completion) => routeOf(completion)?.target)
    expect(served).toEqual(['a/m', 'a/m', 'b/m', 'b/m', 'b/m'])
    expect(events('target.skipped')).toEqual(
      Array.from({ length: 3 }, () => ({ type: 'target.skipped', target: 'a/m', reason: 'busy' })),
    )
  })

  it('lets requests wait where no other target is left, and serves them in the order of their arrival', async () => {
    const order: string[] = []
    const { client, a, clock, events } = limited(({ request }) => {
      order.push(String(request.user))
      return answer('a', { delayMs: 1000 })
    })
    const calls = ['1', '2', '3', '4'].map((user) => client.chat.completions.create({ model: 'a/m', messages, user }))
    await clock.advanceAsync(0)
    expect(a.calls).toHaveLength(2)
    await clock.advanceAsync(1000)
    expect(a.calls).toHaveLength(4)
    await clock.advanceAsync(1000)
    await Promise.all(calls)
    expect(order).toEqual(['1', '2', '3', '4'])
    expect(events('request.queued')).toEqual([
      { type: 'request.queued', target: 'a/m' },
      { type: 'request.queued', target: 'a/m' },
    ])
  })

  it('refuses what its queue has no room for, with a 429 that says when to come back', async () => {
    const { crowd, clock, a, events } = limited()
    const calls = await crowd(5)
    const refused = await calls[4]
    expect(refused).toBeInstanceOf(RateLimitError)
    expect(refused).toMatchObject({ status: 429, code: 'queue_full', type: 'router_error' })
    expect(refused instanceof RateLimitError && refused.headers?.get('retry-after-ms')).toBe('500')
    expect(events('request.failed')).toMatchObject([{ kind: 'rate_limit', status: 429, code: 'queue_full', attempts: 0 }])
    await clock.advanceAsync(2000)
    await Promise.all(calls)
    expect(a.calls).toHaveLength(4)
  })

  it('lets nobody wait longer than queueMs', async () => {
    const { crowd, clock, a } = limited(stall(), { clocks: { attemptMs: 60_000 } })
    const calls = await crowd(3)
    await clock.advanceAsync(5000)
    expect(await calls[2]).toMatchObject({ status: 429, code: 'queue_timeout' })
    await clock.advanceAsync(55_000)
    await Promise.all(calls)
    expect(a.calls).toHaveLength(2)
  })

  it('lets nobody wait longer than totalMs: RT-07', async () => {
    const { crowd, client, clock } = limited(stall(), { clocks: { attemptMs: 60_000 } })
    const calls = await crowd(2)
    const hasty = client.with({ clocks: { totalMs: 300 } }).chat.completions.create({ model: 'a/m', messages })
    const refused = hasty.catch((error: unknown) => error)
    await clock.advanceAsync(300)
    expect(await refused).toBeInstanceOf(APIConnectionTimeoutError)
    await clock.advanceAsync(60_000)
    await Promise.all(calls)
  })

  it('lets whoever aborts leave the queue, and the others move up', async () => {
    const { ask, crowd, clock, a, events } = limited()
    const running = await crowd(2)
    const leaving = new AbortController()
    const left = ask('a/m', leaving.signal).catch((error: unknown) => error)
    const stays = ask('a/m')
    await clock.advanceAsync(0)
    leaving.abort()
    expect(await left).toBeInstanceOf(APIUserAbortError)
    const third = ask('a/m')
    await clock.advanceAsync(1000)
    expect(a.calls).toHaveLength(4)
    await clock.advanceAsync(1000)
    await Promise.all([...running, stays, third])
    expect(events('request.cancelled')).toHaveLength(1)
  })

  it('gives no slot away to who has left in the very moment of getting it', async () => {
    const { ask, crowd, clock, a } = limited()
    const running = await crowd(2)
    const leaving = new AbortController()
    const left = ask('a/m', leaving.signal).catch((error: unknown) => error)
    await clock.advanceAsync(999)
    clock.setTimeout(() => leaving.abort(), 1)
    await clock.advanceAsync(1)
    expect(await left).toBeInstanceOf(APIUserAbortError)
    await Promise.all(running)
    const later = await crowd(2)
    expect(a.calls.length).toBeGreaterThanOrEqual(4)
    await clock.advanceAsync(1000)
    expect(await Promise.all(later)).toMatchObject([{ object: 'chat.completion' }, { object: 'chat.completion' }])
  })

  it.each([
    ['after a failure', fail({ status: 503 })],
    ['after an answer that is none', fail({ kind: 'malformed' })],
    ['after a refused key', fail({ status: 401 })],
    ['after the caller has been told', fail({ status: 400 })],
  ])('gets its slots back %s', async (_name, failure) => {
    const { crowd, a } = limited(failure, { breaker: { failures: 1000 } })
    for (let round = 0; round < 5; round++) await Promise.all(await crowd(2))
    expect(a.calls).toHaveLength(10)
  })

  it('counts a stream until its end, until it is left, or until its time is over', async () => {
    const { client, clock, ask } = limited(answer('hello there'), { targets: { 'a/m': { maxConcurrent: 2, maxQueue: 0 } } })
    const open = () => client.chat.completions.create({ model: 'a/m', messages, stream: true })
    const isFree = async () =>
      ask('a/m').then(
        () => true,
        () => false,
      )
    const first = await open()
    await open()
    expect(await isFree()).toBe(false)
    for await (const chunk of first) void chunk
    expect(await isFree()).toBe(true)
    const third = await open()
    third.controller.abort()
    await clock.advanceAsync(0)
    expect(await isFree()).toBe(true)
    const fourth = await open()
    expect(await isFree()).toBe(false)
    // The second was never read.
    await clock.advanceAsync(600_000)
    expect(await isFree()).toBe(true)
    fourth.controller.abort()
  })

  it('is not waited for while its circuit is open', async () => {
    const { client, ask } = limited()
    client.breakers.trip('a/m')
    await expect(ask('a/m')).rejects.toMatchObject({ status: 503, code: 'all_circuits_open' })
    expect(routeOf(await ask('either'))?.target).toBe('b/m')
  })

  it('is waited for where the only other target has failed', async () => {
    const { clock, a } = limited()
    const other = fakeProvider({ id: 'c', models: ['m'], script: fail({ status: 401 }), clock })
    const router = createRouter({
      providers: [a, other],
      models: { either: ['a/m', 'c/m'] },
      targets: { 'a/m': { maxConcurrent: 1 } },
      clock,
    })
    const running = router.chat.completions.create({ model: 'either', messages })
    await clock.advanceAsync(0)
    const waiting = router.chat.completions.create({ model: 'either', messages })
    await clock.advanceAsync(2000)
    expect(routeOf(await waiting)).toMatchObject({ target: 'a/m', attempts: 2, failed: [{ target: 'c/m' }] })
    await running
  })

  it('is not waited for where its window is too small, as another one has shown', async () => {
    const clock = fakeClock()
    const outgrown = fail({ kind: 'context_length', status: 400 })
    const larger = fakeProvider({ id: 'c', models: [{ ...plain, contextWindow: 20_000 }], script: outgrown, clock })
    const client = createRouter({
      providers: [
        fakeProvider({ id: 'a', models: [{ ...plain, provider: 'a', contextWindow: 10_000 }], script: stall(), clock }),
        larger,
      ],
      models: { either: ['a/m', 'c/m'] },
      targets: { 'a/m': { maxConcurrent: 1 } },
      onContextLength: 'switch',
      clock,
    })
    const leaving = new AbortController()
    const body = { model: 'either', messages }
    const running = client.chat.completions.create(body, { signal: leaving.signal }).catch((error: unknown) => error)
    await clock.advanceAsync(0)
    await expect(client.chat.completions.create(body)).rejects.toMatchObject({ status: 400 })
    leaving.abort()
    await running
  })

  it('ends what waits when the router is closed', async () => {
    const { client, crowd } = limited(stall())
    const calls = await crowd(4)
    await client.close()
    for (const call of calls) expect(await call).toBeInstanceOf(APIUserAbortError)
  })

  it.each([
    ['targets.a/m.maxConcurrent', { 'a/m': { maxConcurrent: 0 } }],
    ['targets.a/m.maxConcurrent', { 'a/m': { maxQueue: 3 } }],
    ['targets.a/m.maxQueue', { 'a/m': { maxConcurrent: 1, maxQueue: -1 } }],
    ['targets.z/m', { 'z/m': { maxConcurrent: 1 } }],
    ['targets.either', { either: { maxConcurrent: 1 } }],
  ])('is checked: %s', (field, targets) => {
    expect(() => limited(undefined, { targets })).toThrow(expect.objectContaining({ field }))
  })
})

describe('the limiter', () => {
  const limit = { queueMs: 1000 }

  it('never gives out more slots than there are, serves in order of arrival, and gets every slot back', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('ask' as const) }),
      fc.record({ do: fc.constant('end' as const), which: fc.nat() }),
      fc.record({ do: fc.constant('endTwice' as const), which: fc.nat() }),
      fc.record({ do: fc.constant('leave' as const), which: fc.nat() }),
    )
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.nat(4), fc.array(step, { maxLength: 60 }), async (slots, room, steps) => {
        const limiter = new Limiter({ maxConcurrent: slots, maxQueue: room, ...limit }, fakeClock())
        let held: Slot[] = []
        const waiting: { readonly number: number; readonly ticket: Ticket }[] = []
        const served: number[] = []
        let arrivals = 0
        const seated = async (place: (typeof waiting)[number]): Promise<void> => {
          const given = await place.ticket.granted
          waiting.splice(waiting.indexOf(place), 1)
          if (given === undefined) return
          served.push(place.number)
          held.push(given)
        }
        const ask = (): void => {
          const slot = limiter.take()
          if (slot !== undefined) {
            expect(waiting).toEqual([])
            held.push(slot)
            return
          }
          expect(held).toHaveLength(slots)
          const ticket = limiter.join()
          expect(ticket === undefined).toBe(waiting.length === room)
          if (ticket === undefined) return
          const place = { number: arrivals++, ticket }
          waiting.push(place)
          void seated(place)
        }
        for (const each of steps) {
          if (each.do === 'ask') ask()
          else if (each.do === 'leave') waiting[each.which % waiting.length]?.ticket.leave()
          else {
            const slot = held[each.which % held.length]
            held = held.filter((other) => other !== slot)
            slot?.[Symbol.dispose]()
            if (each.do === 'endTwice') slot?.[Symbol.dispose]()
          }
          await Promise.resolve()
          await Promise.resolve()
          expect(held.length).toBeLessThanOrEqual(slots)
          if (waiting.length > 0) expect(held).toHaveLength(slots)
        }
        expect(served).toEqual(served.toSorted((one, other) => one - other))
        for (const { ticket } of waiting.splice(0)) ticket.leave()
        for (const slot of held) slot[Symbol.dispose]()
        const again = Array.from({ length: slots + 1 }, () => limiter.take())
        expect(again.map((slot) => slot !== undefined)).toEqual([...Array.from({ length: slots }, () => true), false])
      }),
    )
  })
})
