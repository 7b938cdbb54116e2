import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCatalog } from '../src/catalog/catalog.ts'
import { costOf } from '../src/catalog/cost.ts'
import { countOf } from '../src/catalog/usage.ts'
import { formatUsd } from '../src/money.ts'
import { estimateTextTokens, estimateTokens, tokensAtMost } from '../src/catalog/estimate.ts'
import { models } from '../src/catalog/models.ts'
import type { ModelCard, Rates } from '../src/contracts/catalog.ts'
import type { ChatMessage } from '../src/contracts/chat.ts'
import { noTokens } from '../src/contracts/usage.ts'
import type { Usage } from '../src/contracts/usage.ts'

const catalog = createCatalog(models)

function cardWith(prices: Rates & { readonly longContext?: readonly ({ readonly above: number } & Rates)[] }): ModelCard {
  return {
    provider: 'p',
    id: 'm',
    tier: 'standard',
    input: ['text'],
    features: [],
    prices: { ...prices, source: 'a test', asOf: '2026-01-01' },
  }
}

/** What a million tokens of one bucket cost at those rates. */
function ratePer(bucket: keyof Usage, rates: Rates): number | undefined {
  return costOf({ ...noTokens, [bucket]: 1_000_000 }, cardWith(rates))?.usd
}

function pico(dollars: number): bigint {
  return BigInt(Math.round(dollars * 1e6))
}

function ask(content: string): ChatMessage {
  return { role: 'user', content }
}

function image(url: string): number {
  return estimateTokens({ model: 'm', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] })
}

/** Millionths of a dollar, worked out by hand below, in pico-dollars. */
function micro(microUsd: string): bigint {
  const [whole = '0', fraction = ''] = microUsd.split('.')
  return BigInt(whole + fraction.padEnd(6, '0'))
}

