import { describe, expect, it } from 'vitest'
import type { ModelGroup, RouterOptions } from '../src/index.ts'
import { createRouter, routeOf } from '../src/index.ts'
import type { FakeScriptStep } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider, stream } from '../src/testing/index.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]

/** Three fake providers, and the alias `fast` that shares traffic among the first two. */
function shared(
  share: ModelGroup['share'],
  scripts: { readonly a?: FakeScriptStep; readonly b?: FakeScriptStep; readonly weight?: number } = {},
  options: Partial<RouterOptions> = {},
) {
  const clock = fakeClock()
  const make = (id: string, script: FakeScriptStep = answer(id)) => fakeProvider({ id, models: ['m'], script, clock })
  const [a, b, c] = [make('a', scripts.a), make('b', scripts.b), make('c')]
  const client = createRouter({
    providers: [a, b, c],
    models: { fast: { targets: [{ target: 'a/m', weight: scripts.weight ?? 1 }, 'b/m'], share } },
    clock,
    ...options,
  })
  const ask = (model = 'fast') => client.chat.completions.create({ model, messages })
  const target = async (model?: string) => routeOf(await ask(model))?.target
  /** A call that ends only when the clock has moved: its target's answer takes time. */
  const begin = async (model?: string) => {
    const asked = ask(model)
    await clock.advanceAsync(0)
    return asked
  }
  return { client, a, b, c, clock, ask, target, begin }
}

async function read(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of chunks) void chunk
}

const taking = (delays: { ms: number }) => () => answer('x', { delayMs: delays.ms })

/** What becomes of a call within two seconds. */
async function timed(served: Promise<string | undefined>, clock: ReturnType<typeof fakeClock>): Promise<string | undefined> {
  await clock.advanceAsync(2000)
  return served
}

async function times<Result>(count: number, make: () => Promise<Result>): Promise<readonly Result[]> {
  const results: Result[] = []
  for (let index = 0; index < count; index++) results.push(await make())
  return results
}

describe('traffic shared by weight', () => {
  it.each([1, 3, 9])('goes to the targets in proportion, within two calls: %i to 1', async (weight) => {
    const { target } = shared('weight', { weight })
    const served = await times(100, target)
    const expected = (100 * weight) / (weight + 1)
    expect(Math.abs(served.filter((id) => id === 'a/m').length - expected)).toBeLessThanOrEqual(2)
  })

  it('is spread as evenly over calls that are made at once', async () => {
    const { target, a, b } = shared('weight')
    await Promise.all(Array.from({ length: 20 }, () => target()))
    expect(Math.abs(a.calls.length - b.calls.length)).toBeLessThanOrEqual(2)
  })

  it('explains the order that the next call takes, however often it is asked', async () => {
    const { client, target } = shared('weight')
    const both = await times(10, async () => {
      const asked = await times(3, async () => (await client.explain({ model: 'fast', messages })).chain[0]?.target)
      return [...asked, await target()]
    })
    for (const each of both) expect(new Set(each).size).toBe(1)
    expect(new Set(both.flat())).toEqual(new Set(['a/m', 'b/m']))
  })

  it('says in the decision how the traffic was shared', async () => {
    const { client } = shared('weight', { weight: 3 })
    const { shared: orders, chain } = await client.explain({ model: 'fast', messages })
    expect(orders).toHaveLength(1)
    expect(orders?.[0]).toMatchObject({ model: 'fast', by: 'weight' })
    expect(orders?.[0]?.order.map(({ target }) => target)).toEqual(chain.map(({ target }) => target))
    expect(orders?.[0]?.order).toContainEqual({ target: 'a/m', weight: 3, pending: 0, latencyMs: null })
  })

  it('decides the order only: whoever fails is followed by the others', async () => {
    const { ask, a } = shared('weight', { a: fail({ status: 503 }) })
    const routes = (await times(20, () => ask())).map((completion) => routeOf(completion))
    expect(routes.every((route) => route?.target === 'b/m')).toBe(true)
    // At least nine of twenty calls are meant for it. Its circuit opens after five failures; from then on it is not even asked.
    expect(a.calls).toHaveLength(5)
  })

  it('holds wherever the name stands: in an agent, a tier, a list', async () => {
    const options = {
      models: { fast: { targets: ['a/m', 'b/m'], share: 'weight' as const }, preferred: ['c/m', 'fast'] },
      agents: { support: { primary: 'fast', fallback: ['c/m'] } },
      tiers: { simple: ['fast', 'c/m'] },
    }
    const { client } = shared('weight', {}, options)
    const chains = async (model: string, from = client) =>
      times(20, async () => {
        const { chain } = (routeOf(await from.chat.completions.create({ model, messages })) ?? { decision: { chain: [] } }).decision
        return chain.map(({ target }) => target).join(' ')
      })
    expect(new Set(await chains('auto', client.agent('support')))).toEqual(new Set(['a/m b/m c/m', 'b/m a/m c/m']))
    expect(new Set(await chains('tier:simple'))).toEqual(new Set(['a/m b/m c/m', 'b/m a/m c/m']))
    expect(new Set(await chains('preferred'))).toEqual(new Set(['c/m a/m b/m', 'c/m b/m a/m']))
  })

  it('leaves a plain list in order of preference', async () => {
    const { target } = shared('weight', {}, { models: { fast: ['b/m', 'a/m'] } })
    expect(new Set(await times(5, target))).toEqual(new Set(['b/m']))
  })
})

