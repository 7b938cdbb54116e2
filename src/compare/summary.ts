import { inputTokens, outputTokens } from '../contracts/usage.ts'
import { usdOf } from '../money.ts'
import type { Evidence, Graded } from './evidence.ts'
import { isAnswered, picoOfCall, pointsOfFirst } from './evidence.ts'
import type { Amount, ComparisonReport, CostSummary, TargetSummary, ValidatorSummary, Wins } from './report.ts'
import type { Point, Resampling } from './statistics.ts'
import { meanOf, quantileOf, spreadOf } from './statistics.ts'

/** Everything about one target but what depends on the others. */
type Alone = Omit<TargetSummary, 'quality' | 'onFront'>

/** Sums the targets up, one after the other: between two of them whatever else the process does has its turn. */
export async function summariesOf(
  evidence: Evidence,
  resampling: Resampling,
): Promise<Pick<ComparisonReport, 'targets' | 'quality'>> {
  const alone: Alone[] = []
  for (const index of evidence.targets.keys()) {
    alone.push(summaryOf(index, evidence, resampling))
    await new Promise((resolve) => setImmediate(resolve))
  }
  const quality = qualityIn(evidence)
  const graded = alone.map((summary, index) => ({
    ...summary,
    quality: qualityOf(summary, { quality, index, evidence, resampling }),
  }))
  return { quality, targets: graded.map((summary) => ({ ...summary, onFront: isOnFront(summary, graded) })) }
}

/** An exact amount in JSON. */
export function amountOf(pico: bigint): Amount {
  return { picoUsd: String(pico), usd: usdOf(pico) }
}

