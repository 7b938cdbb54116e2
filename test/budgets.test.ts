import { APIError, BadRequestError, RateLimitError } from 'openai'
import { describe, expect, it } from 'vitest'
import type { BudgetOptions, ModelCard, RouterOptions } from '../src/index.ts'
import { BudgetExceededError, createRouter, memoryAudit } from '../src/index.ts'
import type { FakeStep } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider } from '../src/testing/index.ts'

const messages = [{ role: 'user' as const, content: 'Hi' }]
const body = { model: 'shop/dear', messages, max_completion_tokens: 1000 }

/** A thousand tokens of answer cost a cent, a prompt nothing. */
const dear = card('dear', 'complex', 10)
const twin = card('twin', 'complex', 10)
const fair = card('fair', 'standard', 1)
const cheap = card('cheap', 'simple', 0.1)

function card(id: string, tier: ModelCard['tier'], output: number): ModelCard {
  const prices = { input: 0, output, source: 'test', asOf: '2026-01-01' }
  return { provider: 'shop', id, tier, input: ['text'], features: ['tools', 'streaming'], maxOutput: 4000, prices }
}

const tokens = (completion: number): { usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number } } => ({
  usage: { prompt_tokens: 0, completion_tokens: completion, total_tokens: completion },
})

function shop(options: Partial<RouterOptions>, script: readonly FakeStep[] | FakeStep = answer('ok', tokens(500))) {
  const clock = fakeClock()
  const audit = memoryAudit()
  const provider = fakeProvider({ id: 'shop', models: [dear, twin, fair, cheap, 'unpriced'], script, clock })
  const client = createRouter({
    providers: [provider],
    tiers: { simple: ['shop/cheap'], standard: ['shop/fair'], complex: ['shop/dear'] },
    clock,
    audit,
    maxRetries: 0,
    ...options,
  })
  const events = (type: string) => audit.records.flatMap(({ event }) => (event.type.startsWith(type) ? [event] : []))
  return { client, provider, clock, events, create: () => client.chat.completions.create(body) }
}

async function refusal(call: Promise<unknown>): Promise<BudgetExceededError> {
  const error: unknown = await call.catch((thrown: unknown) => thrown)
  if (error instanceof BudgetExceededError) return error
  throw new Error('not refused', { cause: error })
}

