import fc from 'fast-check'
import { expect, it, describe } from 'vitest'
import { highestPriceOf, priceOf } from '../src/catalog/cost.ts'
import { promptCounter } from '../src/catalog/prompt-tokens.ts'
import { textTokens } from '../src/catalog/text-tokens.ts'
import type { Candidate, ModelCard, RouterOptions, Tokenizer } from '../src/index.ts'
import { createRouter } from '../src/index.ts'
import { answer, fakeProvider } from '../src/testing/index.ts'

const priced: ModelCard = {
  provider: 'one',
  id: 'gpt-6-sol',
  tier: 'complex',
  contextWindow: 100_000,
  maxOutput: 2000,
  input: ['text', 'image'],
  features: ['tools', 'json_schema', 'streaming'],
  prices: { input: 2, output: 10, source: 'a test', asOf: '2026-01-01' },
}
const messages = [{ role: 'user' as const, content: 'Name three rivers of France, and say where they begin and end.' }]

function routerOf(options: RouterOptions = {}, usage = { prompt_tokens: 20, completion_tokens: 60, total_tokens: 80 }) {
  const provider = fakeProvider({ id: 'one', models: [priced, 'free'], script: () => answer('Loire', { usage }) })
  return createRouter({ providers: [provider], ...options })
}

async function first(
  client: ReturnType<typeof routerOf>,
  body: Partial<Parameters<typeof client.explain>[0]> = {},
): Promise<Candidate> {
  const { chain } = await client.explain({ model: 'one/gpt-6-sol', messages, ...body, stream: false })
  const [candidate] = chain
  if (candidate === undefined) throw new Error('no target')
  return candidate
}

describe('the cost of a call before it is made', () => {
  it('is that of its prompt and of a usual answer; at most, of the longest that the model gives', async () => {
    const { estimate } = await first(routerOf())
    const { inputTokens } = estimate
    expect(estimate).toMatchObject({ outputTokens: 1000, maxOutputTokens: 2000, countedBy: 'characters' })
    expect(estimate.costUsd).toBeCloseTo((inputTokens * 2 + 1000 * 10) / 1e6, 12)
    expect(estimate.maxCostUsd).toBeCloseTo((inputTokens * 2 + 2000 * 10) / 1e6, 12)
    expect(estimate.priceSnapshot).toContain('a test')
  })

  it.each([
    ['max_completion_tokens', { max_completion_tokens: 50 }, 50, 50],
    ['max_tokens', { max_tokens: 1500 }, 1000, 1500],
    ['two answers', { n: 2, max_completion_tokens: 50 }, 100, 100],
    ['tools: a call is shorter than prose', { tools: [{ type: 'function' as const, function: { name: 'f' } }] }, 500, 2000],
  ])('respects %s', async (_what, body, outputTokens, maxOutputTokens) => {
    expect((await first(routerOf(), body)).estimate).toMatchObject({ outputTokens, maxOutputTokens })
  })

  it('goes by the length of the answers that the target has given, once there were five', async () => {
    const client = routerOf()
    const lengths: number[] = []
    for (let call = 0; call < 6; call += 1) {
      lengths.push((await first(client)).estimate.outputTokens)
      await client.chat.completions.create({ model: 'one/gpt-6-sol', messages })
    }
    expect(lengths).toEqual([1000, 1000, 1000, 1000, 1000, 60])
  })

  it('is not known where the price is not', async () => {
    const { estimate } = await first(routerOf(), { model: 'one/free' })
    expect(estimate).toMatchObject({ costUsd: null, maxCostUsd: null, priceSnapshot: null, maxOutputTokens: 32_768 })
  })

  it('leaves room in the window for the prompt', async () => {
    const long = 'word '.repeat(102_000)
    const { estimate } = await first(routerOf(), { messages: [{ role: 'user', content: long }] })
    expect(estimate.maxOutputTokens).toBe(100_000 - estimate.inputTokens)
    expect(estimate.maxOutputTokens).toBeLessThan(2000)
  })
})