describe('bills worked out by hand', () => {
  it.each<[string, Partial<Usage>, string, string]>([
    // 600 x 2.50 + 400 x 1.25 + 500 x 10
    ['openai/gpt-4o', { input: 600, cached: 400, output: 500 }, '7000', 'cache reads at half price'],
    // 10 x 4 + 20,000 x 0.20 + 1,000 x 5 + 2,000 x 8 + 300 x 20
    [
      'anthropic/claude-opus-5-5',
      { input: 10, cached: 20_000, cacheWrite: 1000, cacheWrite1h: 2000, output: 300 },
      '31040',
      'cache writes for five minutes and for an hour',
    ],
    // 272,000 x 0.10 + 100 x 0.50
    ['openai/gpt-6-luna', { input: 272_000, output: 100 }, '27250', 'the last prompt at the lower rates'],
    // 272,001 x 0.20 + 100 x 0.75
    ['openai/gpt-6-luna', { input: 272_001, output: 100 }, '54475.2', 'the first prompt at the higher rates, answer included'],
    // 272,000 x 5 + 10 x 22.50
    ['openai/gpt-5.4', { input: 272_000, output: 10 }, '1360225', 'a vendor whose limit itself is long'],
    // 5,000 x 0.50 + 90,000 x 0.05 + 5,001 x 0.625 + 10 x 2.50
    [
      'anthropic/claude-haiku-5-5',
      { input: 5000, cached: 90_000, cacheWrite: 5001, output: 10 },
      '10150.625',
      'a prompt that is long only with its cached part',
    ],
    // 100 x 2.50 + 1,000 x 32 + 50 x 10 + 500 x 64
    ['openai/gpt-audio', { input: 100, audioInput: 1000, output: 50, audioOutput: 500 }, '64750', 'sound in and out'],
    // 100 x 0.30 + 2,000 x 1 + (20 + 30) x 2.50
    ['google/gemini-2.5-flash', { input: 100, audioInput: 2000, output: 20, reasoning: 30 }, '2155', 'reasoning is output'],
    // 1 x 0.01875
    ['google/gemini-1.5-flash', { cached: 1 }, '0.01875', 'one token at a rate of five decimals'],
  ])('%s with %o costs %s millionths of a dollar (%s)', (name, usage, expected) => {
    const [provider = '', id = ''] = name.split('/')
    expect(costOf({ ...noTokens, ...usage }, catalog.find(provider, id))?.picoUsd).toBe(micro(expected))
  })

  it('names the source and the date of the price', () => {
    expect(costOf(noTokens, catalog.find('openai', 'gpt-4o'))).toEqual({
      picoUsd: 0n,
      usd: 0,
      snapshot: expect.stringMatching(/^@pydantic\/genai-prices 0\.1\.8 \(2026-11-22\) #[0-9a-f]{8}$/),
    })
  })

  it('applies an announced change from its day on', () => {
    const flash = catalog.find('google', 'gemini-3.8-flash')
    const million = { ...noTokens, input: 1_000_000 }
    expect(costOf(million, flash)?.usd).toBe(0.75)
    expect(costOf(million, flash, Date.parse('2026-12-31T23:59:59Z'))?.usd).toBe(0.75)
    const after = costOf(million, flash, Date.parse('2027-01-01T00:00:00Z'))
    expect(after?.usd).toBe(1.5)
    expect(after?.snapshot).toContain('from 2027-01-01')
  })
})

describe('a price', () => {
  it('that is not known costs null, never nothing', () => {
    expect(costOf({ ...noTokens, input: 1 }, undefined)).toBeNull()
    expect(costOf({ ...noTokens, input: 1 }, catalog.find('anthropic', 'claude-fable-5-2'))).toBeNull()
  })

  it.each([Number.NaN, -1, Infinity])('of %d is not a price', (input) => {
    expect(costOf({ ...noTokens, input: 1 }, cardWith({ input, output: 1 }))).toBeNull()
    expect(
      costOf({ ...noTokens, input: 1 }, cardWith({ input: 1, output: 1, longContext: [{ above: 5, input, output: 1 }] })),
    ).toBeNull()
  })

  it('of zero is one', () => {
    expect(costOf({ ...noTokens, input: 1 }, cardWith({ input: 0, output: 0 }))?.picoUsd).toBe(0n)
  })

  it('that a bucket lacks is the one of the bucket it is a part of', () => {
    const rates = { input: 3, output: 7 }
    for (const bucket of ['cached', 'cacheWrite', 'cacheWrite1h', 'audioInput'] as const) expect(ratePer(bucket, rates)).toBe(3)
    for (const bucket of ['reasoning', 'audioOutput'] as const) expect(ratePer(bucket, rates)).toBe(7)
    expect(ratePer('cacheWrite1h', { ...rates, cacheWrite: 4 })).toBe(4)
  })

  it('takes the highest step below the prompt, in whatever order the steps stand', () => {
    const stepped = cardWith({
      input: 1,
      output: 0,
      longContext: [
        { above: 10, input: 2, output: 0 },
        { above: 1000, input: 4, output: 0 },
        { above: 100, input: 3, output: 0 },
      ],
    })
    const rateAt = (input: number): number => Number(costOf({ ...noTokens, input }, stepped)?.picoUsd) / 1e6 / input
    expect([10, 11, 100, 101, 1000, 1001].map(rateAt)).toEqual([1, 2, 2, 3, 3, 4])
  })

  const rate = fc.integer({ min: 0, max: 999_999_999 }).map((micros) => micros / 1e6)
  const count = fc.oneof(fc.nat(1000), fc.nat(2_000_000), fc.nat(Number.MAX_SAFE_INTEGER))

  it('is applied exactly, to any number of tokens', () => {
    fc.assert(
      fc.property(rate, rate, rate, count, count, count, (input, cachedInput, output, fresh, cached, out) => {
        const cost = costOf({ ...noTokens, input: fresh, cached, output: out }, cardWith({ input, cachedInput, output }))
        expect(cost?.picoUsd).toBe(BigInt(fresh) * pico(input) + BigInt(cached) * pico(cachedInput) + BigInt(out) * pico(output))
      }),
    )
  })
})

describe('usage in disjoint buckets', () => {
  it('takes the parts out of the totals', () => {
    expect(
      countOf({
        prompt_tokens: 1000,
        completion_tokens: 500,
        total_tokens: 1500,
        prompt_tokens_details: { cached_tokens: 400, cache_write_tokens: 100, audio_tokens: 50, image_tokens: 30 },
        completion_tokens_details: { reasoning_tokens: 200, audio_tokens: 100, rejected_prediction_tokens: 20 },
      })?.usage,
    ).toEqual({
      ...noTokens,
      input: 420,
      imageInput: 30,
      cached: 400,
      cacheWrite: 100,
      audioInput: 50,
      output: 200,
      reasoning: 200,
      audioOutput: 100,
    })
  })

  it('reads long-lived cache writes as a part of all cache writes', () => {
    const details = { cache_write_tokens: 100, cache_write_1h_tokens: 60 }
    const usage = { prompt_tokens: 500, completion_tokens: 0, total_tokens: 500, prompt_tokens_details: details }
    expect(countOf(usage)?.usage).toEqual({ ...noTokens, input: 400, cacheWrite: 40, cacheWrite1h: 60 })
  })

  it('is null where nothing was counted', () => {
    expect(countOf(null)).toBeNull()
    expect(countOf(undefined)).toBeNull()
    expect(countOf(JSON.parse('{}'))).toBeNull()
  })

  it('always sums to the totals, whatever the details claim', () => {
    const total = fc.nat(10_000_000)
    const nonsense = fc.oneof(
      fc.integer({ min: -10, max: 20_000_000 }),
      fc.double(),
      fc.constantFrom(null, undefined, '5', Number.NaN, {}),
    )
    const details = fc.option(
      fc.record({
        cached_tokens: nonsense,
        cache_write_tokens: nonsense,
        cache_write_1h_tokens: nonsense,
        audio_tokens: nonsense,
        reasoning_tokens: nonsense,
      }),
    )
    fc.assert(
      fc.property(total, total, details, details, (prompt, completion, promptDetails, completionDetails) => {
        const body = {
          prompt_tokens: prompt,
          completion_tokens: completion,
          total_tokens: 0,
          prompt_tokens_details: promptDetails,
          completion_tokens_details: completionDetails,
        }
        const usage = countOf(JSON.parse(JSON.stringify(body)))?.usage ?? undefined
        expect(usage).toBeDefined()
        if (usage === undefined) return
        for (const tokens of Object.values(usage)) expect(Number.isSafeInteger(tokens) && tokens >= 0).toBe(true)
        const { input, cached, cacheWrite, cacheWrite1h, audioInput, output, reasoning, audioOutput } = usage
        expect(input + cached + cacheWrite + cacheWrite1h + audioInput).toBe(prompt)
        expect(output + reasoning + audioOutput).toBe(completion)
      }),
    )
  })
})

describe('dollars for people', () => {
  it.each([
    [0, '$0.00'],
    [0.01, '$0.01'],
    [1234.5, '$1,234.50'],
    [0.00042, '$0.00042'],
    [0.0000001, '$0.00000010'],
    [-0.5, '-$0.50'],
    [null, 'unknown'],
    [Number.NaN, 'unknown'],
  ])('%d reads %s', (usd, expected) => {
    expect(formatUsd(usd)).toBe(expected)
  })
})

describe('estimated tokens', () => {
  it('follow the rule as documented', () => {
    // 3 for the answer's start, 4 for the message, 8 characters are 2 tokens
    expect(estimateTokens({ model: 'm', messages: [ask('abcdefgh')] })).toBe(9)
    expect(estimateTextTokens('приветик')).toBe(4)
    expect(estimateTextTokens('你好世界')).toBe(4)
    expect(estimateTextTokens('')).toBe(0)
  })

  it('count an image flat, whatever its size', () => {
    expect(image(`data:image/png;base64,${'A'.repeat(1_000_000)}`)).toBe(image('https://example.org/a.png'))
    expect(image('https://example.org/a.png')).toBe(1007)
  })

  const unit = fc.constantFrom('grapheme' as const, 'binary-ascii' as const)
  const text = unit.chain((kind) => fc.string({ unit: kind, maxLength: 300 }))
  const message: fc.Arbitrary<ChatMessage> = fc.oneof(
    text.map((content): ChatMessage => ({ role: 'system', content })),
    text.map((content): ChatMessage => ({ role: 'user', content: [{ type: 'text', text: content }] })),
    text.map((content): ChatMessage => ({ role: 'tool', tool_call_id: 'c', content })),
    fc.tuple(text, text).map(([name, args]): ChatMessage => ({
      role: 'assistant',
      tool_calls: [{ id: 'c', type: 'function', function: { name, arguments: args } }],
    })),
  )
  const tool = fc
    .tuple(text, fc.dictionary(fc.string(), fc.jsonValue()))
    .map(([name, parameters]) => ({ type: 'function' as const, function: { name, parameters } }))

  it('never fall when something is added', () => {
    fc.assert(
      fc.property(
        fc.array(message),
        fc.array(tool, { maxLength: 3 }),
        message,
        tool,
        text,
        (messages, tools, more, oneMore, tail) => {
          const before = estimateTokens({ model: 'm', messages, tools })
          expect(estimateTokens({ model: 'm', messages: [...messages, more], tools })).toBeGreaterThan(before)
          expect(estimateTokens({ model: 'm', messages, tools: [...tools, oneMore] })).toBeGreaterThan(before)
          expect(estimateTextTokens(`${tail}x`)).toBeGreaterThanOrEqual(estimateTextTokens(tail))
        },
      ),
    )
  })

  it('stay below the bound that reads no text', () => {
    fc.assert(
      fc.property(fc.array(message), fc.array(tool, { maxLength: 3 }), (messages, tools) => {
        const request = { model: 'm', messages, tools }
        expect(tokensAtMost(request)).toBeGreaterThanOrEqual(estimateTokens(request))
      }),
    )
  })
})
