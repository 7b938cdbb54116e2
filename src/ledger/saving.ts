import type { ComparedSums } from '../contracts/ledger.ts'
import { usdOf } from '../money.ts'

/** From the smallest to the largest. */
export type Range = readonly [low: number, high: number]

/** How the saving hangs on the length of the answers that the baseline would have written. */
export interface LengthDependence {
  /**
   * With answers of this many times the tokens the baseline would have cost as much as was spent; with shorter ones it would
   * have been the cheaper. `null` where no length makes them equal.
   */
  readonly evenAt: number | null
  /** Within the lengths that `ledger.answerLength` declares; `null` where it declares none. */
  readonly savedUsd: Range | null
}

/** What was spent, and what the same answers would have cost on the baseline. */
export interface Saving {
  /** `provider/model`, or `null` where there is none to compare with. */
  readonly baseline: string | null
  /** Dollars of the compared attempts. */
  readonly spentUsd: number
  readonly baselineUsd: number
  readonly savedUsd: number
  /** The saved part of `baselineUsd`: negative where more was spent, 0 where nothing was compared. */
  readonly savedShare: number
  /** Attempts that are compared. */
  readonly pricedCalls: number
  /** Attempts that are left out, because a price or a count is missing, or because they were booked against another baseline. */
  readonly unpricedCalls: number
  /** Compared attempts whose tokens the router counted itself. */
  readonly estimatedCalls: number
  /** The part of `savedUsd` that rests on those counts. */
  readonly estimatedSavedUsd: number
  /**
   * Where the saving of as many attempts out of the same traffic would lie, 95 times in 100: how far these attempts speak for
   * others like them. What was saved on these ones is no estimate of that kind. `null` below 30 compared attempts, or
   * without a baseline.
   */
  readonly interval: { readonly level: 0.95; readonly savedUsd: Range; readonly savedShare: Range } | null
  readonly answerLength: LengthDependence
}

/** Below it the normal distribution is no good guide to that of a mean. */
const fewest = 30

/** The normal distribution has 95 per cent of its mass within so many standard deviations. */
const deviations = 1.959964

/** The saving that the sums make. `declared`: how many times the tokens the baseline's answers may have, at least and at most. */
export function savingOf(sums: ComparedSums, baseline: string | null, declared: Range | undefined): Saving {
  const { spentPico, baselinePico, calls, estimatedCalls, leftOut, otherBaseline } = sums
  const saved = (baseline === null ? 0n : baselinePico) - (baseline === null ? 0n : spentPico)
  return {
    baseline,
    spentUsd: usdOf(spentPico),
    baselineUsd: usdOf(baselinePico),
    savedUsd: usdOf(saved),
    savedShare: baselinePico === 0n ? 0 : Number(saved) / Number(baselinePico),
    pricedCalls: calls,
    unpricedCalls: leftOut + otherBaseline,
    estimatedCalls,
    estimatedSavedUsd: baseline === null ? 0 : usdOf(sums.estimatedBaselinePico - sums.estimatedSpentPico),
    interval: baseline === null ? null : intervalOf(sums),
    answerLength: baseline === null ? { evenAt: null, savedUsd: null } : lengthDependence(sums, declared),
  }
}

/**
 * Of the sum of differences by the central limit theorem, of the share by the delta method for a ratio. Attempts count as
 * independent. Sums of squares are all it takes, so that rows can be merged and a database can do the adding up.
 */
function intervalOf({ calls, spentPico, baselinePico, spentSquares, baselineSquares, products }: ComparedSums): Saving['interval'] {
  if (calls < fewest || baselinePico === 0n) return null
  const [spent, baseline] = [usdOf(spentPico), usdOf(baselinePico)]
  const saved = baseline - spent
  const differences = baselineSquares - 2 * products + spentSquares
  const ofSum = Math.sqrt((calls / (calls - 1)) * atLeastZero(differences - (saved * saved) / calls))
  const ratio = spent / baseline
  const residuals = spentSquares - 2 * ratio * products + ratio * ratio * baselineSquares
  const ofShare = Math.sqrt((calls / (calls - 1)) * atLeastZero(residuals)) / baseline
  return {
    level: 0.95,
    savedUsd: around(saved, deviations * ofSum),
    savedShare: around(1 - ratio, deviations * ofShare),
  }
}

function around(middle: number, margin: number): Range {
  return [middle - margin, middle + margin]
}

/** Where all attempts are alike, rounding can leave less than nothing. */
function atLeastZero(value: number): number {
  return Math.max(0, value)
}

function lengthDependence({ spentPico, baselinePico, outputPico }: ComparedSums, declared: Range | undefined): LengthDependence {
  const [spent, output] = [Number(spentPico), Number(outputPico)]
  const prompt = Number(baselinePico) - output
  const savedAt = (length: number): number => (prompt + length * output - spent) / 1e12
  return {
    evenAt: output > 0 && spent >= prompt ? (spent - prompt) / output : null,
    savedUsd: declared === undefined ? null : [savedAt(declared[0]), savedAt(declared[1])],
  }
}
