import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { likeness, profileOf } from '../src/compare/likeness.ts'
import { randomOf, shuffled } from '../src/compare/random.ts'
import { meanOf, medianOf, quantile, quantileOf, signTest } from '../src/compare/statistics.ts'

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 })
const byValue = (one: number, other: number) => one - other
const apart = (numbers: readonly number[]) => numbers.map((value, cluster) => ({ value, cluster }))
const mean = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length

const of = (one: string, other: string) => likeness(profileOf(one), profileOf(other))
const holdsZero = (estimate: ReturnType<typeof meanOf>) => (estimate?.low ?? 1) <= 0 && (estimate?.high ?? -1) >= 0

/** Normally distributed numbers, by Box and Muller. */
function normals(count: number, seed: number): number[] {
  const random = randomOf(seed)
  return Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))
}

describe('quantiles', () => {
  it.each([
    [[1, 2, 3, 4], 0.5, 2.5],
    [[1, 2, 3, 4], 0.25, 1.75],
    [[10, 20, 30], 0.5, 20],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.95, 9.55],
    [[7], 0.95, 7],
  ])('of %j at %d are those of R and NumPy (type 7): %d', (rising, share, expected) => {
    expect(quantile(rising, share)).toBeCloseTo(expected, 12)
    expect(quantileOf(apart(rising), share, { seed: 1 })?.value).toBeCloseTo(expected, 12)
  })

  it('of nothing are nothing', () => {
    expect([medianOf([]), quantileOf([], 0.5, { seed: 1 }), meanOf([], { seed: 1 })]).toEqual([null, null, null])
  })

  it('of a sample drawn by weights are those of the sample written out', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(0.05, 0.5, 0.95), fc.nat(), (numbers, share, seed) => {
        // A bootstrap of one round: its only result is the quantile of one drawn sample.
        const estimate = quantileOf(apart(numbers), share, { seed, rounds: 1 })
        const random = randomOf(seed)
        const drawn = numbers.map(() => numbers[Math.floor(random() * numbers.length)] ?? Number.NaN)
        const expected = quantile(drawn.toSorted(byValue), share)
        const value = quantile(numbers.toSorted(byValue), share)
        const isSame = new Set(numbers).size === 1
        expect(estimate?.low).toBeCloseTo(isSame ? value : Math.min(value, expected), 6)
        expect(estimate?.high).toBeCloseTo(isSame ? value : Math.max(value, expected), 6)
      }),
    )
  })
})

describe('intervals', () => {
  it('hold the value, stay within the sample, and are the same for the same seed', () => {
    fc.assert(
      fc.property(values, fc.nat(), (numbers, seed) => {
        for (const estimate of [meanOf(apart(numbers), { seed }), quantileOf(apart(numbers), 0.5, { seed })]) {
          const { value = Number.NaN, low = Number.NaN, high = Number.NaN, n } = estimate ?? {}
          const slack = 1e-9 * (1 + Math.max(...numbers.map(Math.abs)))
          expect(low).toBeLessThanOrEqual(value)
          expect(value).toBeLessThanOrEqual(high)
          expect(low).toBeGreaterThanOrEqual(Math.min(...numbers) - slack)
          expect(high).toBeLessThanOrEqual(Math.max(...numbers) + slack)
          expect(n).toBe(numbers.length)
        }
        expect(meanOf(apart(numbers), { seed })).toEqual(meanOf(apart(numbers), { seed }))
      }),
      { numRuns: 30 },
    )
  })

  it('of a mean are as wide as theory has them: 1.96 standard errors to either side', () => {
    const numbers = normals(400, 3)
    const deviation = Math.sqrt(mean(numbers.map((value) => (value - mean(numbers)) ** 2)))
    const { value, low, high } = meanOf(apart(numbers), { seed: 5, rounds: 4000 }) ?? expect.fail('no estimate')
    const error = (1.96 * deviation) / 20
    expect(value).toBeCloseTo(mean(numbers), 12)
    expect((value - low) / error).toBeCloseTo(1, 1)
    expect((high - value) / error).toBeCloseTo(1, 1)
  })

  it('hold the truth about 95 times in 100', () => {
    let [ofMean, ofMedian] = [0, 0]
    for (let trial = 0; trial < 200; trial++) {
      const sample = apart(normals(60, 1000 + trial))
      if (holdsZero(meanOf(sample, { seed: trial, rounds: 400 }))) ofMean += 1
      if (holdsZero(quantileOf(sample, 0.5, { seed: trial, rounds: 400 }))) ofMedian += 1
    }
    expect(ofMean / 200).toBeGreaterThan(0.91)
    expect(ofMean / 200).toBeLessThan(0.99)
    expect(ofMedian / 200).toBeGreaterThan(0.91)
  })

  it('are not narrowed by asking the same prompts again', () => {
    const numbers = normals(20, 9)
    const once = meanOf(apart(numbers), { seed: 2 })
    const tenTimes = numbers.flatMap((value, cluster) => Array.from({ length: 10 }, () => ({ value, cluster })))
    const again = meanOf(tenTimes, { seed: 2 })
    expect(again?.low).toBeCloseTo(once?.low ?? Number.NaN, 9)
    expect(again?.high).toBeCloseTo(once?.high ?? Number.NaN, 9)
    expect(again?.n).toBe(200)
  })

  it('are over the calls where there is one prompt only', () => {
    const { low, high } =
      meanOf(
        normals(50, 4).map((value) => ({ value, cluster: 0 })),
        { seed: 1 },
      ) ?? expect.fail('no estimate')
    expect(high - low).toBeGreaterThan(0.3)
  })

  it('of what never varied are a point, to the last digit', () => {
    expect(meanOf(apart(Array.from({ length: 7 }, () => 0.1)), { seed: 1 })).toEqual({ value: 0.1, low: 0.1, high: 0.1, n: 7 })
  })
})

