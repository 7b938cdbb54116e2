import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { costOf, priceOf } from '../src/catalog/cost.ts'
import { models } from '../src/catalog/models.ts'
import { isSameModel } from '../src/catalog/same-model.ts'
import { findSnapshot } from '../src/catalog/snapshot.ts'
import { noTokens } from '../src/contracts/usage.ts'
import { createRouter, genaiPrices, routeOf } from '../src/index.ts'
import type { ModelOverride, PriceSource, Prices, Usage } from '../src/index.ts'
import { answer, fakeClock, fakeProvider } from '../src/testing/index.ts'

const named = { source: 'a test', asOf: '2026-01-01' }

/** Millionths of a dollar. */
function millionths(usage: Partial<Usage>, prices: Prices, at?: string): number | undefined {
  const cost = priceOf({ ...noTokens, ...usage }, prices, at === undefined ? undefined : Date.parse(at))
  return cost === null ? undefined : Number(cost.picoUsd) / 1e6
}

function nameOf(prices: Prices): string | undefined {
  return priceOf(noTokens, prices)?.snapshot
}

describe('what a price says beside its rates', () => {
  it('fees by the piece, which no tier changes', () => {
    const prices: Prices = {
      ...named,
      input: 1,
      output: 2,
      perRequest: 0.005,
      perSearch: 0.01,
      perImage: 0.039,
      serviceTiers: { flex: 0.5 },
    }
    // 10 x 1 + 5 x 2 = 20 millionths; the request 5,000, two searches 20,000, a picture 39,000
    expect(millionths({ input: 10, output: 5, searches: 2, images: 1 }, prices)).toBe(64_020)
    // half of 20, and the same fees
    expect(millionths({ input: 10, output: 5, searches: 2, images: 1, serviceTier: 'flex' }, prices)).toBe(64_010)
  })

  it('rates for pictures and for reasoning, else those of their text', () => {
    const usage = { input: 1, imageInput: 10, output: 1, imageOutput: 100, reasoning: 1000 }
    expect(millionths(usage, { ...named, input: 1, output: 2 })).toBe(1 + 10 + 2 + 200 + 2000)
    const own = { ...named, input: 1, output: 2, imageInput: 3, imageOutput: 30, reasoning: 4 }
    expect(millionths(usage, own)).toBe(1 + 30 + 2 + 3000 + 4000)
  })

  it('counts pictures as part of a long prompt', () => {
    const prices = { ...named, input: 1, output: 0, longContext: [{ above: 100, input: 2, output: 0 }] }
    expect(millionths({ input: 60, imageInput: 40 }, prices)).toBe(100)
    expect(millionths({ input: 60, imageInput: 41 }, prices)).toBe(202)
  })

  describe('service tiers', () => {
    const prices: Prices = {
      ...named,
      input: 2,
      cachedInput: 0.5,
      output: 8,
      longContext: [{ above: 1000, input: 4, output: 12 }],
      serviceTiers: { flex: 0.5, priority: { input: 3.5, cachedInput: 0.875, output: 14 } },
    }

    it('by a factor on every rate, long prompts too', () => {
      // (10 x 2 + 4 x 0.5 + 3 x 8) / 2
      expect(millionths({ input: 10, cached: 4, output: 3, serviceTier: 'flex' }, prices)).toBe(23)
      expect(millionths({ input: 1001, serviceTier: 'flex' }, prices)).toBe(2002)
    })

    it('or by rates of their own', () => {
      // 10 x 3.5 + 4 x 0.875 + 3 x 14
      expect(millionths({ input: 10, cached: 4, output: 3, serviceTier: 'priority' }, prices)).toBe(80.5)
      expect(millionths({ input: 1001, serviceTier: 'priority' }, prices)).toBe(3503.5)
    })

    it('and one without a known price has no known cost', () => {
      expect(millionths({ input: 10, serviceTier: 'scale' }, prices)).toBeUndefined()
    })
  })

  it('regions by a factor; an unnamed one costs what the list says', () => {
    const prices = { ...named, input: 5, output: 25, regions: { us: 1.1 } }
    expect(millionths({ input: 10, output: 10, region: 'us' }, prices)).toBe(330)
    expect(millionths({ input: 10, output: 10, region: 'global' }, prices)).toBe(300)
    expect(millionths({ input: 10, output: 10 }, prices)).toBe(300)
  })

  it('factors multiply and are rounded once, to the pico-dollar', () => {
    const prices: Prices = { ...named, input: 0.000003, output: 0, serviceTiers: { flex: 0.5 }, regions: { us: 1.1 } }
    // 3 pico-dollars x 0.55 = 1.65, so 2 a token
    expect(priceOf({ ...noTokens, input: 7, serviceTier: 'flex', region: 'us' }, prices)?.picoUsd).toBe(14n)
  })

  describe('hours of the day, in UTC', () => {
    const peaks: Prices = {
      ...named,
      input: 1,
      output: 0,
      hours: [
        { from: '01:00', to: '04:00', days: [1, 2, 3, 4, 5], factor: 2 },
        { from: '23:30', to: '00:30', days: [6], factor: 3 },
      ],
    }
    it.each([
      ['2026-11-23T00:59:59.999Z', 1, 'a Monday, the last millisecond before'],
      ['2026-11-23T01:00:00Z', 2, 'the first minute'],
      ['2026-11-23T03:59:59.999Z', 2, 'the last one'],
      ['2026-11-23T04:00:00Z', 1, 'the first after'],
      ['2026-11-22T02:00:00Z', 1, 'a Sunday'],
      ['2026-11-28T23:30:00Z', 3, 'a Saturday night'],
      ['2026-11-29T00:29:00Z', 3, 'which goes on after midnight'],
      ['2026-11-29T00:30:00Z', 1, 'and ends'],
      ['2026-11-29T23:45:00Z', 1, 'a Sunday night'],
    ])('%s: %d times (%s)', (at, factor) => {
      expect(millionths({ input: 10 }, peaks, at)).toBe(10 * factor)
    })
  })

  it('takes a change as a whole: what it does not say does not hold any more', () => {
    const prices: Prices = {
      ...named,
      input: 1,
      output: 1,
      perSearch: 0.01,
      changes: [{ from: '2027-01-01', input: 2, output: 2 }],
    }
    expect(millionths({ input: 10, searches: 1 }, prices, '2026-12-31T23:59:59Z')).toBe(10_010)
    expect(millionths({ input: 10, searches: 1 }, prices, '2027-01-01T00:00:00Z')).toBe(20)
  })

  const rate = fc.integer({ min: 0, max: 999_999_999 })
  const count = fc.nat(2_000_000)
  it('is exact: whole pico-dollars, whatever is charged', () => {
    fc.assert(
      fc.property(
        fc.tuple(rate, rate, rate, rate),
        fc.tuple(count, count, count, count),
        fc.integer({ min: 0, max: 2_000_000 }),
        ([input, output, perSearch, imageOutput], [fresh, written, searches, pictures], factor) => {
          const prices: Prices = {
            ...named,
            input: input / 1e6,
            output: output / 1e6,
            perSearch: perSearch / 1e12,
            imageOutput: imageOutput / 1e6,
            serviceTiers: { odd: factor / 1e6 },
          }
          const usage: Usage = { ...noTokens, input: fresh, output: written, searches, imageOutput: pictures, serviceTier: 'odd' }
          const scaled = (pico: number): bigint => (BigInt(pico) * BigInt(factor) + 500_000n) / 1_000_000n
          expect(priceOf(usage, prices)?.picoUsd).toBe(
            BigInt(fresh) * scaled(input) +
              BigInt(written) * scaled(output) +
              BigInt(pictures) * scaled(imageOutput) +
              BigInt(searches) * BigInt(perSearch),
          )
        },
      ),
    )
  })
})

