import type OpenAI from 'openai'
import { APIUserAbortError } from 'openai'
import { describe, expect, it } from 'vitest'
import type { HedgeOptions, ModelCard, RouterOptions } from '../src/index.ts'
import { attemptsOf, createRouter, memoryAudit, routeOf, Secret } from '../src/index.ts'
import type { FakeScriptStep } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider, stall, stream } from '../src/testing/index.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]

/** One dollar for a million tokens of prompt, ten for a million of answer: a call is expected to cost about a cent. */
function card(provider: string, prices = true): ModelCard {
  const known = { input: 1, output: 10, source: 'test', asOf: '2026-01-01' }
  return { provider, id: 'm', tier: 'standard', input: ['text'], features: ['streaming', 'n'], prices: prices ? known : null }
}

const afterASecond: HedgeOptions = { afterMs: 1000, maxCostUsd: 0.02 }

/** `a` and then `b`, and then `c`, with hedging after a second. */
function three(
  scripts: { readonly a?: FakeScriptStep | readonly FakeScriptStep[]; readonly b?: FakeScriptStep; readonly c?: FakeScriptStep },
  options: Partial<RouterOptions> = {},
) {
  const clock = fakeClock()
  const audit = memoryAudit()
  const make = (id: 'a' | 'b' | 'c') => fakeProvider({ id, models: [card(id)], script: scripts[id] ?? answer(`from ${id}`), clock })
  const [a, b, c] = [make('a'), make('b'), make('c')]
  const client = createRouter({
    providers: [a, b, c],
    models: { chain: ['a/m', 'b/m', 'c/m'] },
    hedge: afterASecond,
    maxRetries: 0,
    clock,
    audit,
    ...options,
  })
  const ask = (from: OpenAI = client, signal?: AbortSignal) =>
    from.chat.completions.create({ model: 'chain', messages }, signal === undefined ? {} : { signal })
  /** What the trail says of the attempts, and of the race. */
  const story = () =>
    audit.records.flatMap(({ event }) => {
      if (event.type === 'attempt.started' || event.type === 'attempt.succeeded') return [`${event.type} ${event.target}`]
      if (event.type === 'attempt.failed') return [`${event.type} ${event.target} ${event.kind}`]
      return event.type === 'route.hedged' ? [`${event.type} ${event.from} ${event.to} ${event.afterMs}`] : []
    })
  return { client, a, b, c, clock, audit, ask, story }
}

/** `a` answers within 1 to 20 tenths of a second, in turn, and then takes as long as it likes. */
function measured(minSamples?: number) {
  const delays = { calls: 0 }
  const setup = three(
    {
      a: () => {
        delays.calls += 1
        return delays.calls <= 20 ? answer('a', { delayMs: delays.calls * 100 }) : stall()
      },
    },
    { hedge: { maxCostUsd: 1, ...(minSamples !== undefined && { minSamples }) } },
  )
  const next = async () => {
    const completion = setup.ask()
    await setup.clock.advanceAsync(3000)
    return completion
  }
  return { ...setup, next }
}