describe('a budget', () => {
  it('reserves the most that a call can cost, and books what it did cost', async () => {
    const { client, create, events } = shop({ budget: { usd: { perDay: 1 } } })
    await create()
    expect(client.budgets.list()).toEqual([
      {
        budget: 'router',
        unit: 'usd',
        window: 'day',
        limit: 1,
        spent: 0.005,
        reserved: 0,
        left: 0.995,
        resetsAt: '2026-01-02T00:00:00.000Z',
      },
    ])
    expect(events('budget.')).toEqual([
      expect.objectContaining({ type: 'budget.reserved', attempt: 1, budgets: ['router'], maxCostUsd: 0.01 }),
      { type: 'budget.settled', attempt: 1, target: 'shop/dear', budgets: ['router'], tokens: 500, costUsd: 0.005 },
    ])
  })

  it('refuses the call that it does not cover, without asking anyone, and says when to come back', async () => {
    const { client, create, provider, clock, events } = shop({ budget: { usd: { perMinute: 0.012 } } })
    await create()
    clock.advance(15_000)
    const error = await refusal(create())
    expect(provider.calls).toHaveLength(1)
    expect(error).toBeInstanceOf(RateLimitError)
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({
      status: 429,
      code: 'budget_exceeded',
      budget: 'router',
      unit: 'usd',
      window: 'minute',
      limit: 0.012,
      spent: 0.005,
      reserved: 0,
      needed: 0.01,
      resetAt: '2026-01-01T00:01:00.000Z',
      retryAfterMs: 45_000,
    })
    expect(error.headers?.get('retry-after')).toBe('45')
    expect(error.message).toBe(
      '429 The budget router does not cover this call, which may take $0.01: of $0.012 per minute, $0.005 are spent and $0 reserved. It begins anew at 2026-01-01T00:01:00.000Z.',
    )
    expect(events('budget.exceeded')).toHaveLength(1)
    expect(events('request.failed')).toEqual([expect.objectContaining({ kind: 'budget_exceeded', status: 429, attempts: 0 })])
    clock.advance(45_000)
    await create()
    expect(client.budgets.list()).toEqual([expect.objectContaining({ spent: 0.005 })])
  })

  it('says what to do about a call that it never covers', async () => {
    const { client } = shop({ budget: { usd: { perDay: 0.02 } } })
    const error = await refusal(client.chat.completions.create({ model: 'shop/dear', messages }))
    expect(error.message).toMatch(/never covers this call, which may take \$0\.04: .*Set max_completion_tokens, or raise the limit/)
  })

  it.each<[string, BudgetOptions, number]>([
    ['dollars', { usd: { perMonth: 0.025 } }, 2],
    ['tokens', { tokens: { perDay: 2500 } }, 2],
    ['requests', { requests: { perMinute: 3 } }, 3],
  ])('covers what is under way together, in %s', async (_unit, budget, covered) => {
    const { client, create, provider, clock } = shop({ budget }, answer('ok', { delayMs: 1000, ...tokens(900) }))
    const outcomes = Promise.allSettled(Array.from({ length: 5 }, create))
    await clock.advanceAsync(0)
    expect(provider.calls).toHaveLength(covered)
    expect(client.budgets.list()).toEqual([expect.objectContaining({ spent: 0 })])
    expect(client.budgets.list()[0]?.reserved).toBeGreaterThan(0)
    await clock.advanceAsync(1000)
    expect((await outcomes).filter(({ status }) => status === 'fulfilled')).toHaveLength(covered)
    expect(client.budgets.list()).toEqual([expect.objectContaining({ reserved: 0 })])
  })

  it('gives back what a call that failed did not cost, and counts the call', async () => {
    const { client, create } = shop({ budget: { usd: { perDay: 1 }, requests: { perDay: 10 } } }, fail({ status: 400 }))
    await expect(create()).rejects.toBeInstanceOf(BadRequestError)
    expect(client.budgets.list()).toEqual([
      expect.objectContaining({ unit: 'usd', spent: 0, reserved: 0 }),
      expect.objectContaining({ unit: 'requests', spent: 1, reserved: 0 }),
    ])
  })

  it('books what was likely where nobody has counted', async () => {
    const { client, create } = shop({ budget: { usd: { perDay: 1 } } }, answer('ok', { usage: null }))
    await create()
    // A model of its tier is likely to give 1,200 tokens, and the request allows 1,000.
    expect(client.budgets.list()).toEqual([expect.objectContaining({ spent: 0.01, reserved: 0 })])
  })

  it('covers every attempt of a request: retries, switches and those that lose a race', async () => {
    const { client, provider, events, clock } = shop({ budget: { usd: { perDay: 1 } }, maxRetries: 1 }, [
      fail({ status: 503, retryAfterMs: 10 }),
      answer('ok', tokens(500)),
    ])
    const call = client.chat.completions.create(body)
    await clock.advanceAsync(10)
    await call
    expect(provider.calls).toHaveLength(2)
    expect(events('budget.').map(({ type }) => type)).toEqual([
      'budget.reserved',
      'budget.settled',
      'budget.reserved',
      'budget.settled',
    ])
    expect(client.budgets.list()).toEqual([expect.objectContaining({ spent: 0.005, reserved: 0 })])
  })

  it('gives the failure of the call that was made, where it does not cover another one', async () => {
    const { client, provider, events, clock } = shop(
      { budget: { requests: { perDay: 1 } }, maxRetries: 2 },
      fail({ status: 503, retryAfterMs: 10 }),
    )
    const call = expect(client.chat.completions.create(body)).rejects.toMatchObject({ status: 503 })
    await clock.advanceAsync(10)
    await call
    expect(provider.calls).toHaveLength(1)
    expect(events('budget.exceeded')).toHaveLength(1)
  })

  it("holds for an agent besides the router's", async () => {
    const { client } = shop({
      budget: { usd: { perDay: 1 } },
      agents: { support: { primary: 'shop/dear', budget: { usd: { perDay: 0.012 } } } },
    })
    await client.agent('support').chat.completions.create(body)
    const error = await refusal(client.agent('support').chat.completions.create(body))
    expect(error.budget).toBe('agent:support')
    await client.chat.completions.create(body)
    expect(client.budgets.list().map(({ budget, spent }) => [budget, spent])).toEqual([
      ['router', 0.01],
      ['agent:support', 0.005],
    ])
    expect(String(client.budgets)).toBe(
      'router: $0.01 of $1 per day spent, $0 reserved, $0.99 left until 2026-01-02T00:00:00.000Z\n' +
        'agent:support: $0.005 of $0.012 per day spent, $0 reserved, $0.007 left until 2026-01-02T00:00:00.000Z',
    )
  })

  it('with slack covers what is likely, as long as the most that may come of it stays within the slack', async () => {
    const { client, provider, clock } = shop(
      { budget: { usd: { perDay: 0.05 }, slack: 0.5 } },
      answer('ok', { delayMs: 1000, ...tokens(4000) }),
    )
    // Likely is 1.2 cents, the most 4: within 5 cents and a slack of 2.5 there is room for one, not for two.
    const ask = () => client.chat.completions.create({ model: 'shop/dear', messages })
    const outcomes = Promise.allSettled([ask(), ask()])
    await clock.advanceAsync(1000)
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    const [first] = client.budgets.list()
    expect(first?.spent).toBe(0.04)
    // One cent is left within the limit, and 3.5 within the slack: not for what is likely.
    await refusal(ask())
    expect(provider.calls).toHaveLength(1)
  })

  it('counts days and months by the clocks of its time zone', async () => {
    const { client, create, clock } = shop({ budget: { usd: { perDay: 1, perMonth: 5 }, timeZone: 'Asia/Tokyo' } })
    expect(client.budgets.list().map(({ window, resetsAt }) => [window, resetsAt])).toEqual([
      ['month', '2026-01-31T15:00:00.000Z'],
      ['day', '2026-01-01T15:00:00.000Z'],
    ])
    await create()
    clock.advance(15 * 3_600_000)
    expect(client.budgets.list().map(({ window, spent }) => [window, spent])).toEqual([
      ['month', 0.005],
      ['day', 0],
    ])
  })

  it('counts a call in the window in which it began', async () => {
    const { client, clock } = shop({ budget: { requests: { perMinute: 5 } } }, answer('ok', { delayMs: 2000, ...tokens(1) }))
    clock.advance(59_000)
    const call = client.chat.completions.create(body)
    await clock.advanceAsync(2000)
    await call
    expect(client.budgets.list()).toEqual([expect.objectContaining({ spent: 0, reserved: 0 })])
  })

  it('is settled by a stream when that has ended, is left, or never read', async () => {
    const { client, clock } = shop({ budget: { usd: { perDay: 1 } } }, answer('one two three', tokens(500)))
    const ask = () => client.chat.completions.create({ ...body, stream: true })
    for await (const chunk of await ask()) void chunk
    expect(client.budgets.list()).toEqual([expect.objectContaining({ spent: 0.005, reserved: 0 })])
    for await (const chunk of await ask()) {
      void chunk
      break
    }
    const [left] = client.budgets.list()
    expect(left?.reserved).toBe(0)
    expect(left?.spent).toBeGreaterThan(0.005)
    await ask()
    expect(client.budgets.list()[0]?.reserved).toBe(0.01)
    await clock.advanceAsync(600_000)
    expect(client.budgets.list()[0]?.reserved).toBe(0)
  })

  it('costs nothing and says so where there is none', async () => {
    const { client, create, events } = shop({})
    await create()
    expect(client.budgets.list()).toEqual([])
    expect(String(client.budgets)).toBe('no budgets')
    expect(events('budget.')).toEqual([])
  })
})

