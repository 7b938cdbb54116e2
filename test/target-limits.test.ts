import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ProviderAdapter, RouterOptions } from '../src/index.ts'
import { createRouter, memoryAudit, memoryKeys, routeOf } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { groq } from '../src/providers/family/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import type { FakeStep, VendorSimulator } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider, vendorSimulator } from '../src/testing/index.ts'

const messages = [{ role: 'user' as const, content: 'Hi' }]
const body = { model: 'auto', messages, max_completion_tokens: 100 }

function chain(first: ProviderAdapter, model: string, options: Partial<RouterOptions> = {}) {
  const clock = fakeClock()
  const audit = memoryAudit()
  const second = fakeProvider({ id: 'second', models: ['model'], script: answer('second'), clock })
  const client = createRouter({
    providers: [first, second],
    keys: memoryKeys({ KEY: 'secret' }),
    agents: { a: { primary: `${first.id}/${model}`, fallback: ['second/model'] }, alone: { primary: `${first.id}/${model}` } },
    clock,
    audit,
    maxRetries: 0,
    ...options,
  })
  const skipped = () => audit.records.flatMap(({ event }) => (event.type === 'target.skipped' ? [event] : []))
  const ask = async (agent = 'a') => routeOf(await client.agent(agent).chat.completions.create(body))?.provider
  return { client, clock, second, skipped, ask }
}

function limited(headers: Readonly<Record<string, string>> | undefined, script?: readonly FakeStep[]) {
  const usage = { prompt_tokens: 10, completion_tokens: 90, total_tokens: 100 }
  const step = answer('first', { usage, ...(headers !== undefined && { headers }) })
  return fakeProvider({ id: 'first', models: ['model'], script: script ?? step })
}

