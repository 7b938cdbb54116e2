import { describe, expect, it } from 'vitest'
import type { ModelCard, RouterOptions } from '../src/index.ts'
import { createRouter, memoryKeys, routeOf } from '../src/index.ts'
import { answer, fail, fakeClock, fakeProvider } from '../src/testing/index.ts'

const messages = [{ role: 'user' as const, content: 'What is the capital of France?' }]

function card(provider: string, id: string, more: Partial<ModelCard> = {}): ModelCard {
  return {
    provider,
    id,
    tier: 'standard',
    maxOutput: 4000,
    input: ['text'],
    features: ['tools', 'streaming'],
    prices: { input: 1, output: 4, source: 'a test', asOf: '2026-01-01' },
    ...more,
  }
}

/** Two priced targets of one tier, a third without a price, and a clock that is moved by hand. */
function world(options: RouterOptions = {}) {
  const clock = fakeClock()
  const one = fakeProvider({ id: 'one', models: [card('one', 'large')], clock, script: () => answer('Paris', { delayMs: 300 }) })
  const two = fakeProvider({ id: 'two', models: [card('two', 'other'), 'unpriced'], clock, script: () => fail({ status: 500 }) })
  const client = createRouter({
    providers: [one, two],
    clock,
    tiers: { standard: ['one/large', 'two/other', 'two/unpriced'] },
    classifier: { classify: () => ({ tier: 'standard', score: 0.52, confidence: 0.9, signals: ['is a question', '2 tools'] }) },
    ...options,
  })
  return { client, clock, one, two }
}

describe('explain()', () => {
  it('gives the tier and why, and of each target in order its cost, its latency and its circuit; nobody is called', async () => {
    const { client, one, two } = world()
    const { tier, complexity, chain } = await client.explain({ model: 'auto', messages })
    expect({ tier, signals: complexity?.signals }).toEqual({ tier: 'standard', signals: ['is a question', '2 tools'] })
    expect(chain.map(({ target, latency, circuit }) => ({ target, latency, circuit }))).toEqual(
      ['one/large', 'two/other', 'two/unpriced'].map((target) => ({
        target,
        latency: null,
        circuit: { state: 'closed', consecutiveErrors: 0 },
      })),
    )
    expect(chain.map(({ estimate }) => estimate.costUsd === null)).toEqual([false, false, true])
    expect([one.calls, two.calls]).toEqual([[], []])
  })

  it('says of each target whether the budgets cover the call, and reserves nothing', async () => {
    const { client } = world({ budget: { usd: { perMinute: 0.01, perDay: 1 }, unpriced: 'allow' } })
    const body = { model: 'auto', messages, max_completion_tokens: 2000 }
    const before = await client.explain(body)
    expect(before.chain.map(({ budget }) => budget)).toEqual([undefined, undefined, undefined])
    const large = await client.explain({ ...body, max_completion_tokens: 3000 })
    expect(large.chain[2]?.budget).toBeUndefined()
    const needed = large.chain[0]?.estimate.maxCostUsd
    expect(large.chain[0]?.budget).toEqual({
      budget: 'router',
      unit: 'usd',
      window: 'minute',
      limit: 0.01,
      spent: 0,
      reserved: 0,
      left: 0.01,
      resetsAt: '2026-01-01T00:01:00.000Z',
      needed,
    })
    expect(String(large)).toContain(
      'not covered by the budget router, which has $0.01 left per minute until 2026-01-01T00:01:00.000Z',
    )
    expect(client.budgets.list().map(({ reserved, spent }) => reserved + spent)).toEqual([0, 0])
    await expect(
      client.chat.completions.create({ ...body, model: 'one/large', max_completion_tokens: 3000 }),
    ).rejects.toMatchObject({
      code: 'budget_exceeded',
      needed,
    })
  })

  it('knows how long calls to a target have taken, by the ledger', async () => {
    const { client, clock } = world()
    const running = Promise.all([1, 2, 3].map(() => client.chat.completions.create({ model: 'one/large', messages })))
    await clock.advanceAsync(300)
    await running
    const { chain } = await client.explain({ model: 'auto', messages })
    expect(chain.map(({ latency }) => latency)).toEqual([{ p50Ms: 300, firstTokenP50Ms: null, calls: 3 }, null, null])
  })

  it('says of an open circuit when it may be tested', async () => {
    const { client, clock } = world()
    client.breakers.trip('two/other')
    await clock.advanceAsync(12_000)
    const { chain } = await client.explain({ model: 'auto', messages })
    expect(chain[1]?.circuit).toEqual({ state: 'open', consecutiveErrors: 0, retryInMs: 18_000 })
  })

  it('says of a target that is at its limit when there will be room', async () => {
    const { client, clock } = world({ targets: { 'one/large': { limits: { requestsPerMinute: 1 } } } })
    const before = await client.explain({ model: 'auto', messages })
    expect(before.chain[0]?.rateLimit).toBeUndefined()
    const controller = new AbortController()
    const running = client.chat.completions.create({ model: 'one/large', messages }, { signal: controller.signal })
    await clock.advanceAsync(0)
    const { chain } = await client.explain({ model: 'auto', messages })
    expect(chain[0]?.rateLimit?.hard).toBe(false)
    // The minute is counted in seconds.
    expect(Math.floor((chain[0]?.rateLimit?.retryInMs ?? 0) / 1000)).toSatisfy(
      (seconds: number) => seconds === 60 || seconds === 61,
    )
    controller.abort()
    await expect(running).rejects.toThrow()
  })

  it('is safe for JSON, whole', async () => {
    const explanation = await world().client.explain({ model: 'auto', messages })
    expect(JSON.parse(JSON.stringify(explanation))).toEqual({ ...explanation })
  })

  it('opens no circuit and fills no ledger', async () => {
    const { client } = world()
    await client.explain({ model: 'auto', messages })
    expect(client.ledger.totals()).toEqual([])
    expect(client.breakers.list().every(({ state }) => state === 'closed')).toBe(true)
  })
})