describe('hedging a unary call', () => {
  it('asks nobody else by default: RT-13', async () => {
    const { client, a, b, clock } = three({ a: answer('late', { delayMs: 50_000 }) })
    const completion = client.with({ hedge: false }).chat.completions.create({ model: 'chain', messages })
    await clock.advanceAsync(50_000)
    expect(routeOf(await completion)?.target).toBe('a/m')
    expect([a.calls.length, b.calls.length]).toEqual([1, 0])
  })

  it('asks the second target once the first takes long; who answers first wins, the other is aborted, both are audited', async () => {
    const { ask, a, b, c, clock, story } = three({ a: stall() })
    const completion = ask()
    await clock.advanceAsync(999)
    expect(b.calls).toHaveLength(0)
    await clock.advanceAsync(1)
    const answered = await completion
    expect(routeOf(answered)).toMatchObject({ target: 'b/m', attempts: 2, failed: [{ target: 'a/m', kind: 'outrun' }] })
    expect(a.calls[0]?.aborted).toBe(true)
    expect(c.calls).toHaveLength(0)
    expect(story()).toEqual([
      'attempt.started a/m',
      'route.hedged a/m b/m 1000',
      'attempt.started b/m',
      'attempt.failed a/m outrun',
      'attempt.succeeded b/m',
    ])
  })

  it('keeps the first where it answers after all, and stops the second', async () => {
    const { ask, b, clock, story } = three({ a: answer('late', { delayMs: 1500 }), b: stall() })
    const completion = ask()
    await clock.advanceAsync(1500)
    expect(routeOf(await completion)?.target).toBe('a/m')
    expect(b.calls[0]?.aborted).toBe(true)
    expect(story().slice(-2)).toEqual(['attempt.failed b/m outrun', 'attempt.succeeded a/m'])
  })

  it('costs nothing more where the first is in time', async () => {
    const { ask, b, clock } = three({ a: answer('in time', { delayMs: 999 }) })
    const completion = ask()
    await clock.advanceAsync(1000)
    expect(routeOf(await completion)).toMatchObject({ target: 'a/m', attempts: 1 })
    expect(b.calls).toHaveLength(0)
    expect(clock.pending).toBe(0)
  })

  it('books the loser, by estimate', async () => {
    const { client, ask, clock, audit } = three({ a: stall() })
    const completion = ask()
    await clock.advanceAsync(1000)
    await completion
    const [row] = client.ledger.totals({ by: ['provider'], where: { provider: 'a' } })
    expect(row).toMatchObject({ calls: 1, failures: 0 })
    expect(row?.spentUsd).toBeGreaterThan(0)
    const lost = audit.records.map(({ event }) => event).find((event) => event.type === 'attempt.failed')
    expect(lost).toMatchObject({ usageSource: 'estimated', costUsd: row?.spentUsd })
  })

  it('leaves the breakers alone: losing is no failure', async () => {
    const { client, ask, clock } = three({ a: stall() }, { breaker: { failures: 1 } })
    const completion = ask()
    await clock.advanceAsync(1000)
    await completion
    expect(client.breakers.list().find(({ target }) => target === 'a/m')).toMatchObject({ state: 'closed', consecutiveErrors: 0 })
  })

  it('waits for the other one where one fails', async () => {
    const first = three({ a: fail({ status: 503, delayMs: 1200 }), b: answer('b', { delayMs: 500 }) })
    const completion = first.ask()
    await first.clock.advanceAsync(1500)
    expect(routeOf(await completion)).toMatchObject({ target: 'b/m', attempts: 2, failed: [{ target: 'a/m', kind: 'server' }] })
    const second = three({ a: answer('a', { delayMs: 1500 }), b: fail({ status: 503 }) })
    const other = second.ask()
    await second.clock.advanceAsync(1500)
    expect(routeOf(await other)).toMatchObject({ target: 'a/m', attempts: 2, failed: [{ target: 'b/m', kind: 'server' }] })
    expect([first.c.calls.length, second.c.calls.length]).toEqual([0, 0])
  })

  it('goes on down the chain where both fail, and asks neither again', async () => {
    const { ask, a, b, clock } = three({ a: fail({ status: 503, delayMs: 1500 }), b: fail({ status: 500, delayMs: 100 }) })
    const completion = ask()
    await clock.advanceAsync(1500)
    expect(routeOf(await completion)).toMatchObject({ target: 'c/m', attempts: 3 })
    expect([a.calls.length, b.calls.length]).toEqual([1, 1])
  })

  it('ends with a failure that every target would share, and stops the other one', async () => {
    const { ask, a, clock } = three({ a: stall(), b: fail({ status: 400 }) })
    const completion = ask().catch((error: unknown) => error)
    await clock.advanceAsync(1000)
    const error = await completion
    expect(error).toMatchObject({ status: 400 })
    expect(attemptsOf(error).map(({ kind }) => kind)).toEqual(['invalid_request', 'outrun'])
    expect(a.calls[0]?.aborted).toBe(true)
  })

  it('aborts both where the caller leaves', async () => {
    const { ask, a, b, clock, story } = three({ a: stall(), b: stall() })
    const leaving = new AbortController()
    const completion = ask(undefined, leaving.signal).catch((error: unknown) => error)
    await clock.advanceAsync(1000)
    leaving.abort()
    expect(await completion).toBeInstanceOf(APIUserAbortError)
    expect([a.calls[0]?.aborted, b.calls[0]?.aborted]).toEqual([true, true])
    expect(story().slice(-2).toSorted()).toEqual(['attempt.failed a/m aborted', 'attempt.failed b/m aborted'])
    expect(clock.pending).toBe(0)
  })

  it('ends both with the time of the whole request', async () => {
    const { client, a, b, clock } = three({ a: stall(), b: stall() }, { clocks: { totalMs: 3000 } })
    const completion = client.chat.completions.create({ model: 'chain', messages }).catch((error: unknown) => error)
    await clock.advanceAsync(3000)
    expect(await completion).toMatchObject({ message: expect.stringContaining('totalMs') })
    expect([a.calls[0]?.aborted, b.calls[0]?.aborted]).toEqual([true, true])
    expect(clock.pending).toBe(0)
  })

  it('passes over who is held back, and asks nobody where nobody is left', async () => {
    const first = three({ a: answer('a', { delayMs: 2000 }) })
    first.client.breakers.trip('b/m')
    const completion = first.ask()
    await first.clock.advanceAsync(1000)
    expect(routeOf(await completion)?.target).toBe('c/m')
    const alone = three({ a: answer('a', { delayMs: 2000 }) })
    alone.client.breakers.trip('b/m')
    alone.client.breakers.trip('c/m')
    const waiting = alone.ask()
    await alone.clock.advanceAsync(2000)
    expect(routeOf(await waiting)).toMatchObject({ target: 'a/m', attempts: 1 })
  })

  it('counts towards maxAttempts', async () => {
    const { ask, b, clock } = three({ a: answer('a', { delayMs: 2000 }) }, { maxAttempts: 1 })
    const completion = ask()
    await clock.advanceAsync(2000)
    expect(routeOf(await completion)?.target).toBe('a/m')
    expect(b.calls).toHaveLength(0)
  })

  it('recalls a second attempt that still waits for its key when the first has answered', async () => {
    const { promise, resolve } = Promise.withResolvers<Secret>()
    const clock = fakeClock()
    const a = fakeProvider({ id: 'a', models: [card('a')], script: answer('a', { delayMs: 1500 }), clock })
    const b = fakeProvider({ id: 'b', models: [card('b')], key: 'B_KEY', script: answer('b'), clock })
    const audit = memoryAudit()
    const client = createRouter({
      providers: [a, b],
      models: { chain: ['a/m', 'b/m'] },
      hedge: afterASecond,
      keys: { get: () => promise },
      clock,
      audit,
    })
    const completion = client.chat.completions.create({ model: 'chain', messages })
    await clock.advanceAsync(1500)
    expect(routeOf(await completion)).toMatchObject({ target: 'a/m', attempts: 1 })
    resolve(new Secret('late'))
    await clock.advanceAsync(0)
    expect(b.calls).toHaveLength(0)
    expect(audit.records.map(({ event }) => event.type)).not.toContain('target.skipped')
    expect(client.breakers.list().find(({ target }) => target === 'b/m')?.state).toBe('closed')
  })
})

