import type { Amount, ComparisonReport, Estimate, Outcome, PromptRow, TargetSummary } from '../../src/compare/report.ts'
import { hashOf, seededRandom } from '../../src/testing/random.ts'

/** What a made-up target is like. */
export interface Traits {
  readonly target: string
  readonly medianMs: number
  /** Dollars of a thousand calls; `null` where there is no price. */
  readonly perThousandUsd: number | null
  /** Middle of its quality; `null` where it isn't measured. */
  readonly quality: number | null
  readonly onFront?: boolean
  readonly failed?: number
}

export const traits: readonly Traits[] = [
  { target: 'acme/large-2', medianMs: 2400, perThousandUsd: 11.4, quality: 0.72, onFront: true },
  { target: 'acme/small-2', medianMs: 780, perThousandUsd: 0.92, quality: 0.66, onFront: true },
  { target: 'borealis/deep-1', medianMs: 5200, perThousandUsd: 14.8, quality: 0.69 },
  { target: 'borealis/quick-1', medianMs: 540, perThousandUsd: 0.41, quality: 0.44, onFront: true, failed: 4 },
  { target: 'cumulus/open-70b', medianMs: 1450, perThousandUsd: 1.35, quality: 0.38 },
]

const calls = 120

/** A plausible report on these targets: the same for the same traits. */
export function sampleReport(of: readonly Traits[] = traits, rest: Partial<ComparisonReport> = {}): ComparisonReport {
  const targets = of.map(summary)
  const [first, second] = targets
  return {
    v: 1,
    kind: 'comparison',
    name: 'Support answers, November',
    startedAt: '2026-11-22T20:11:03.000Z',
    finishedAt: '2026-11-22T20:26:41.000Z',
    seed: 7,
    repetitions: 3,
    calls: { planned: calls * of.length, made: calls * of.length, resumed: 0, missing: 0 },
    spend: { total: amount(3.87), judge: amount(0.42), earlier: amount(0), unpricedCalls: 0, capUsd: 5 },
    interrupted: null,
    judge: { model: 'borealis/judge-1', calls: 800, unclear: 6 },
    validators: ['polite', 'cites its source'],
    quality: of.some(({ quality }) => quality !== null) ? 'wins' : null,
    targets,
    prompts: Array.from({ length: 40 }, (_, index) => promptRow(index, of)),
    pairs:
      first === undefined || second === undefined
        ? []
        : [
            {
              first: first.target,
              second: second.target,
              n: 118,
              latencyMs: estimate(-1604, 240),
              costUsd: estimate(-0.0105, 0.0007),
              agreement: estimate(0.81, 0.05),
              validators: [{ name: 'polite', bothPassed: 101, onlyFirst: 9, onlySecond: 4, neither: 4, pValue: 0.267 }],
              judged: { firstWins: 49, secondWins: 41, ties: 28, pValue: 0.461 },
            },
          ],
    flagged: [
      { code: 'failed', message: 'timeout: no answer within 30 s', target: 'borealis/quick-1', prompt: 11, repetition: 2 },
      { code: 'cut_answer', message: 'stopped at 1,024 tokens', target: 'borealis/deep-1', prompt: 3, repetition: 1 },
    ],
    flaggedTotal: 2,
    ...rest,
  }
}

export function summary({ target, medianMs, perThousandUsd, quality, onFront = false, failed = 0 }: Traits): TargetSummary {
  const random = seededRandom(hashOf(target))
  const succeeded = calls - failed
  const latencies = Array.from(
    { length: succeeded },
    () => medianMs * Math.exp((random() + random() + random() - 1.5) * 0.75),
  ).toSorted((a, b) => a - b)
  const p95 = latencies[Math.floor(0.95 * succeeded)] ?? medianMs
  const rated = quality === null ? null : estimate(quality, 0.065)
  return {
    target,
    servedModels: [target.slice(target.indexOf('/') + 1)],
    calls,
    succeeded,
    errors: failed === 0 ? {} : { timeout: failed },
    errorRate: estimate(failed / calls, failed === 0 ? 0 : 0.02),
    latencyMs: spread(medianMs, p95, succeeded),
    firstTokenMs: spread(medianMs * 0.22, medianMs * 0.5, succeeded),
    tokensPerSecond: estimate(180_000 / medianMs, 4),
    cost: costOf(perThousandUsd),
    tokens: { input: 184_210, output: 51_893 },
    validators: [
      { name: 'polite', checked: succeeded, passed: succeeded - 8, rate: estimate(0.93, 0.03) },
      { name: 'cites its source', checked: succeeded, passed: succeeded - 31, rate: estimate(0.74, 0.06) },
    ],
    agreement: estimate(0.77, 0.04),
    wins: rated === null ? null : { wins: 201, losses: 140, ties: 135, rate: rated },
    quality: rated,
    onFront,
    samples: { latencyMs: latencies, firstTokenMs: latencies.map((latency) => latency * 0.22) },
  }
}

function spread(p50: number, p95: number, measured: number): TargetSummary['latencyMs'] {
  return measured === 0 ? { p50: null, p95: null } : { p50: estimate(p50, p50 * 0.07), p95: estimate(p95, p95 * 0.12) }
}

function costOf(perThousandUsd: number | null): TargetSummary['cost'] {
  const free = { total: amount(0), medianUsd: null, perThousandUsd: null, pricedCalls: 0, estimatedCalls: 0, snapshots: [] }
  if (perThousandUsd === null) return { ...free, unpricedCalls: calls }
  return {
    total: amount(perThousandUsd * 0.12),
    medianUsd: estimate(perThousandUsd / 1100, perThousandUsd / 20_000),
    perThousandUsd: estimate(perThousandUsd, perThousandUsd * 0.08),
    pricedCalls: calls,
    unpricedCalls: 0,
    estimatedCalls: 0,
    snapshots: ['modelyard 2026-11-20'],
  }
}

export function promptRow(index: number, of: readonly Traits[], content: { text?: string; answer?: string } = {}): PromptRow {
  const random = seededRandom(index + 1)
  return {
    index,
    id: String(index + 1),
    hash: hashOf(String(index)).toString(16).padStart(8, '0').repeat(8),
    ...(content.text === undefined ? {} : { text: content.text }),
    outcomes: of.map(({ target, medianMs, perThousandUsd, quality }): Outcome => ({
      target,
      calls: 3,
      succeeded: 3,
      errors: {},
      latencyMs: medianMs * (0.7 + random() * 0.6),
      firstTokenMs: medianMs * 0.2,
      cost: perThousandUsd === null ? null : amount((perThousandUsd * 3) / 1000),
      scores: { polite: 1 },
      agreement: random(),
      wins: quality === null ? null : Math.round(random() * 6) / 6,
      ...(content.answer === undefined ? {} : { answers: [content.answer, null] }),
    })),
  }
}

export function estimate(value: number, margin: number): Estimate {
  return { value, low: value - margin, high: value + margin, n: calls }
}

function amount(usd: number): Amount {
  return { usd, picoUsd: String(BigInt(Math.round(usd * 1e9)) * 1000n) }
}
