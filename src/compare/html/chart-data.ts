import type { ComparisonReport, Estimate, TargetSummary } from '../report.ts'
import { markerOf, type Marker } from './shapes.ts'

/** A value with its interval, in the chart's own unit. */
export interface Whisker {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** One target as the charts draw it. */
export interface ChartTarget {
  readonly provider: string
  /** The model's name; the whole target's where two providers offer the same model. */
  readonly label: string
  readonly marker: Marker
  readonly onFront: boolean
  /** 0 to 1 */
  readonly quality: Whisker | null
  /** Dollars of a thousand calls. */
  readonly cost: Whisker | null
  /** Milliseconds; samples in rising order. */
  readonly latency: { readonly samples: readonly number[]; readonly median: Whisker; readonly slow: Whisker | null } | null
}

/** What the page's script finds in the page. */
export interface ChartData {
  /** `Win rate`; `null` where nothing measures quality. */
  readonly quality: string | null
  readonly targets: readonly ChartTarget[]
}

/** What the measures of quality are called. */
export const qualityNames: Readonly<Record<NonNullable<ComparisonReport['quality']>, string>> = {
  wins: 'Win rate',
  validators: 'Validator score',
  agreement: 'Agreement',
}

export function chartData(report: ComparisonReport): ChartData {
  const labels = labelsOf(report.targets)
  return {
    quality: report.quality === null ? null : qualityNames[report.quality],
    targets: report.targets.map((target, index) => ({
      provider: providerOf(target.target),
      label: labels[index] ?? target.target,
      marker: markerOf(index),
      onFront: target.onFront,
      quality: whisker(target.quality),
      cost: whisker(target.cost.perThousandUsd),
      latency: latencyOf(target),
    })),
  }
}

/** `provider/model` without the provider, where that is still one target only. */
export function labelsOf(targets: readonly TargetSummary[]): string[] {
  const models = targets.map(({ target }) => modelOf(target))
  return targets.map(({ target }, index) => {
    const model = models[index] ?? target
    return models.indexOf(model) === models.lastIndexOf(model) ? model : target
  })
}

export function providerOf(target: string): string {
  return target.includes('/') ? target.slice(0, target.indexOf('/')) : target
}

function modelOf(target: string): string {
  return target.slice(target.indexOf('/') + 1)
}

function latencyOf({ latencyMs, samples }: TargetSummary): ChartTarget['latency'] {
  const median = whisker(latencyMs.p50)
  return median === null ? null : { samples: samples.latencyMs, median, slow: whisker(latencyMs.p95) }
}

function whisker(estimate: Estimate | null): Whisker | null {
  return estimate === null ? null : { value: estimate.value, low: estimate.low, high: estimate.high }
}