/** How often each kind of failure came up. */
export function errorsIn(results: readonly Graded[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const { failure } of results) if (failure !== null) counts.set(failure, (counts.get(failure) ?? 0) + 1)
  return Object.fromEntries([...counts].toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

function summaryOf(index: number, evidence: Evidence, resampling: Resampling): Alone {
  const results = evidence.results.filter(({ target }) => target === index)
  const answered = results.filter(isAnswered)
  const likenesses = evidence.likenesses.filter(({ first, second }) => first === index || second === index)
  const firstTokens = points(answered, ({ firstTokenMs }) => firstTokenMs)
  const usages = results.flatMap(({ usage }) => usage ?? [])
  return {
    target: evidence.targets[index] ?? '',
    servedModels: distinct(answered.map(({ served }) => served)),
    calls: results.length,
    succeeded: answered.length,
    errors: errorsIn(results),
    errorRate: meanOf(
      points(results, (result) => (isAnswered(result) ? 0 : 1)),
      resampling,
    ),
    latencyMs: spreadOf(
      points(answered, ({ latencyMs }) => latencyMs),
      resampling,
    ),
    firstTokenMs: spreadOf(firstTokens, resampling),
    tokensPerSecond: quantileOf(points(answered, speedOf), 0.5, resampling),
    cost: costOf(results, resampling),
    tokens: { input: sum(usages.map(inputTokens)), output: sum(usages.map(outputTokens)) },
    validators: evidence.validators.map((name) => validatorSummary(name, answered, resampling)),
    agreement: meanOf(
      likenesses.map(({ likeness, prompt }) => ({ value: likeness, cluster: prompt })),
      resampling,
    ),
    wins: winsOf(index, evidence, resampling),
    samples: {
      latencyMs: sampled(answered.map(({ latencyMs }) => latencyMs)),
      firstTokenMs: sampled(firstTokens.map(({ value }) => value)),
    },
  }
}

/** One point for each result that has a number, with its prompt as the cluster. */
function points(results: readonly Graded[], numberOf: (result: Graded) => number | null): Point[] {
  return results.flatMap((result) => {
    const value = numberOf(result)
    return value === null ? [] : [{ value, cluster: result.prompt }]
  })
}

/** Tokens per second after the first content; `null` where there was no time between. */
function speedOf({ usage, latencyMs, firstTokenMs }: Graded): number | null {
  const tokens = usage === null ? 0 : outputTokens(usage)
  const ms = latencyMs - (firstTokenMs ?? latencyMs)
  return tokens > 0 && ms > 0 ? (tokens * 1000) / ms : null
}

function costOf(results: readonly Graded[], resampling: Resampling): CostSummary {
  const priced = results.filter((result) => picoOfCall(result) !== null)
  const total = priced.reduce((pico, result) => pico + (picoOfCall(result) ?? 0n), 0n)
  // What failed for nothing makes no target cheaper.
  const dollars = points(priced.filter(isAnswered), (result) => usdOf(picoOfCall(result) ?? 0n))
  return {
    total: amountOf(total),
    medianUsd: quantileOf(dollars, 0.5, resampling),
    perThousandUsd: meanOf(
      dollars.map(({ value, cluster }) => ({ value: value * 1000, cluster })),
      resampling,
    ),
    pricedCalls: priced.length,
    unpricedCalls: results.length - priced.length,
    estimatedCalls: priced.filter(({ usageSource }) => usageSource === 'estimated').length,
    snapshots: distinct(results.map(({ cost }) => cost?.snapshot ?? null)),
  }
}

function validatorSummary(name: string, answered: readonly Graded[], resampling: Resampling): ValidatorSummary {
  const judged = points(answered, ({ scores }) => scores[name] ?? null)
  return {
    name,
    checked: judged.length,
    passed: judged.filter(({ value }) => value === 1).length,
    rate: meanOf(judged, resampling),
  }
}

function winsOf(index: number, { verdicts }: Evidence, resampling: Resampling): Wins | null {
  if (verdicts === undefined) return null
  const own = verdicts.flatMap(({ first, second, verdict, prompt }) => {
    if (verdict === undefined || (first !== index && second !== index)) return []
    const value = pointsOfFirst[verdict]
    return [{ value: first === index ? value : 1 - value, cluster: prompt }]
  })
  const count = (wanted: number): number => own.filter(({ value }) => value === wanted).length
  return { wins: count(1), losses: count(0), ties: count(0.5), rate: meanOf(own, resampling) }
}

function qualityIn({ verdicts, validators, targets }: Evidence): ComparisonReport['quality'] {
  if (verdicts !== undefined && targets.length > 1) return 'wins'
  if (validators.length > 0) return 'validators'
  return targets.length > 1 ? 'agreement' : null
}

interface QualityParts {
  readonly quality: ComparisonReport['quality']
  readonly index: number
  readonly evidence: Evidence
  readonly resampling: Resampling
}

function qualityOf(summary: Alone, { quality, index, evidence, resampling }: QualityParts): TargetSummary['quality'] {
  if (quality === 'wins') return summary.wins?.rate ?? null
  if (quality !== 'validators') return quality === 'agreement' ? summary.agreement : null
  const own = evidence.results.filter((result) => result.target === index && isAnswered(result))
  return meanOf(
    points(own, ({ scores }) => mean(Object.values(scores))),
    resampling,
  )
}

/** Nobody is at least as good and as cheap, and better in one of the two. */
function isOnFront(
  summary: Alone & Pick<TargetSummary, 'quality'>,
  all: readonly (Alone & Pick<TargetSummary, 'quality'>)[],
): boolean {
  const [quality, usd] = [summary.quality?.value, summary.cost.perThousandUsd?.value]
  if (quality === undefined || usd === undefined) return false
  return !all.some((other) => {
    const [itsQuality, itsUsd] = [other.quality?.value, other.cost.perThousandUsd?.value]
    if (itsQuality === undefined || itsUsd === undefined) return false
    return itsQuality >= quality && itsUsd <= usd && (itsQuality > quality || itsUsd < usd)
  })
}

/** The mean of numbers; `null` of none. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values) / values.length
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function distinct(values: readonly (string | null)[]): readonly string[] {
  return [...new Set(values)].filter((value) => value !== null).toSorted((one, other) => (one < other ? -1 : 1))
}

const mostSampled = 500

/** In rising order; of a longer series, values spread evenly over it, the first and the last among them. */
function sampled(values: readonly number[]): readonly number[] {
  const rising = values.toSorted((one, other) => one - other)
  if (rising.length <= mostSampled) return rising
  const step = (rising.length - 1) / (mostSampled - 1)
  return Array.from({ length: mostSampled }, (_, index) => rising[Math.round(index * step)] ?? 0)
}