const open = (client: OpenAI) => client.chat.completions.create({ model: 'chain', messages, stream: true })
/** Has its headers and its role at once, and its first content after so long. */
const contentAfter = (chunkMs: number) => stream(['slow ', 'words'], { chunkMs })

const chunksOf = async (from: OpenAI) => {
  const chunks: OpenAI.ChatCompletionChunk[] = []
  for await (const chunk of await open(from)) chunks.push({ ...chunk, id: '' })
  return chunks
}

async function textOf(chunks: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += chunk.choices[0]?.delta.content ?? ''
  return text
}

describe('hedging a stream', () => {
  it('asks the second target where the first has sent no content, whatever headers it has sent', async () => {
    const { client, a, clock, story, audit } = three({ a: contentAfter(30_000), b: stream(['quick ', 'words']) })
    const opening = open(client)
    await clock.advanceAsync(1000)
    const answered = await opening
    expect(await textOf(answered)).toBe('quick words')
    expect(routeOf(answered)).toMatchObject({ target: 'b/m', attempts: 2, failed: [{ target: 'a/m', kind: 'outrun' }] })
    expect(a.calls[0]?.aborted).toBe(true)
    expect(story()).toEqual([
      'attempt.started a/m',
      'route.hedged a/m b/m 1000',
      'attempt.started b/m',
      'attempt.failed a/m outrun',
      'attempt.succeeded b/m',
    ])
    expect(audit.records.filter(({ event }) => event.type === 'stream.committed')).toHaveLength(1)
  })

  it('keeps the first where it has content first; nothing of the two is mixed, and nothing is lost', async () => {
    const { client, b, clock } = three({ a: contentAfter(1500), b: contentAfter(700) })
    const opening = open(client)
    await clock.advanceAsync(1500)
    const reading = opening.then(textOf)
    await clock.advanceAsync(5000)
    expect(await reading).toBe('slow words')
    expect(routeOf(await opening)?.target).toBe('a/m')
    expect(b.calls[0]?.aborted).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('has the same chunks as without hedging', async () => {
    const { client } = three({ a: stream(['one ', 'two ', 'three']) })
    expect(await chunksOf(client)).toEqual(await chunksOf(client.with({ hedge: false })))
  })

  it('tells the time to the first token as it was, however late the caller reads', async () => {
    const { client, clock, audit } = three({ a: contentAfter(400) })
    const opening = open(client)
    await clock.advanceAsync(400)
    const answered = await opening
    await clock.advanceAsync(5000)
    const reading = textOf(answered)
    await clock.advanceAsync(1000)
    await reading
    const done = audit.records.map(({ event }) => event).find((event) => event.type === 'attempt.succeeded')
    expect(done).toMatchObject({ firstTokenMs: 400 })
  })

  it('books the loser, by estimate', async () => {
    const { client, clock } = three({ a: stall() })
    const opening = open(client)
    await clock.advanceAsync(1000)
    await textOf(await opening)
    expect(client.ledger.totals({ where: { provider: 'a' } })[0]?.spentUsd).toBeGreaterThan(0)
  })

  it('goes on down the chain where both break before their content', async () => {
    const { client, clock } = three({
      a: stream(['never'], { chunkMs: 100, failAfter: 0, delayMs: 1500 }),
      b: fail({ status: 503 }),
    })
    const opening = open(client)
    await clock.advanceAsync(1500)
    const answered = await opening
    expect(await textOf(answered)).toBe('from c')
    expect(routeOf(answered)).toMatchObject({ attempts: 3, failed: [{ target: 'b/m' }, { target: 'a/m', kind: 'truncated' }] })
  })

  it('breaks as any stream does after its first content', async () => {
    const { client, clock } = three({ a: stall(), b: stream(['one ', 'two'], { failAfter: 1 }) })
    const opening = open(client)
    await clock.advanceAsync(1000)
    await expect(textOf(await opening)).rejects.toMatchObject({ partialText: 'one ' })
  })

  it('aborts both where the caller leaves while it opens', async () => {
    const { client, a, b, clock } = three({ a: stall(), b: stall() })
    const leaving = new AbortController()
    const opening = client.chat.completions
      .create({ model: 'chain', messages, stream: true }, { signal: leaving.signal })
      .catch((error: unknown) => error)
    await clock.advanceAsync(1000)
    leaving.abort()
    expect(await opening).toBeInstanceOf(APIUserAbortError)
    expect([a.calls[0]?.aborted, b.calls[0]?.aborted]).toEqual([true, true])
    expect(clock.pending).toBe(0)
  })
})

describe('the price of hedging', () => {
  it.each([
    ['the cap is below it', { afterMs: 1000, maxCostUsd: 0.009 }, {}],
    ['the answer may be long', { afterMs: 1000, maxCostUsd: 0.02 }, { max_completion_tokens: 2000 }],
    ['several answers are asked for', { afterMs: 1000, maxCostUsd: 0.02 }, { n: 2 }],
  ])('is not paid where %s', async (_name, hedge, fields) => {
    const { client, b, clock } = three({ a: answer('a', { delayMs: 2000 }) }, { hedge })
    const completion = client.chat.completions.create({ model: 'chain', messages, ...fields }).catch((error: unknown) => error)
    await clock.advanceAsync(2000)
    await completion
    expect(b.calls).toHaveLength(0)
  })

  it('is paid where the answer is known to be short', async () => {
    const { client, b, clock } = three({ a: stall() }, { hedge: { afterMs: 1000, maxCostUsd: 0.001 } })
    const completion = client.chat.completions.create({ model: 'chain', messages, max_completion_tokens: 50 })
    await clock.advanceAsync(1000)
    await completion
    expect(b.calls).toHaveLength(1)
  })

  it('passes over a target whose price is not known', async () => {
    const clock = fakeClock()
    const a = fakeProvider({ id: 'a', models: [card('a')], script: stall(), clock })
    const b = fakeProvider({ id: 'b', models: [card('b', false)], script: answer('b'), clock })
    const c = fakeProvider({ id: 'c', models: [card('c')], script: answer('c'), clock })
    const client = createRouter({ providers: [a, b, c], models: { chain: ['a/m', 'b/m', 'c/m'] }, hedge: afterASecond, clock })
    const completion = client.chat.completions.create({ model: 'chain', messages })
    await clock.advanceAsync(1000)
    expect(routeOf(await completion)?.target).toBe('c/m')
    expect(b.calls).toHaveLength(0)
  })
})

describe('the measured patience', () => {
  it('hedges nobody before enough was measured, and then after the 95th percentile', async () => {
    const { ask, next, b, clock } = measured()
    for (let call = 1; call <= 20; call++) await next()
    expect(b.calls).toHaveLength(0)
    const slow = ask()
    await clock.advanceAsync(1899)
    expect(b.calls).toHaveLength(0)
    await clock.advanceAsync(1)
    expect(routeOf(await slow)?.target).toBe('b/m')
  })

  it('does not shrink because the slow ones are never measured to their end', async () => {
    const { next, ask, b, clock } = measured()
    for (let call = 1; call <= 30; call++) await next()
    const before = b.calls.length
    const slow = ask()
    await clock.advanceAsync(1899)
    expect(b.calls).toHaveLength(before)
    await clock.advanceAsync(2000)
    await slow
  })

  it('takes as many samples as it is told to', async () => {
    const { next, ask, b, clock } = measured(3)
    for (let call = 1; call <= 3; call++) await next()
    const slow = ask()
    await clock.advanceAsync(300)
    expect(b.calls).toHaveLength(1)
    await slow
  })
})

describe('where hedging is chosen', () => {
  it('is the router, an agent over it, a call over both', async () => {
    const setup = three(
      { a: answer('a', { delayMs: 2000 }) },
      {
        agents: { patient: { primary: 'chain', hedge: false }, eager: { primary: 'chain', hedge: { afterMs: 10, maxCostUsd: 1 } } },
      },
    )
    const { client, clock, b } = setup
    const asked = async (from: OpenAI) => {
      const before = b.calls.length
      const completion = from.chat.completions.create({ model: 'chain', messages })
      await clock.advanceAsync(10)
      const early = b.calls.length - before
      await clock.advanceAsync(2000)
      await completion
      return [early, b.calls.length - before]
    }
    expect(await asked(client)).toEqual([0, 1])
    expect(await asked(client.agent('patient'))).toEqual([0, 0])
    expect(await asked(client.agent('eager'))).toEqual([1, 1])
    expect(await asked(client.agent('eager').with({ hedge: false }))).toEqual([0, 0])
  })

  it.each<[string, object]>([
    ['hedge.maxCostUsd', {}],
    ['hedge.maxCostUsd', { maxCostUsd: -1 }],
    ['hedge.afterMs', { maxCostUsd: 1, afterMs: 'p99' }],
    ['hedge.minSamples', { maxCostUsd: 1, minSamples: 0 }],
  ])('is checked: %s of %j', (field, hedge) => {
    expect(() => createRouter(Object.assign<RouterOptions, object>({ providers: [fakeProvider()] }, { hedge }))).toThrow(field)
  })
})