describe('a budget with onLimit: downgrade', () => {
  const budget = { usd: { perDay: 0.1 }, onLimit: 'downgrade', downgradeAt: 0.5 } as const
  const ask = { model: 'tier:complex', messages, max_completion_tokens: 1000 }

  it('steps a tier down from its share on, and the decision says so', async () => {
    const { client, provider } = shop({ budget }, answer('ok', tokens(1000)))
    for (let call = 0; call < 6; call += 1) await client.chat.completions.create(ask)
    expect(provider.calls.map(({ model }) => model)).toEqual(['dear', 'dear', 'dear', 'dear', 'dear', 'fair'])
    const { tier, warnings } = await client.explain(ask)
    expect(tier).toBe('standard')
    expect(warnings).toContain('51 % of the usd of this day are used (budget router): tier standard in place of tier complex')
    expect((await client.explain({ ...ask, model: 'tier:simple' })).warnings).toEqual([])
  })

  it('leaves a model that the caller names', async () => {
    const { client, provider } = shop({ budget }, answer('ok', tokens(1000)))
    for (let call = 0; call < 6; call += 1) await client.chat.completions.create(body)
    expect(provider.calls.at(-1)?.model).toBe('dear')
  })

  it('passes over what it does not cover, and refuses where nothing is left', async () => {
    const { client, provider, events } = shop({ budget: { ...budget, usd: { perDay: 0.015 } } }, answer('ok', tokens(1000)))
    const spread = { ...body, model: 'shop/dear' }
    const thrifty = client.with({ fallback: ['shop/cheap'] })
    await thrifty.chat.completions.create(spread)
    await thrifty.chat.completions.create(spread)
    expect(provider.calls.map(({ model }) => model)).toEqual(['dear', 'cheap'])
    expect(events('target.skipped')).toEqual([{ type: 'target.skipped', target: 'shop/dear', reason: 'budget' }])
    await refusal(client.chat.completions.create(spread))
  })
})