describe('traffic shared by least pending', () => {
  const slow = answer('slow', { delayMs: 1000 })

  it('goes to whoever has the fewest attempts under way', async () => {
    const { client, begin, clock, a, b } = shared('least-pending', { a: slow, b: slow })
    const running = [begin(), begin(), begin(), begin(), begin()]
    await clock.advanceAsync(0)
    expect(Math.abs(a.calls.length - b.calls.length)).toBe(1)
    const { shared: orders } = await client.explain({ model: 'fast', messages })
    expect(orders?.[0]?.order.map(({ pending }) => pending)).toEqual([2, 3])
    await clock.advanceAsync(1000)
    await Promise.all(running)
    const after = await client.explain({ model: 'fast', messages })
    expect(after.shared?.[0]?.order.map(({ pending }) => pending)).toEqual([0, 0])
  })

  it('counts attempts of other calls to the same target, whatever they were asked as', async () => {
    const { begin, clock, target } = shared('least-pending', { a: slow })
    const direct = begin('a/m')
    await clock.advanceAsync(0)
    expect(await times(4, target)).toEqual(['b/m', 'b/m', 'b/m', 'b/m'])
    await clock.advanceAsync(1000)
    await direct
  })

  it('divides what is under way by the weight', async () => {
    const { begin, clock, a, b } = shared('least-pending', { a: slow, b: slow, weight: 3 })
    const running = Array.from({ length: 8 }, () => begin())
    await clock.advanceAsync(0)
    expect([a.calls.length, b.calls.length]).toEqual([6, 2])
    await clock.advanceAsync(1000)
    await Promise.all(running)
  })

  it('counts a stream until its end, and one that is left until then', async () => {
    const { client, clock } = shared('least-pending')
    const pending = async (): Promise<number> => {
      const { shared: orders } = await client.explain({ model: 'fast', messages })
      return orders?.[0]?.order.reduce((sum, each) => sum + each.pending, 0) ?? Number.NaN
    }
    const answered = await client.chat.completions.create({ model: 'fast', messages, stream: true })
    expect(await pending()).toBe(1)
    await answered[Symbol.asyncIterator]().next()
    expect(await pending()).toBe(1)
    answered.controller.abort()
    expect(await pending()).toBe(0)
    const unread = await client.chat.completions.create({ model: 'fast', messages, stream: true })
    expect(await pending()).toBe(1)
    await clock.advanceAsync(600_000)
    expect(await pending()).toBe(0)
    await expect(unread[Symbol.asyncIterator]().next()).rejects.toThrow()
  })
})

