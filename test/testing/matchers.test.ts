import { AssertionError } from 'node:assert'
import { describe, expect, it } from 'vitest'
import { StreamInterruptedError, createRouter, memoryAudit, routeOf } from '../../src/index.ts'
import type { ModelCard, RouterOptions } from '../../src/index.ts'
import {
  answer,
  assertAttempts,
  assertCircuit,
  assertCostAtMost,
  assertNoSecrets,
  assertRoutedTo,
  assertServedBy,
  assertSwitched,
  assertTier,
  fail,
  fakeClock,
  fakeProvider,
  stream,
} from '../../src/testing/index.ts'
import type { FakeScriptStep } from '../../src/testing/index.ts'
import { matchers } from '../../src/testing/vitest.ts'

expect.extend(matchers)

const card: ModelCard = {
  provider: 'first',
  id: 'large',
  tier: 'simple',
  input: ['text'],
  features: ['streaming'],
  prices: { input: 2, output: 10, source: 'the test', asOf: '2026-11-22' },
}

type Script = readonly FakeScriptStep[] | FakeScriptStep

/** Two targets, `first/large` with a price and `second/small` without one. */
function routed(first: Script, second: Script, options: Partial<RouterOptions> = {}) {
  const clock = fakeClock()
  const audit = memoryAudit()
  const client = createRouter({
    providers: [
      fakeProvider({ id: 'first', models: [card], script: first, clock }),
      fakeProvider({ id: 'second', models: ['small'], script: second, clock }),
    ],
    agents: { support: { primary: 'first/large', fallback: ['second/small'] } },
    tiers: { simple: ['first/large'], standard: ['second/small'], complex: ['second/small'] },
    clock,
    audit,
    maxRetries: 0,
    ...options,
  })
  const messages = [{ role: 'user' as const, content: 'Hello' }]
  const ask = (model = 'auto') => client.agent('support').chat.completions.create({ model, messages })
  const read = async () => {
    const chunks = await client.agent('support').chat.completions.create({ model: 'auto', messages, stream: true })
    for await (const _ of chunks) continue
    return chunks
  }
  return { client, audit, clock, ask, read }
}

const usage = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }
const down = fail({ status: 503 })

/** What a failing assertion says. */
function complaint(assertion: () => void): string {
  try {
    assertion()
  } catch (error) {
    if (error instanceof AssertionError) return error.message
    throw error
  }
  throw new Error('the assertion held')
}

async function thrownBy(work: Promise<unknown>): Promise<object> {
  const error: unknown = await work.catch((thrown: unknown) => thrown)
  if (error instanceof Error) return error
  throw new Error('nothing was thrown')
}

describe('who served a request', () => {
  it('is told by a completion, a stream, its route, the trail and the client', async () => {
    const { client, audit, ask, read } = routed(answer('Hi'), answer('never'))
    const completion = await ask()
    const chunks = await read()
    await client.flush()
    for (const subject of [completion, chunks, routeOf(completion) ?? {}, audit, audit.records, client]) {
      expect(subject).toBeServedBy('first/large')
      expect(subject).not.toBeServedBy('second/small')
      assertServedBy(subject, 'first/large')
    }
  })

  it('of several requests is all of them', async () => {
    const { client, audit, ask } = routed([answer('Hi'), down], answer('I do'))
    await ask()
    await ask()
    await client.flush()
    for (const subject of [audit, client]) expect(subject).not.toBeServedBy('first/large')
  })

  it('is nobody where the request failed', async () => {
    const { ask } = routed(down, down)
    expect(await thrownBy(ask())).not.toBeServedBy('first/large')
  })

  it('and a failing assertion says what happened instead', async () => {
    const { ask } = routed(down, answer('I do'))
    const completion = await ask()
    expect(complaint(() => assertServedBy(completion, 'first/large'))).toBe(
      [
        "expected to be served by 'first/large'",
        "request for 'auto' of agent 'support': served by second/small, at an unknown price",
        '  first/large failed: server (503)',
        '  switched from first/large to second/small: server',
        '  second/small answered',
      ].join('\n'),
    )
    expect(() => expect(completion).toBeServedBy('first/large')).toThrow('second/small answered')
    expect(() => expect(completion).not.toBeServedBy('second/small')).toThrow("expected not to be served by 'second/small'")
  })
})