describe('the name of a price', () => {
  const prices: Prices = { ...named, input: 1, output: 2, cachedInput: 0.5 }
  it('is the same for the same figures, however they are written down', () => {
    expect(nameOf({ cachedInput: 0.5, output: 2, ...named, input: 1 })).toBe(nameOf(prices))
  })

  it('is another for any other figure', () => {
    const others = [{ input: 1.000001 }, { perSearch: 0 }, { regions: { us: 1.1 } }, { serviceTiers: { flex: 0.5 } }]
    expect(new Set([prices, ...others.map((other) => ({ ...prices, ...other }))].map(nameOf)).size).toBe(5)
  })

  it('leads back to the figures and to the models that have them', () => {
    const { snapshot = '' } =
      costOf(
        noTokens,
        models.find(({ id }) => id === 'gpt-6-luna'),
      ) ?? {}
    expect(findSnapshot(snapshot, models)).toMatchObject({ prices: { input: 0.1, output: 0.5 }, models: ['openai/gpt-6-luna'] })
    expect(findSnapshot('a test (2026-01-01) #00000000', models)).toBeUndefined()
  })

  it('is shared by models with the same figures from the same place', () => {
    const card = { provider: 'p', tier: 'simple', input: ['text'], features: [], prices } as const
    const cards = [
      { ...card, id: 'a' },
      { ...card, id: 'b' },
      { ...card, id: 'c', prices: null },
    ]
    expect(findSnapshot(nameOf(prices) ?? '', cards)?.models).toEqual(['p/a', 'p/b'])
  })

  it('leads back to a price that was announced ahead', () => {
    const flash = models.find(({ id }) => id === 'gemini-3.8-flash')
    const { snapshot = '' } = costOf(noTokens, flash, Date.parse('2027-02-01')) ?? {}
    expect(findSnapshot(snapshot, models)).toMatchObject({ from: '2027-01-01', prices: { input: 1.5, output: 7.5 } })
  })
})