describe('the sign test', () => {
  it.each([
    [0, 0, 1],
    [0, 5, 0.0625],
    [1, 9, 0.021484375],
    [8, 2, 0.109375],
    [5, 5, 1],
    [3, 4, 1],
    // scipy.stats.binomtest(900, 2000).pvalue
    [900, 1100, 8.457088e-6],
  ])('of %i to %i gives %d, as tables and SciPy do', (one, other, expected) => {
    expect(signTest(one, other)).toBeCloseTo(expected, 9)
  })

  it('is a probability, the same from either side, and falls as the split gets more uneven', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(2000), (one, other) => {
        const p = signTest(one, other)
        expect(p).toBeGreaterThanOrEqual(0)
        expect(p).toBeLessThanOrEqual(1)
        expect(signTest(other, one)).toBe(p)
        if (one > 0 && one <= other) expect(signTest(one - 1, other + 1)).toBeLessThanOrEqual(p)
      }),
    )
  })
})

describe('the likeness of answers', () => {
  const texts = fc.oneof(fc.lorem({ maxCount: 30 }), fc.string({ unit: 'grapheme', maxLength: 60 }), fc.json())

  it('is from 0 to 1, the same from either side, and 1 for the same answer in other dress', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const value = of(one, other)
        expect(value).toBeGreaterThanOrEqual(0)
        expect(value).toBeLessThanOrEqual(1)
        expect(of(other, one)).toBe(value)
        expect(of(one, one)).toBe(1)
      }),
    )
    fc.assert(
      fc.property(fc.lorem({ maxCount: 30 }), (text) => {
        expect(of(text, `  ${text.toUpperCase().replaceAll(' ', ' \n')}!`)).toBe(1)
      }),
    )
  })

  it.each([
    ['42', '42.0', 0],
    ['-5', '5', 0],
    ['from 2-3', 'from 2 3', 1],
    ['1,000', '1000', 0],
    ['Ｆｕｌｌ　ｗｉｄｔｈ', 'full width', 1],
    ['今日は良い天気です', '今日は良い天気です。', 1],
    ['東京', '京都', 0],
    ['😀', '😀', 1],
    ['😀', '🙁', 0],
    ['', '', 1],
    ['', 'x', 0],
    ['[1,2]', '[2,1]', 0],
    ['{"a":{"b":1,"c":2}}', '{"a":{"c":2,"b":1}}', 1],
    ['{"a":[1]}', '{"a":1}', 0],
  ])('of %j and %j is %d', (one, other, expected) => {
    expect(of(one, other)).toBe(expected)
  })
})

describe('a random order', () => {
  it('holds everything once, and depends on the seed alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
        const order = shuffled(items, randomOf(seed))
        expect(order.toSorted(byValue)).toEqual(items.toSorted(byValue))
        expect(shuffled(items, randomOf(seed))).toEqual(order)
      }),
    )
  })

  it('puts everything everywhere equally often', () => {
    const random = randomOf(11)
    const counts = [0, 0, 0, 0]
    for (let round = 0; round < 4000; round++) {
      const place = shuffled([0, 1, 2, 3], random).indexOf(2)
      counts[place] = (counts[place] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120)
  })
})