describe('traffic shared by latency', () => {
  it('finds out about each target once, and then goes to the fastest', async () => {
    const { target, clock } = shared('latency', { a: answer('a', { delayMs: 900 }), b: answer('b', { delayMs: 100 }) })
    const served = await times(6, () => timed(target(), clock))
    expect(new Set(served.slice(0, 2))).toEqual(new Set(['a/m', 'b/m']))
    expect(served.slice(2)).toEqual(['b/m', 'b/m', 'b/m', 'b/m'])
  })

  it('leaves a target with its first slow answer, and comes back to it some time later', async () => {
    const [a, b] = [{ ms: 100 }, { ms: 300 }]
    const { target, clock, client } = shared('latency', { a: taking(a), b: taking(b) })
    await times(3, () => timed(target(), clock))
    a.ms = 1900
    expect(await timed(target(), clock)).toBe('a/m')
    expect(await timed(target(), clock)).toBe('b/m')
    a.ms = 100
    await clock.advanceAsync(60_000)
    const { shared: orders } = await client.explain({ model: 'fast', messages })
    for (const { latencyMs } of orders?.[0]?.order ?? []) expect(latencyMs).toBeLessThan(10)
    expect(new Set(await times(4, () => timed(target(), clock)))).toEqual(new Set(['a/m', 'b/m']))
  })

  it('weighs what is under way: the fastest does not get everything', async () => {
    const { target, begin, clock, a, b } = shared('latency', {
      a: answer('a', { delayMs: 100 }),
      b: answer('b', { delayMs: 150 }),
    })
    await times(2, () => timed(target(), clock))
    const running = Array.from({ length: 4 }, () => begin())
    await clock.advanceAsync(0)
    expect(Math.min(a.calls.length, b.calls.length)).toBeGreaterThanOrEqual(2)
    await clock.advanceAsync(1000)
    await Promise.all(running)
  })

  it('does not take a quick failure for a quick target', async () => {
    let isDown = false
    const { target, clock, a } = shared('latency', {
      a: () => (isDown ? fail({ status: 503 }) : answer('a', { delayMs: 500 })),
      b: answer('b', { delayMs: 200 }),
    })
    await times(2, () => timed(target(), clock))
    isDown = true
    await times(4, () => timed(target(), clock))
    expect(a.calls).toHaveLength(1)
  })

  it('measures streams to their first token, apart from whole answers', async () => {
    const { client, clock, target } = shared('latency', {
      a: answer('a', { delayMs: 100 }),
      b: stream(['b', 'b'], { chunkMs: 700 }),
    })
    const latencies = async (isStream: boolean) => {
      const { shared: orders } = await client.explain({ model: 'fast', messages, stream: isStream })
      return new Map(orders?.[0]?.order.map((each) => [each.target, each.latencyMs]))
    }
    const reading = client.chat.completions.create({ model: 'b/m', messages, stream: true }).then(read)
    await clock.advanceAsync(1400)
    await reading
    expect(await latencies(true)).toEqual(
      new Map([
        ['b/m', 700],
        ['a/m', null],
      ]),
    )
    expect(await latencies(false)).toEqual(
      new Map([
        ['a/m', null],
        ['b/m', null],
      ]),
    )
    await timed(target(), clock)
    expect([...(await latencies(false)).values()].filter((each) => each !== null)).toHaveLength(1)
  })
})

describe('what a group must be like', () => {
  it.each([
    ['models.fast', { targets: [], share: 'weight' }],
    ['models.fast', { targets: ['a/m'], share: 'luck' }],
    ['models.fast', { targets: [{ target: 'a/m', weight: 0 }], share: 'weight' }],
    ['models.fast', { targets: [{ target: 'a/m', weigth: 2 }], share: 'weight' }],
    ['models.fast.targets[1]', { targets: ['a/m', 'z/unheard'], share: 'weight' }],
    ['models.fast.targets[0].target', { targets: [{ target: 'auto' }], share: 'weight' }],
  ])('is told by the name of the field: %s of %j', (field, group) => {
    const make = () => shared('weight', {}, JSON.parse(JSON.stringify({ models: { fast: group } })))
    expect(make).toThrow(expect.objectContaining({ field: expect.stringContaining(field) }))
  })
})
