import type { Usage } from '../contracts/usage.ts'
import { tokenBuckets } from '../contracts/usage.ts'
import { promptTokens, tariffFor } from './prices.ts'
import type { CompiledList, Tariff } from './prices.ts'

/**
 * The dearest rates that tokens may come to be charged at which are expected in those buckets: a prompt may be written to a
 * cache, an answer may be reasoning, and where a call is served, and whether in the tier that was asked for, only the answer says.
 */
export function ceilingFor(list: CompiledList, expected: Usage, wallMs: number | undefined): Tariff | undefined {
  const { serviceTier, region: _, ...standard } = expected
  let most: Tariff | undefined
  const raise = (usage: Usage): void => {
    const tariff = tariffFor(list, usage, wallMs)
    most = most === undefined ? tariff : most.map((rate, index) => Math.max(rate, tariff?.[index] ?? 0))
  }
  const sizes = list.isFlat ? [standard] : [standard, withMargin(standard)]
  for (const size of sizes) {
    raise(size)
    for (const region of list.regions.keys()) raise({ ...size, region })
    if (serviceTier === undefined || !list.tiers.has(serviceTier)) continue
    raise({ ...size, serviceTier })
    for (const region of list.regions.keys()) raise({ ...size, serviceTier, region })
  }
  return most?.map((rate, index) => Math.max(rate, ...(dearer[index] ?? []).map((other) => most?.[other] ?? 0)))
}

/** Prompts are estimated: one that is nearly long enough for other rates may turn out to be. */
const margin = 0.25

function withMargin(usage: Usage): Usage {
  return { ...usage, input: usage.input + promptTokens(usage) * margin }
}

type Bucket = (typeof tokenBuckets)[number]

/** What else tokens of a bucket may turn out to be. */
const mayBe: Readonly<Partial<Record<Bucket, readonly Bucket[]>>> = {
  input: ['cached', 'cacheWrite'],
  cached: ['input', 'cacheWrite'],
  cacheWrite: ['input', 'cached'],
  cacheWrite1h: ['input', 'cached', 'cacheWrite'],
  audioInput: ['input', 'cached', 'cacheWrite'],
  imageInput: ['input', 'cached', 'cacheWrite'],
  output: ['reasoning'],
  reasoning: ['output'],
  audioOutput: ['output', 'reasoning'],
  imageOutput: ['output', 'reasoning'],
}

const dearer = tokenBuckets.map((bucket) => (mayBe[bucket] ?? []).map((other) => tokenBuckets.indexOf(other)))
