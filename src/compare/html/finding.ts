import type { ComparisonReport, Estimate, TargetSummary } from '../report.ts'
import { qualityNames } from './chart-data.ts'
import { markup, type Markup } from './markup.ts'
import { duration, percent, quantity, range, usd } from './numbers.ts'
import { nameOf } from './pieces.ts'

/** What the comparison says, in one sentence, and the numbers that it rests on. */
export interface Finding {
  readonly sentence: Markup
  readonly grounds: Markup | null
}

type Rated = TargetSummary & { readonly quality: Estimate }

/**
 * A dearer target is called better only where the intervals of the two qualities lie apart: what may be chance is said to be
 * as good, and then the cheaper one is the news.
 */
export function finding(report: ComparisonReport): Finding {
  const answered = report.targets.filter(({ succeeded }) => succeeded > 0)
  const [first, second] = answered
  if (first === undefined) return { sentence: markup`No call has succeeded.`, grounds: null }
  if (second === undefined) return alone(first, report)
  const rated = answered.filter(isRated).toSorted((a, b) => b.quality.value - a.quality.value)
  const [best, ...others] = rated
  if (report.quality === null || best === undefined || others.length === 0) return bySpeedAndCost(answered)
  return byQuality({ best, others, name: qualityNames[report.quality].toLowerCase(), prompts: report.prompts.length })
}

function alone(target: TargetSummary, { targets }: ComparisonReport): Finding {
  const median = target.latencyMs.p50
  const speed = median === null ? null : markup` in ${duration(median.value)}`
  const others = targets.length === 1 ? null : markup`, alone of ${targets.length}`
  const price = target.cost.perThousandUsd
  return {
    sentence: markup`${name(target)}
    answers${speed}${others}${price === null ? null : markup`, for ${usd(price.value)} per 1,000 calls`}.`,
    grounds: null,
  }
}

function bySpeedAndCost(targets: readonly TargetSummary[]): Finding {
  const cheapest = lowest(targets, costOf)
  const fastest = lowest(targets, medianOf)
  if (fastest === undefined) return { sentence: markup`${targets.length} targets have answered.`, grounds: null }
  const speed = markup`a median of ${duration(fastest.amount)}`
  if (cheapest === undefined)
    return { sentence: markup`${name(fastest.target)} is the fastest, with ${speed}; no price is known.`, grounds: null }
  const price = markup`${usd(cheapest.amount)} per 1,000 calls`
  const sentence =
    cheapest.target === fastest.target
      ? markup`${name(fastest.target)} is both the fastest, with ${speed}, and the cheapest, at ${price}.`
      : markup`${name(cheapest.target)} is the cheapest, at ${price}; ${name(fastest.target)} is the fastest, with ${speed}.`
  return { sentence, grounds: markup`Nothing here measures how good the answers are: validators or a judge would.` }
}

interface Ranking {
  readonly best: Rated
  readonly others: readonly Rated[]
  readonly name: string
  readonly prompts: number
}

function byQuality({ best, others, name: measure, prompts }: Ranking): Finding {
  const quality = percent(best.quality.value)
  const cost = costOf(best)
  if (cost === null) return { sentence: markup`${name(best)} leads with a ${measure} of ${quality}.`, grounds: null }
  const cheaper = others.filter((other) => (costOf(other) ?? cost) < cost)
  const equal = lowest(
    cheaper.filter((other) => other.quality.high >= best.quality.low),
    costOf,
  )
  if (equal !== undefined) {
    const share = equal.amount === 0 ? markup`for nothing` : markup`at ${percent(equal.amount / cost)} of the cost`
    return {
      sentence: markup`${name(equal.target)} does as well as ${name(best)}, as far as ${quantity(prompts, 'prompt')} can tell,
      ${share}.`,
      grounds: versus(measure, best, equal.target),
    }
  }
  const cheapest = lowest(cheaper, costOf)
  if (cheapest === undefined)
    return {
      sentence: markup`${name(best)} leads, and nothing with a known price is cheaper: ${measure} ${quality}, ${usd(cost)} per
      1,000 calls.`,
      grounds: null,
    }
  const times = cheapest.amount === 0 ? markup`, where ${name(cheapest.target)} is free` : ratio(cost, cheapest)
  return {
    sentence: markup`${name(best)} is ahead, with a ${measure} of ${quality}${times}.`,
    grounds: versus(measure, best, cheapest.target),
  }
}

function ratio(cost: number, cheapest: Found<Rated>): Markup {
  const times = cost / cheapest.amount
  const much = times < 1.95 ? `${percent(times - 1)} more than` : `${times.toFixed(times < 9.95 ? 1 : 0)} times as much as`
  return markup`, and costs ${much} ${name(cheapest.target)}`
}

function versus(measure: string, best: Rated, other: Rated): Markup {
  const one = (target: Rated): Markup =>
    markup`${name(target)} ${percent(target.quality.value)} (${range(target.quality, percent)}) for ${usd(costOf(target) ?? 0)}`
  return markup`By ${measure}, with 95% intervals and the price of 1,000 calls: ${one(best)}, ${one(other)}.`
}

interface Found<T> {
  readonly target: T
  readonly amount: number
}

function lowest<T extends TargetSummary>(targets: readonly T[], of: (target: T) => number | null): Found<T> | undefined {
  return targets
    .flatMap((target) => {
      const amount = of(target)
      return amount === null ? [] : [{ target, amount }]
    })
    .toSorted((a, b) => a.amount - b.amount)[0]
}

function isRated(target: TargetSummary): target is Rated {
  return target.quality !== null
}

function costOf({ cost }: TargetSummary): number | null {
  return cost.perThousandUsd?.value ?? null
}

function medianOf({ latencyMs }: TargetSummary): number | null {
  return latencyMs.p50?.value ?? null
}

function name({ target }: TargetSummary): Markup {
  return nameOf(target)
}