describe('what has no price', () => {
  const ask = { model: 'shop/unpriced', messages }

  it('is not called under a budget in dollars', async () => {
    const { client, provider } = shop({ budget: { usd: { perDay: 1 } } })
    const error: unknown = await client.chat.completions.create(ask).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ status: 400, code: 'price_unknown', param: 'model' })
    expect(String(error)).toMatch(/the price of shop\/unpriced is not known, and the budget router allows no call without one/)
    expect(provider.calls).toEqual([])
    const { rejected } = await client.with({ fallback: ['shop/cheap'] }).explain(ask)
    expect(rejected).toEqual([expect.objectContaining({ target: 'shop/unpriced', reason: 'unpriced' })])
  })

  it('is called and counts as nothing where that is chosen', async () => {
    const { client } = shop({ budget: { usd: { perDay: 1 }, tokens: { perDay: 100_000 }, unpriced: 'allow' } })
    await client.chat.completions.create(ask)
    expect(client.budgets.list().map(({ unit, spent }) => [unit, spent])).toEqual([
      ['usd', 0],
      ['tokens', 500],
    ])
  })

  it('is called under a budget of tokens', async () => {
    const { client } = shop({ budget: { tokens: { perDay: 100_000 } } })
    await expect(client.chat.completions.create(ask)).resolves.toBeDefined()
  })
})

describe('maxCostUsd', () => {
  it('rejects targets whose call may cost more, with what to do', async () => {
    const { client, provider } = shop({})
    const capped = client.with({ maxCostUsd: 0.005, fallback: ['shop/fair'] })
    const { chain, rejected } = await capped.explain(body)
    expect(chain.map(({ target }) => target)).toEqual(['shop/fair'])
    expect(rejected).toEqual([
      {
        target: 'shop/dear',
        reason: 'price_cap',
        field: 'max_completion_tokens',
        detail:
          'shop/dear may cost up to $0.01 with an answer of 1000 tokens, and maxCostUsd is $0.0050; limit the answer with max_completion_tokens',
      },
    ])
    await capped.chat.completions.create(body)
    expect(provider.calls.map(({ model }) => model)).toEqual(['fair'])
    // What the caller did not say is not said for it.
    expect(provider.calls[0]?.request).not.toHaveProperty('max_tokens')
  })

  it('is an error where nobody stays within it, or nobody knows', async () => {
    const { client } = shop({ maxCostUsd: 0.001 })
    await expect(client.chat.completions.create(body)).rejects.toMatchObject({ status: 400, code: 'price_cap_exceeded' })
    await expect(client.chat.completions.create({ model: 'shop/unpriced', messages })).rejects.toMatchObject({
      code: 'price_unknown',
    })
  })

  it('holds for all calls of the request together, the lowest of router, agent and call', async () => {
    const { client, provider, events } = shop({ maxCostUsd: 5, agents: { support: { primary: 'shop/dear', maxCostUsd: 0.015 } } }, [
      answer('', { refusal: 'I would rather not.', ...tokens(900) }),
      answer('ok', tokens(900)),
    ])
    await client
      .agent('support')
      .with({ maxCostUsd: 1, fallback: ['shop/twin', 'shop/fair'], onRefusal: 'switch' })
      .chat.completions.create({ ...body, model: 'auto' })
    // 0.9 cents are spent on a refusal, and another dear one could cost one more.
    expect(provider.calls.map(({ model }) => model)).toEqual(['dear', 'fair'])
    expect(events('target.skipped')).toEqual([{ type: 'target.skipped', target: 'shop/twin', reason: 'price_cap' }])
  })
})