describe('whether two ids name one model', () => {
  it.each([
    ['claude-sonnet-5', 'claude-sonnet-5-20260630'],
    ['gpt-4o', 'gpt-4o-2024-08-06'],
    ['claude-sonnet-4', 'claude-sonnet-4@20250514'],
    ['claude-3-5-haiku-latest', 'claude-3-5-haiku-20241022'],
    ['regional.amazon.nova-2-lite-v1:0', 'us.amazon.nova-2-lite-v1:0'],
    ['amazon.nova-pro-v1:0', 'eu.amazon.nova-pro-v1:0'],
    ['some-model', 'some-model-eu'],
  ])('%s and %s do', (one, other) => {
    expect(isSameModel(one, other)).toBe(true)
    expect(isSameModel(other, one)).toBe(true)
  })

  it.each([
    ['claude-sonnet-5', 'claude-sonnet-5-5'],
    ['gpt-4o', 'gpt-4o-mini'],
    ['gpt-5', 'gpt-5-chat-latest'],
    ['mistral-small', 'mistral-small-2603'],
    ['global.amazon.nova-2-lite-v1:0', 'us.amazon.nova-2-lite-v1:0'],
    ['claude-sonnet-4-20250514', 'claude-sonnet-4-20250929'],
    ['nova-pro-v1:0', 'nova-pro-v2:0'],
  ])('%s and %s do not', (one, other) => {
    expect(isSameModel(one, other)).toBe(false)
    expect(isSameModel(other, one)).toBe(false)
  })

  it('longer and shorter ids never do', () => {
    const word = fc.stringMatching(/^[a-z]{2,6}[a-z0-9.]{0,4}$/)
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('-5', '-mini', '-pro', '.1', '-2603'),
        (words, tail) => {
          expect(isSameModel(words.join('-'), words.join('-') + tail)).toBe(false)
        },
      ),
    )
  })
})