describe('on the wire', () => {
  let simulator: VendorSimulator
  beforeAll(async () => {
    simulator = await vendorSimulator()
  })
  afterEach(() => simulator.reset())
  afterAll(() => simulator.close())

  const at = Date.UTC(2026, 0, 1)
  it.each<['openai' | 'anthropic' | 'groq', () => ProviderAdapter, string, Readonly<Record<string, string>>]>([
    [
      'openai',
      () => openai({ key: 'KEY', ...simulator.door('openai') }),
      'gpt-4o',
      { 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m0s' },
    ],
    [
      'openai',
      () => openai({ key: 'KEY', ...simulator.door('openai') }),
      'gpt-4o',
      { 'x-ratelimit-limit-tokens': '6000', 'x-ratelimit-remaining-tokens': '5', 'x-ratelimit-reset-tokens': '59.95s' },
    ],
    [
      'anthropic',
      () => anthropic({ key: 'KEY', ...simulator.door('anthropic') }),
      'claude-haiku-4-5',
      {
        'anthropic-ratelimit-requests-limit': '60',
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': new Date(at + 60_000).toISOString(),
      },
    ],
    [
      'groq',
      () => groq({ key: 'KEY', ...simulator.door('groq') }),
      'llama-3.3-70b-versatile',
      { 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '60s' },
    ],
  ])(
    '%s says with an answer that it is about to be limited, and is passed over until there is room',
    async (vendor, make, model, headers) => {
      simulator.answer(vendor, { text: 'first', headers })
      const { ask, clock, skipped } = chain(make(), model)
      expect(await ask()).toBe(vendor)
      expect(await ask()).toBe('second')
      expect(skipped()).toEqual([
        { type: 'target.skipped', target: `${vendor}/${model}`, reason: 'rate_limited', retryInMs: expect.any(Number) },
      ])
      expect(simulator.requests).toHaveLength(1)
      // Some of it is back.
      clock.advance(skipped()[0]?.retryInMs ?? 0)
      expect(await ask()).toBe(vendor)
    },
  )
})

describe('a target that is about to be limited', () => {
  const full = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '30s' }

  it('is called all the same where no other is left', async () => {
    const first = limited(full)
    const { ask, skipped } = chain(first, 'model')
    await ask('alone')
    expect(await ask('alone')).toBe('first')
    expect(skipped()).toEqual([])
  })

  it('is called after the others have failed', async () => {
    const first = limited(full)
    const { client, second } = chain(first, 'model')
    const down = fakeProvider({ id: 'third', models: ['model'], script: fail({ status: 503 }) })
    const other = createRouter({
      providers: [first, down],
      agents: { a: { primary: 'first/model', fallback: ['third/model'] } },
      maxRetries: 0,
    })
    await other.agent('a').chat.completions.create(body)
    const route = routeOf(await other.agent('a').chat.completions.create(body))
    expect(route?.failed.map(({ target }) => target)).toEqual(['third/model'])
    expect(route?.target).toBe('first/model')
    expect([client.budgets.list(), second.calls]).toEqual([[], []])
  })

  it('tells it with a failure too, and counts what was asked since', async () => {
    const left = { 'x-ratelimit-remaining-requests': '1', 'x-ratelimit-reset-requests': '30s' }
    const first = limited(undefined, [fail({ kind: 'conflict', status: 409, headers: left }), answer('first'), answer('first')])
    const { ask } = chain(first, 'model')
    expect(await ask()).toBe('second')
    expect(await ask()).toBe('first')
    expect(await ask()).toBe('second')
  })

  it('is known by its tokens: a call that needs more than is left is passed over', async () => {
    const first = limited({ 'anthropic-ratelimit-output-tokens-remaining': '50' })
    const { ask, clock } = chain(first, 'model')
    await ask()
    expect(await ask()).toBe('second')
    // Without a word on when, a minute is taken.
    clock.advance(60_000)
    expect(await ask()).toBe('first')
  })

  it.each([
    ['a word that is no number', { 'x-ratelimit-remaining-requests': 'many', 'x-ratelimit-reset-requests': '30s' }],
    ['no header', {}],
    ['a header of another kind', { 'x-ratelimit-policy': 'fair' }],
    [
      'a reset that has passed',
      { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2025-01-01T00:00:00Z' },
    ],
  ])('is not one by %s', async (_what, headers) => {
    const { ask } = chain(limited(headers), 'model')
    await ask()
    expect(await ask()).toBe('first')
  })
})

describe('a configured limit', () => {
  it.each([
    ['requests', { requestsPerMinute: 2 }],
    // About a hundred and ten are expected of each call, and a hundred counted.
    ['tokens', { tokensPerMinute: 300 }],
  ])('per minute, in %s, passes a target over', async (_unit, limits) => {
    const { ask, clock, skipped } = chain(limited(undefined), 'model', { targets: { 'first/model': { limits } } })
    expect([await ask(), await ask(), await ask()]).toEqual(['first', 'first', 'second'])
    expect(skipped()).toEqual([expect.objectContaining({ reason: 'rate_limited', retryInMs: 61_000 })])
    clock.advance(61_000)
    expect(await ask()).toBe('first')
  })

  it('counts calls that are under way', async () => {
    const first = limited(undefined)
    const { client } = chain(first, 'model', { targets: { 'first/model': { limits: { requestsPerMinute: 2 } } } })
    const agent = client.agent('a')
    const routes = await Promise.all(Array.from({ length: 5 }, () => agent.chat.completions.create(body)))
    expect(routes.filter((completion) => routeOf(completion)?.provider === 'first')).toHaveLength(2)
  })

  it('that is hard holds where no other target is left', async () => {
    const limits = { requestsPerMinute: 1, hard: true }
    const { ask, client } = chain(limited(undefined), 'model', { targets: { 'first/model': { limits } } })
    await ask('alone')
    await expect(ask('alone')).rejects.toMatchObject({ status: 503, code: 'all_circuits_open', retryAfterMs: 61_000 })
    await expect(client.agent('alone').with({ whenAllOpen: 'probe' }).chat.completions.create(body)).rejects.toMatchObject({
      code: 'all_circuits_open',
    })
    expect(await ask()).toBe('second')
  })
})