describe('who was called', () => {
  it('counts every wire call, whatever came of it', async () => {
    const { client, audit, ask } = routed(down, answer('I do'))
    const completion = await ask()
    await ask()
    await client.flush()
    for (const subject of [completion, audit, client]) {
      expect(subject).toHaveRoutedTo('first/large')
      expect(subject).not.toHaveRoutedTo('third/none')
    }
    for (const subject of [audit, client]) {
      expect(subject).toHaveRoutedTo('second/small', 2)
      expect(subject).not.toHaveRoutedTo('second/small', 3)
      assertRoutedTo(subject, 'first/large', 2)
    }
    expect(complaint(() => assertRoutedTo(client, 'first/large', 3))).toBe(
      "expected to have been routed to 'first/large' 3 times\nfirst/large: 2 calls, 0 answered\nsecond/small: 2 calls, 2 answered",
    )
  })

  it('in which order, with what outcome, and nobody else', async () => {
    const { client, audit, ask } = routed([fail({ kind: 'timeout' }), down], [answer('I do'), down])
    const completion = await ask()
    const error = await thrownBy(ask())
    expect(completion).toHaveAttempted(['first/large', 'second/small'])
    expect(completion).toHaveAttempted([
      { target: 'first/large', kind: 'timeout' },
      { target: 'second/small', kind: 'answered' },
    ])
    expect(completion).not.toHaveAttempted(['first/large'])
    expect(completion).not.toHaveAttempted(['second/small', 'first/large'])
    expect(completion).not.toHaveAttempted(['first/large', { target: 'second/small', kind: 'timeout' }])
    expect(error).toHaveAttempted([
      { target: 'first/large', status: 503 },
      { target: 'second/small', kind: 'server', status: 503 },
    ])
    expect(error).not.toHaveAttempted([{ target: 'first/large', status: 500 }, 'second/small'])
    await client.flush()
    assertAttempts(audit, ['first/large', 'second/small', 'first/large', 'second/small'])
    expect(complaint(() => assertAttempts(error, [{ target: 'second/small', kind: 'server', status: 500 }]))).toBe(
      [
        'expected to have made these attempts: second/small (server, 500)',
        'request: not served',
        '  first/large failed: server (503)',
        '  switched from first/large to second/small: server',
        '  second/small failed: server (503)',
      ].join('\n'),
    )
  })

  it('of a stream that broke, too', async () => {
    const { read } = routed(stream(['one ', 'two '], { failAfter: 1 }), answer('never'))
    const error = await thrownBy(read())
    expect(error).toBeInstanceOf(StreamInterruptedError)
    expect(error).toHaveAttempted([{ target: 'first/large', kind: 'truncated' }])
    expect(error).not.toHaveSwitched()
  })
})

describe('switches', () => {
  it('have an origin, a destination and a reason', async () => {
    const { client, audit, ask } = routed(fail({ kind: 'rate_limit', retryAfterMs: 5000 }), answer('I do'))
    const completion = await ask()
    await ask()
    await client.flush()
    for (const subject of [completion, audit]) {
      expect(subject).toHaveSwitched()
      expect(subject).toHaveSwitched({ from: 'first/large', to: 'second/small', reason: 'rate_limit' })
      expect(subject).not.toHaveSwitched({ reason: 'timeout' })
      expect(subject).not.toHaveSwitched({ from: 'second/small' })
      expect(subject).not.toHaveSwitched({ to: 'first/large' })
    }
    assertSwitched(audit, { reason: 'retry_after' })
    expect(complaint(() => assertSwitched(completion, { to: 'third/none', reason: 'timeout' }))).toMatch(
      /^expected to have switched to 'third\/none' because of timeout\n/,
    )
  })

  it('past a target that was held back are seen in the answer itself', async () => {
    const { client, ask } = routed(answer('never'), answer('I do'))
    client.breakers.trip('first/large')
    const completion = await ask()
    expect(completion).toHaveSwitched({ from: 'first/large', to: 'second/small' })
    expect(completion).toHaveAttempted(['second/small'])
    expect(complaint(() => assertServedBy(completion, 'first/large'))).toContain('first/large was skipped')
  })

  it('are absent where the first target answered', async () => {
    expect(await routed(answer('Hi'), answer('never')).ask()).not.toHaveSwitched()
  })
})

describe('circuits', () => {
  it('are looked up by target', async () => {
    const { client, clock, ask } = routed(down, answer('I do'), { breaker: { failures: 2 } })
    expect(client).toHaveCircuit('first/large', 'closed')
    await ask()
    await ask()
    expect(client).toHaveCircuit('first/large', 'open')
    expect(client).not.toHaveCircuit('second/small', 'open')
    expect(complaint(() => assertCircuit(client, 'first/large', 'closed'))).toBe(
      [
        "expected to have the circuit of 'first/large' closed",
        'circuit of first/large: open, 2 failures, held back for 30000 ms',
        'circuit of second/small: closed, 0 failures',
      ].join('\n'),
    )
    clock.advance(30_000)
    expect(client).toHaveCircuit('first/large', 'open')
  })
})