describe('prices from elsewhere', () => {
  const body = { messages: [{ role: 'user' as const, content: 'Hi' }] }
  const clock = fakeClock({ wallMs: Date.parse('2026-11-22T12:00:00Z') })
  const script = answer('Yes.', { usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 } })

  async function costAt(model: string, { prices, catalog }: { prices?: PriceSource | false; catalog?: ModelOverride[] } = {}) {
    const provider = fakeProvider({ id: 'openrouter', models: [], script })
    const options = {
      providers: [provider],
      clock,
      ...(prices !== undefined && { prices }),
      ...(catalog !== undefined && { catalog }),
    }
    const client = createRouter(options)
    return routeOf(await client.chat.completions.create({ model: `openrouter/${model}`, ...body }))?.costUsd
  }

  it('count where no card has one, from the first call on', async () => {
    // 1000 x 2.50 + 100 x 10 = 3500 millionths, by @pydantic/genai-prices
    expect(await costAt('openai/gpt-4o')).toBe(0.0035)
  })

  it('never come before a price of your own', async () => {
    const own = { provider: 'openrouter', id: 'openai/gpt-4o', tier: 'simple' as const, input: ['text' as const], features: [] }
    expect(await costAt('openai/gpt-4o', { catalog: [{ ...own, prices: { ...named, input: 1, output: 1 } }] })).toBe(0.0011)
  })

  it('of your own come before those that an adapter brings along', async () => {
    const brought = { provider: 'own', id: 'm', tier: 'simple' as const, input: ['text' as const], features: [] }
    const provider = fakeProvider({ id: 'own', models: [{ ...brought, prices: { ...named, input: 9, output: 9 } }], script })
    const catalog = [{ provider: 'own', id: 'm', prices: { ...named, input: 1, output: 1 } }]
    const client = createRouter({ providers: [provider], clock, catalog })
    expect(routeOf(await client.chat.completions.create({ model: 'own/m', ...body }))?.costUsd).toBe(0.0011)
  })

  it('are unknown for what the list only nearly knows', async () => {
    expect(await costAt('openai/gpt-4o-nearly')).toBeNull()
  })

  it('can be switched off', async () => {
    expect(await costAt('openai/gpt-4o', { prices: false })).toBeNull()
  })

  it('can be your own, loaded before the first call that needs them and never for others', async () => {
    let loads = 0
    const asked: string[] = []
    const mine: Prices = { ...named, input: 3, output: 0 }
    const prices: PriceSource = {
      async load() {
        loads += 1
        await Promise.resolve()
      },
      pricesOf(provider, model) {
        asked.push(`${provider}/${model}`)
        return loads > 0 ? mine : null
      },
    }
    const card = { provider: 'openrouter', id: 'known', tier: 'simple' as const, input: ['text' as const], features: [] }
    expect(await costAt('known', { prices, catalog: [{ ...card, prices: { ...named, input: 1, output: 1 } }] })).toBe(0.0011)
    expect({ loads, asked }).toEqual({ loads: 0, asked: [] })
    expect(await costAt('mine', { prices })).toBe(0.003)
    expect({ loads, asked }).toEqual({ loads: 1, asked: ['openrouter/mine'] })
  })

  it('that cannot be loaded are none, and cost no answer', async () => {
    const prices: PriceSource = { load: () => Promise.reject(new Error('away')), pricesOf: () => null }
    expect(await costAt('openai/gpt-4o', { prices })).toBeNull()
  })

  it('keep to what the package says, figure by figure', async () => {
    const list = genaiPrices()
    await list.load?.()
    expect(list.problem).toBeUndefined()
    expect(list.pricesOf('anthropic', 'claude-sonnet-5')).toMatchObject({ input: 2, cacheWrite1h: 4, perSearch: 0.01 })
    expect(list.pricesOf('anthropic', 'claude-sonnet-5-5')).toBeNull()
    expect(list.pricesOf('openai', 'gpt-6-luna')).toMatchObject({ longContext: [{ above: 272_000, input: 0.2, output: 0.75 }] })
    expect(list.pricesOf('google', 'gemini-3.8-flash')).toMatchObject({
      input: 0.75,
      changes: [{ from: '2027-01-01', input: 1.5 }],
    })
    expect(list.pricesOf('bedrock', 'us.amazon.nova-2-lite-v1:0')).toMatchObject({ input: 0.33 })
    expect(list.pricesOf('bedrock', 'global.amazon.nova-2-lite-v1:0')).toMatchObject({ input: 0.3 })
    expect(list.pricesOf('perplexity', 'sonar-pro')).toMatchObject({ perRequest: 0.014 })
    // Twice as much at two times of the day.
    expect(list.pricesOf('deepseek', 'deepseek-v4-flash')?.changes?.at(-1)?.hours).toEqual([
      { from: '01:00', to: '04:00', factor: 2 },
      { from: '06:00', to: '10:00', factor: 2 },
    ])
    // By the hour of sound, by the token of a citation: units that nothing here counts.
    expect(list.pricesOf('openai', 'whisper-1')).toBeNull()
    expect(list.pricesOf('perplexity', 'sonar-deep-research')).toBeNull()
  })
})
