import { randomOf } from './random.ts'
import type { Estimate, Spread } from './report.ts'

/** One measured number, and what it belongs to: answers to the same prompt are not independent of each other. */
export interface Point {
  readonly value: number
  readonly cluster: number
}

/** How intervals are drawn. */
export interface Resampling {
  readonly seed: number
  /** How many times the sample is drawn anew. Default 1,000. */
  readonly rounds?: number
}

/** The mean with its interval; `null` of nothing. */
export function meanOf(points: readonly Point[], resampling: Resampling): Estimate | null {
  if (points.length === 0) return null
  const clusters = clustersOf(points)
  const sums = new Float64Array(clusters.count)
  const sizes = new Float64Array(clusters.count)
  for (const [index, { value }] of points.entries()) {
    const cluster = clusters.of(index)
    sums[cluster] = (sums[cluster] ?? 0) + value
    sizes[cluster] = (sizes[cluster] ?? 0) + 1
  }
  return estimate(points, clusters.count, {
    resampling,
    statistic: (weights) => weightedSum(sums, weights) / weightedSum(sizes, weights),
  })
}

/** A quantile (0.5: the median) with its interval; `null` of nothing. Between two values it is interpolated (type 7). */
export function quantileOf(points: readonly Point[], share: number, resampling: Resampling): Estimate | null {
  if (points.length === 0) return null
  const clusters = clustersOf(points)
  const rising = points
    .map(({ value }, index) => ({ value, cluster: clusters.of(index) }))
    .toSorted((one, other) => one.value - other.value)
  return estimate(points, clusters.count, { resampling, statistic: (weights) => weightedQuantile(rising, share, weights) })
}

/** The middle and the slow end. */
export function spreadOf(points: readonly Point[], resampling: Resampling): Spread {
  return { p50: quantileOf(points, 0.5, resampling), p95: quantileOf(points, 0.95, resampling) }
}

/** A quantile of plain numbers in rising order, interpolated. */
export function quantile(rising: readonly number[], share: number): number {
  const at = (rising.length - 1) * share
  const [below = Number.NaN, above = below] = [rising[Math.floor(at)], rising[Math.ceil(at)]]
  return between(below, above, at - Math.floor(at))
}

/** The median of plain numbers; `null` of none. */
export function medianOf(values: readonly number[]): number | null {
  return values.length === 0
    ? null
    : quantile(
        values.toSorted((one, other) => one - other),
        0.5,
      )
}

/**
 * The exact sign test, two-sided: how likely a split at least as uneven as `one` to `other` is where both sides are equally
 * likely. On answers that one of two passes and the other fails, this is McNemar's exact test.
 */
export function signTest(one: number, other: number): number {
  const n = one + other
  const least = Math.min(one, other)
  if (n === 0) return 1
  // The terms grow up to the last one; measured by it none is too small for a number.
  let term = 1
  let tail = 1
  let lastLog = -n * Math.LN2
  for (let k = 0; k < least; k++) lastLog += Math.log((n - k) / (k + 1))
  for (let k = least; k > 0; k--) {
    term *= k / (n - k + 1)
    tail += term
  }
  return Math.min(1, 2 * tail * Math.exp(lastLog))
}

interface Clusters {
  readonly count: number
  of(index: number): number
}

/** Numbers the clusters from 0. A sample of one cluster says nothing of others: its points are then drawn one by one. */
function clustersOf(points: readonly Point[]): Clusters {
  const numbers = new Map<number, number>()
  for (const { cluster } of points) if (!numbers.has(cluster)) numbers.set(cluster, numbers.size)
  if (numbers.size === 1) return { count: points.length, of: (index) => index }
  return { count: numbers.size, of: (index) => numbers.get(points[index]?.cluster ?? Number.NaN) ?? 0 }
}

interface Drawing {
  readonly resampling: Resampling
  /** The statistic where every cluster counts as often as its weight says. */
  readonly statistic: (weights: Float64Array) => number
}

/** Percentile bootstrap: clusters are drawn with replacement, as many as there are; 95 of 100 results lie within. */
function estimate(points: readonly Point[], count: number, { resampling, statistic }: Drawing): Estimate {
  const [{ value: first } = { value: Number.NaN }] = points
  // Sums of what is the same everywhere must not differ in the last digit.
  if (points.every((point) => point.value === first)) return { value: first, low: first, high: first, n: points.length }
  const value = statistic(new Float64Array(count).fill(1))
  const { seed, rounds = 1000 } = resampling
  const random = randomOf(seed)
  const drawn: number[] = []
  const weights = new Float64Array(count)
  for (let round = 0; round < rounds; round++) {
    weights.fill(0)
    for (let draw = 0; draw < count; draw++) {
      const cluster = Math.floor(random() * count)
      weights[cluster] = (weights[cluster] ?? 0) + 1
    }
    drawn.push(statistic(weights))
  }
  const rising = drawn.toSorted((one, other) => one - other)
  return {
    value,
    low: Math.min(value, quantile(rising, 0.025)),
    high: Math.max(value, quantile(rising, 0.975)),
    n: points.length,
  }
}

function weightedSum(values: Float64Array, weights: Float64Array): number {
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += (values[index] ?? 0) * (weights[index] ?? 0)
  return sum
}

interface Ranked {
  readonly value: number
  readonly cluster: number
}

/** The quantile of a sample in which each value stands as often as its cluster was drawn, without writing it out. */
function weightedQuantile(rising: readonly Ranked[], share: number, weights: Float64Array): number {
  let total = 0
  for (const { cluster } of rising) total += weights[cluster] ?? 0
  const at = (total - 1) * share
  const floor = Math.floor(at)
  let passed = 0
  let below: number | undefined
  for (const { value, cluster } of rising) {
    passed += weights[cluster] ?? 0
    if (below === undefined && passed > floor) below = value
    if (below !== undefined && (at === floor || passed > floor + 1)) return between(below, value, at - floor)
  }
  return below ?? Number.NaN
}

function between(below: number, above: number, part: number): number {
  return part === 0 ? below : below + (above - below) * part
}