describe('String(explanation)', () => {
  it('reads like a sentence, with the figures of each target below', async () => {
    const { client, clock } = world()
    client.breakers.trip('two/other')
    const running = client.chat.completions.create({ model: 'one/large', messages })
    await clock.advanceAsync(300)
    await running
    const told = String(await client.explain({ model: 'auto', messages, max_completion_tokens: 100 }))
    expect(told.split('\n')).toEqual([
      'auto is standard (score 0.52, confidence 0.90: is a question, 2 tools) and goes to one/large, then, should that fail, to two/other or two/unpriced.',
      '  1. one/large: about $0.00041, at most $0.00041, for 14 + 100 tokens; usually 300 ms; circuit closed',
      '  2. two/other: about $0.00041, at most $0.00041, for 14 + 100 tokens; no calls measured; circuit open, to be tested in 30 s',
      '  3. two/unpriced: at an unknown price, for 14 + 100 tokens; no calls measured; circuit closed',
    ])
  })

  it('names every target that was passed over, and why', async () => {
    const small = fakeProvider({ id: 'small', models: [card('small', 'm', { features: ['streaming'] })] })
    const locked = fakeProvider({ id: 'locked', key: 'LOCKED', models: [card('locked', 'm')] })
    const good = fakeProvider({ id: 'good', models: [card('good', 'm')], supports: () => ({ level: 'yes', dropped: ['seed'] }) })
    const client = createRouter({
      providers: [small, locked, good],
      keys: memoryKeys(),
      models: { any: ['small/m', 'locked/m', 'good/m'] },
    })
    const tools = [{ type: 'function' as const, function: { name: 'f' } }]
    const told = String(await client.explain({ model: 'any', messages, tools, seed: 1 }))
    expect(told.split('\n')).toEqual([
      '"any" goes to good/m.',
      expect.stringContaining('  1. good/m: about '),
      'Not small/m (unsupported): small/m cannot call tools.',
      'Not locked/m (missing_key): the key store holds no LOCKED for locked.',
      'Note: good/m lacks seed: left out.',
    ])
  })

  it('says so where nobody can serve', async () => {
    const client = createRouter({ providers: [fakeProvider({ id: 'one', models: [card('one', 'm')] })] })
    const told = String(await client.with({ region: 'eu' }).explain({ model: 'one/m', messages }))
    expect(told).toMatch(/^"one\/m" goes nowhere: no target can serve it\.\nNot one\/m \(region\): /)
  })

  it('names the agent', async () => {
    const { client } = world({ agents: { support: { primary: 'one/large', fallback: ['two/other'] } } })
    const told = String(await client.agent('support').explain({ model: 'auto', messages }))
    expect(told).toMatch(/^auto of agent support goes to one\/large, then, should that fail, to two\/other\.\n/)
  })
})

describe('the decision of a call that was made', () => {
  it('is the one that was explained, and prints the same but for the figures', async () => {
    const { client, clock } = world()
    const explained = await client.explain({ model: 'auto', messages })
    const running = client.chat.completions.create({ model: 'auto', messages })
    await clock.advanceAsync(300)
    const decision = routeOf(await running)?.decision
    const links = explained.chain.map(({ target, provider, model, dropped }) => ({ target, provider, model, dropped }))
    expect({ ...decision }).toEqual({ ...explained, chain: links })
    const withoutFigures = String(explained)
      .split('\n')
      .filter((line) => !line.startsWith('  '))
    expect(String(decision).split('\n')).toEqual(withoutFigures)
  })
})