describe('the most that a call can cost', () => {
  const rates = {
    input: 2,
    cachedInput: 0.2,
    cacheWrite: 2.5,
    cacheWrite1h: 4,
    audioInput: 8,
    output: 10,
    reasoning: 12,
    audioOutput: 40,
  }
  const prices = { ...rates, source: 'a test', asOf: '2026-01-01' }

  function mostOf(body: object = {}, terms: Partial<NonNullable<ModelCard['prices']>> = {}, card: Partial<ModelCard> = {}) {
    const provider = fakeProvider({ id: 'one', models: [{ ...priced, ...card, prices: { ...prices, ...terms } }] })
    return first(createRouter({ providers: [provider] }), body).then(({ estimate }) => estimate)
  }

  it('takes the prompt to be written to a cache, and the answer to be reasoning, where that is dearer', async () => {
    const { inputTokens, maxCostUsd, costUsd } = await mostOf()
    expect(maxCostUsd).toBeCloseTo((inputTokens * 2.5 + 2000 * 12) / 1e6, 12)
    expect(costUsd).toBeCloseTo((inputTokens * 2 + 1000 * 10) / 1e6, 12)
  })

  it.each([
    [
      'a part',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral', ttl: '1h' } }] }] },
    ],
    ['a message', { messages: [{ role: 'user', content: 'Hi', cache_control: { type: 'ephemeral', ttl: '1h' } }] }],
    ['a tool', { tools: [{ type: 'function', function: { name: 'f' }, cache_control: { type: 'ephemeral', ttl: '1h' } }] }],
  ])('takes it to be cached for an hour where %s asks for that', async (_what, body) => {
    const { inputTokens, maxCostUsd } = await mostOf(body)
    expect(maxCostUsd).toBeCloseTo((inputTokens * 4 + 2000 * 12) / 1e6, 12)
  })

  it('has sound at the price of sound', async () => {
    const sound = { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }
    const spoken = { modalities: ['text', 'audio'], audio: { format: 'wav', voice: 'alloy' } }
    const { inputTokens, maxCostUsd } = await mostOf(
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'Listen.' }, sound] }], ...spoken },
      {},
      { input: ['text', 'audio'], output: ['text', 'audio'] },
    )
    expect(maxCostUsd).toBeCloseTo(((inputTokens - 1000) * 2.5 + 1000 * 8 + 2000 * 40) / 1e6, 12)
  })

  it('has the service tier that is asked for where that is dearer, and the dearest region', async () => {
    const terms = { serviceTiers: { priority: 2, flex: 0.5 }, regions: { us: 1.1, eu: 0.9 } }
    const base = await mostOf({}, terms)
    const usual = base.inputTokens * 2.5 + 2000 * 12
    expect(base.maxCostUsd).toBeCloseTo((usual * 1.1) / 1e6, 9)
    expect((await mostOf({ service_tier: 'priority' }, terms)).maxCostUsd).toBeCloseTo((usual * 2.2) / 1e6, 9)
    expect((await mostOf({ service_tier: 'flex' }, terms)).maxCostUsd).toBeCloseTo((usual * 1.1) / 1e6, 9)
    expect((await mostOf({ service_tier: 'auto' }, terms)).maxCostUsd).toBeCloseTo((usual * 1.1) / 1e6, 9)
  })

  it('has the rates of a longer prompt where the estimate is within a quarter of it', async () => {
    const content = 'word '.repeat(10_000)
    const { inputTokens, costUsd } = await mostOf({ messages: [{ role: 'user', content }] })
    const above = (share: number) => ({ longContext: [{ above: Math.round(inputTokens * share), input: 20, output: 100 }] })
    const far = await mostOf({ messages: [{ role: 'user', content }] }, above(1.3))
    const near = await mostOf({ messages: [{ role: 'user', content }] }, above(1.2))
    expect(near.costUsd).toBe(costUsd)
    expect(far.maxCostUsd).toBeCloseTo((inputTokens * 2.5 + 2000 * 12) / 1e6, 9)
    expect(near.maxCostUsd).toBeCloseTo((inputTokens * 20 + 2000 * 100) / 1e6, 9)
  })

  it('is not exceeded by any bill for so many tokens, whatever the card', () => {
    const rate = fc.integer({ min: 0, max: 50 })
    const some = fc.record(
      { input: rate, output: rate, cachedInput: rate, cacheWrite: rate, reasoning: rate },
      { requiredKeys: ['input', 'output'] },
    )
    const factors = fc.dictionary(fc.constantFrom('us', 'eu'), fc.constantFrom(0.5, 1.1, 2), { noNullPrototype: true })
    const card = fc.tuple(some, fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), some), { maxLength: 2 }), factors)
    const parts = fc.array(fc.nat({ max: 100 }), { minLength: 5, maxLength: 5 })
    const region = fc.constantFrom(undefined, 'us', 'eu')
    fc.assert(
      fc.property(
        card,
        parts,
        region,
        ([base, bands, regions], [input = 0, cached = 0, cacheWrite = 0, output = 0, reasoning = 0], at) => {
          const longContext = bands.map(([above, rest]) => ({ above, ...rest }))
          const terms = { ...base, longContext, regions, source: 'a test' }
          const none = { cacheWrite1h: 0, audioInput: 0, audioOutput: 0 }
          const billed = priceOf({ ...none, input, cached, cacheWrite, output, reasoning, ...(at && { region: at }) }, terms)
          const expected = {
            ...none,
            input: input + cached + cacheWrite,
            cached: 0,
            cacheWrite: 0,
            output: output + reasoning,
            reasoning: 0,
          }
          expect(highestPriceOf(expected, terms)?.picoUsd).toBeGreaterThanOrEqual(billed?.picoUsd ?? Infinity)
        },
      ),
    )
  })
})