describe('costs', () => {
  const priced = answer('Hi', { usage })

  it('are summed over attempts, and compared exactly', async () => {
    const { client, audit, ask } = routed(priced, answer('never'))
    const completion = await ask()
    expect(completion).toCostAtMost(0.003)
    expect(completion).not.toCostAtMost(0.0029)
    await ask()
    await client.flush()
    for (const subject of [client, audit]) {
      expect(subject).toCostAtMost(0.006)
      expect(subject).not.toCostAtMost(0.0059)
    }
    expect(complaint(() => assertCostAtMost(client, 0.001))).toMatch(/^expected to cost at most \$0.001\nit cost \$0.006\n/)
  })

  it('that nobody knows are never low enough', async () => {
    const { client, audit, ask } = routed(down, answer('I do', { usage }))
    const completion = await ask()
    await client.flush()
    for (const subject of [completion, audit, client]) expect(subject).not.toCostAtMost(1_000_000)
    expect(complaint(() => assertCostAtMost(completion, 1))).toContain('it cost an unknown amount')
  })

  it('are nothing where nothing was asked', () => {
    expect(routed(priced, priced).client).toCostAtMost(0)
  })
})

describe('tiers', () => {
  it('are what was chosen, not what the model is', async () => {
    const { client, audit, ask } = routed(answer('Hi'), answer('I do'))
    const completion = await ask('tier:simple')
    await client.flush()
    for (const subject of [completion, audit, client]) {
      expect(subject).toHaveTier('simple')
      expect(subject).not.toHaveTier('complex')
    }
    assertTier(completion, 'simple')
    expect(await ask('first/large')).not.toHaveTier('simple')
  })
})

describe('secrets', () => {
  const secret = 'sk-canary-0123456789abcdefghijklmnopqrstuvwxyz'

  it.each([
    ['a text', `Incorrect API key: ${secret}`],
    ['the cause of a cause', new Error('no', { cause: new Error('no', { cause: new Error(secret) }) })],
    ['headers', new Headers({ authorization: `Bearer ${secret}` })],
    ['a hidden field', Object.defineProperty({}, 'hidden', { value: new Map([['key', secret]]) })],
    ['base64', { authorization: `Basic ${btoa(secret)}` }],
    ['what a mask leaves', [`${secret.slice(0, 16)}***`, `***${secret.slice(-8)}`]],
  ])('are found in %s', (_name, value) => {
    expect(value).toContainSecret(secret)
    const message = complaint(() => assertNoSecrets(value, 'another-secret', secret))
    expect(message).toMatch(/^expected not to contain a secret\nit is at /)
    expect(message).not.toContain(secret.slice(0, 16))
  })

  it('are not in what the router hands out', async () => {
    const { client, audit, ask } = routed(fail({ status: 401, message: `Bad key ${secret}` }), down)
    const error = await thrownBy(ask())
    await client.flush()
    expect([error, audit.records, client]).not.toContainSecret(secret)
  })

  it('have eight letters or more', () => {
    expect(() => assertNoSecrets({}, 'short')).toThrow(RangeError)
  })
})

describe('what nothing can be read from', () => {
  const { client, audit } = routed(answer('Hi'), answer('I do'))

  it.each([
    ['a copy of a completion', { choices: [{}] }, /bears no route/],
    ['a promise', Promise.resolve(), /await it first/],
    ['an error of somebody else', new Error('no'), /not the router/],
    ['a text', 'first/large', /type string/],
    ['null', null, /null/],
    ['a trail that has not been written yet', audit, /client\.flush\(\)/],
  ])('is refused by name, also under .not: %s', (_name, subject, words) => {
    expect(() => expect(subject).toBeServedBy('first/large')).toThrow(words)
    expect(() => expect(subject).not.toBeServedBy('first/large')).toThrow(words)
  })

  it('a client knows no order', () => {
    expect(() => assertAttempts(client, [])).toThrow(/keeps no order/)
    expect(() => assertSwitched(client)).toThrow(/keeps no order/)
  })

  it('only a client has circuits', async () => {
    const completion = await routed(answer('Hi'), answer('I do')).ask()
    expect(() => assertCircuit(completion, 'first/large', 'closed')).toThrow(/createRouter/)
  })
})