describe("a tokenizer of one's own", () => {
  it('counts the texts, for the model that is asked', async () => {
    const asked: string[] = []
    const tokenizer: Tokenizer = (text, model) => {
      asked.push(model)
      return text.length
    }
    const plain = (await first(routerOf())).estimate
    const { estimate } = await first(routerOf({ tokenizer }))
    expect(estimate.countedBy).toBe('tokenizer')
    expect(estimate.inputTokens).toBeGreaterThan(plain.inputTokens * 2)
    expect(new Set(asked)).toEqual(new Set(['one/gpt-6-sol']))
  })

  it.each<[string, Tokenizer]>([
    ['knows nothing of the model', () => undefined],
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['gives what is no number of tokens', () => Number.NaN],
    ['gives less than nothing', () => -1],
  ])('that %s leaves the counting to the rule by characters', async (_what, tokenizer) => {
    expect((await first(routerOf({ tokenizer }))).estimate).toEqual((await first(routerOf())).estimate)
  })

  it('must be a function', () => {
    // @ts-expect-error -- what a JavaScript caller may pass
    expect(() => routerOf({ tokenizer: 'gpt' })).toThrow(/tokenizer must be a function such as gptTokenizer\(\)/)
  })
})

describe('the rule by characters', () => {
  it('never gives more text fewer tokens', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, more) => {
        expect(textTokens(text + more)).toBeGreaterThanOrEqual(textTokens(text))
      }),
    )
  })

  it('counts what stands behind a deployment, whoever serves it', () => {
    const count = promptCounter()
    const request = { model: 'any', messages, tools: [{ type: 'function' as const, function: { name: 'f' } }] }
    const behind = count(request, { provider: 'cloud', model: 'prod', card: { id: 'claude-sonnet-4-5' } })
    expect(behind).toEqual(count(request, { provider: 'other', model: 'anthropic/claude-sonnet-4-5' }))
    expect(behind.tokens).toBeGreaterThan(count(request, { provider: 'cloud', model: 'prod' }).tokens + 300)
  })
})

const cardOf = (id: string, input: number | null): ModelCard => ({
  ...priced,
  id,
  prices: input === null ? null : { input, output: input, source: 'a test', asOf: '2026-01-01' },
})

describe('order: cheapest', () => {
  const provider = fakeProvider({
    id: 'one',
    models: [cardOf('dear', 9), cardOf('unknown', null), cardOf('cheap', 1), cardOf('also-cheap', 1)],
    script: () => answer('ok'),
  })
  const tier = ['one/dear', 'one/unknown', 'one/cheap', 'one/also-cheap']
  const chainOf = async (options: RouterOptions, model = 'tier:standard') => {
    const client = createRouter({ providers: [provider], tiers: { standard: tier }, ...options })
    return (await client.explain({ model, messages })).chain.map(({ model: id }) => id)
  }

  it('tries the likely cheapest of a tier first; unknown is never cheap', async () => {
    expect(await chainOf({ order: 'cheapest' })).toEqual(['cheap', 'also-cheap', 'dear', 'unknown'])
    expect(await chainOf({})).toEqual(['dear', 'unknown', 'cheap', 'also-cheap'])
  })

  it('holds for an agent, and leaves its primary before its fallbacks', async () => {
    const agents = { a: { primary: 'one/dear', fallback: ['tier:standard'], order: 'cheapest' as const } }
    expect(await chainOf({ agents }, 'agent:a')).toEqual(['dear', 'cheap', 'also-cheap', 'unknown'])
  })

  it('leaves groups their own order', async () => {
    const models = { shared: { targets: ['one/dear', 'one/cheap'], share: 'least-pending' as const } }
    expect((await chainOf({ order: 'cheapest', models }, 'shared')).toSorted()).toEqual(['cheap', 'dear'])
    const client = createRouter({ providers: [provider], models, tiers: { standard: tier }, order: 'cheapest' })
    expect((await client.explain({ model: 'shared', messages })).shared).toHaveLength(1)
  })
})
