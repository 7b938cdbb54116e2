/**
 * A number measured on a sample, with the range in which 95 of 100 such samples would put it: a percentile bootstrap over
 * prompts, or over calls where there is one prompt only. `low` and `high` equal `value` where nothing varied.
 */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
  /** On how many calls, pairs or verdicts it rests. */
  readonly n: number
}

/** An exact amount: whole pico-dollars (1e-12 USD) in decimal digits, which JSON has no number for, and dollars for display. */
export interface Amount {
  readonly picoUsd: string
  readonly usd: number
}

/** The middle and the slow end of a distribution. `null` where nothing was measured. */
export interface Spread {
  readonly p50: Estimate | null
  readonly p95: Estimate | null
}

/** How many answers of a target passed one validator, or how high they scored. */
export interface ValidatorSummary {
  readonly name: string
  /** Answers that it judged; one that failed to come, or on which it threw, is not among them. */
  readonly checked: number
  /** Of those, the ones that passed: true, or a score of 1. */
  readonly passed: number
  /** Mean score, 0 to 1. */
  readonly rate: Estimate | null
}

/** How a target did against the others in the judge's eyes. */
export interface Wins {
  readonly wins: number
  readonly losses: number
  /** Said so by the judge, or its verdict turned round with the positions. */
  readonly ties: number
  /** A win counts 1, a tie one half. */
  readonly rate: Estimate | null
}

/** What calls cost, as far as it is known: those without a price are counted apart, never as nothing. */
export interface CostSummary {
  readonly total: Amount
  /** Dollars of the median call. */
  readonly medianUsd: Estimate | null
  /** Dollars of a thousand calls: a thousand times the mean. */
  readonly perThousandUsd: Estimate | null
  readonly pricedCalls: number
  readonly unpricedCalls: number
  /** Priced, but by tokens that the router has estimated. */
  readonly estimatedCalls: number
  /** What was priced with: source and date. */
  readonly snapshots: readonly string[]
}

export interface TargetSummary {
  /** `provider/model` */
  readonly target: string
  /** The models that vendors say have answered. */
  readonly servedModels: readonly string[]
  /** Calls with a result, good or bad. */
  readonly calls: number
  readonly succeeded: number
  /** By kind (`rate_limit`, `timeout`, `invalid_request` ...). */
  readonly errors: Readonly<Record<string, number>>
  /** Share of calls that failed, 0 to 1. */
  readonly errorRate: Estimate | null
  /** From call to the end of the answer, of calls that succeeded, ms. */
  readonly latencyMs: Spread
  /** From call to the first content, ms. */
  readonly firstTokenMs: Spread
  /** Tokens of output per second from the first content to the end; the median call's. */
  readonly tokensPerSecond: Estimate | null
  readonly cost: CostSummary
  readonly tokens: { readonly input: number; readonly output: number }
  /** In the order of {@link ComparisonReport.validators}. */
  readonly validators: readonly ValidatorSummary[]
  /** How alike its answers are to the other targets' answers to the same prompts, 0 to 1. */
  readonly agreement: Estimate | null
  /** `null` without a judge. */
  readonly wins: Wins | null
  /** What {@link ComparisonReport.quality} names, 0 to 1. */
  readonly quality: Estimate | null
  /** No other target is both at least as good and at least as cheap, and better in one of the two. */
  readonly onFront: boolean
  /** Of each successful call in rising order, for drawing; a longer series is thinned evenly to 500. */
  readonly samples: { readonly latencyMs: readonly number[]; readonly firstTokenMs: readonly number[] }
}

/** The answers of one target to one prompt, over all repetitions. */
export interface Outcome {
  readonly target: string
  readonly calls: number
  readonly succeeded: number
  readonly errors: Readonly<Record<string, number>>
  /** Medians of the successful calls. */
  readonly latencyMs: number | null
  readonly firstTokenMs: number | null
  /** Of all calls; `null` where any of them has no price. */
  readonly cost: Amount | null
  /** Mean score by validator, 0 to 1; a validator that judged none of the answers is absent. */
  readonly scores: Readonly<Record<string, number>>
  readonly agreement: number | null
  /** Mean over the judge's verdicts on this prompt: win 1, tie one half. */
  readonly wins: number | null
  /** Only where content was to be kept: one answer a repetition, `null` where there is none. */
  readonly answers?: readonly (string | null)[]
}

export interface PromptRow {
  /** From 0, in the order of the prompts. */
  readonly index: number
  /** The prompt's own id, or its number from 1. */
  readonly id: string
  /** SHA-256 of what is sent, in hex: the same for the same prompt in every run. */
  readonly hash: string
  /** Only where content was to be kept: the last user message. */
  readonly text?: string
  /** In the order of the targets. */
  readonly outcomes: readonly Outcome[]
}

/** How the answers to the same prompts compare with one validator: McNemar's exact test. */
export interface PairedValidator {
  readonly name: string
  readonly bothPassed: number
  readonly onlyFirst: number
  readonly onlySecond: number
  readonly neither: number
  /** Two-sided probability of a split at least as uneven if both were equally good. */
  readonly pValue: number
}

/** Two targets on the same prompts and repetitions. Differences are second minus first. */
export interface PairSummary {
  readonly first: string
  readonly second: string
  /** Prompts and repetitions that both have answered. */
  readonly n: number
  /** Median difference, ms. */
  readonly latencyMs: Estimate | null
  /** Mean difference a call, dollars. */
  readonly costUsd: Estimate | null
  /** How alike the answers are, 0 to 1. */
  readonly agreement: Estimate | null
  readonly validators: readonly PairedValidator[]
  /** The judge's verdicts, with the sign test's two-sided probability; `null` without a judge. */
  readonly judged: {
    readonly firstWins: number
    readonly secondWins: number
    readonly ties: number
    readonly pValue: number
  } | null
}

/** Why something in the report needs a second look. */
export type FlagCode =
  /** A call failed: `message` says how. */
  | 'failed'
  /** No price is known for what the call took. */
  | 'unpriced'
  /** The router counted its tokens, not the vendor. */
  | 'estimated_usage'
  /** The vendor's count of tokens is impossible, or missing. */
  | 'unknown_usage'
  /** Another model answered than was asked. */
  | 'other_model'
  /** The answer has no text and calls no tool. */
  | 'empty_answer'
  /** The answer stops at its length limit. */
  | 'cut_answer'
  /** A validator threw, or gave neither true, false nor a number from 0 to 1. */
  | 'validator_failed'
  /** The judge failed, or gave no verdict that can be read: the pair counts for neither. */
  | 'judge_failed'
  /** The journal says that the call was begun, and not how it ended: it may have been paid for, and was made again. */
  | 'unsettled'
  /** A line of the journal cannot be read; what it said was asked again. */
  | 'journal_line'
  /** A shadow call was left out: no capacity, or no budget left for the day. */
  | 'left_out'

/** One thing that is not as it should be: nothing is dropped in silence. */
export interface FlaggedRow {
  readonly code: FlagCode
  readonly message: string
  readonly target: string | null
  /** Index of the prompt. */
  readonly prompt: number | null
  /** From 1. */
  readonly repetition: number | null
}

/** Why a comparison ended before its end. */
export interface Interruption {
  /** `cap`: the next call might have cost more than was left; `journal`: the results could not be kept. */
  readonly reason: 'aborted' | 'cap' | 'closed' | 'journal'
  readonly message: string
}

/** What a comparison found. JSON-safe: `JSON.parse(JSON.stringify(report))` equals it. */
export interface ComparisonReport {
  /** The version of this shape. */
  readonly v: 1
  /** `shadow`: on mirrored live traffic, against what served it, the first of the targets. */
  readonly kind: 'comparison' | 'shadow'
  readonly name: string
  /** ISO 8601, from the router's clock. */
  readonly startedAt: string
  readonly finishedAt: string
  /** Seeds the order of the calls and the bootstrap: the same seed, results and order give the same report. */
  readonly seed: number
  readonly repetitions: number
  /** Prompts, repetitions and targets multiplied; of these how many have a result, from this run or a journal, and how many not. */
  readonly calls: { readonly planned: number; readonly made: number; readonly resumed: number; readonly missing: number }
  readonly spend: {
    /** Everything that this comparison cost: calls, judge, what was interrupted, what a journal says of earlier runs. */
    readonly total: Amount
    readonly judge: Amount
    /** Of the total, what earlier runs had paid. */
    readonly earlier: Amount
    /** Calls, the judge's included, whose cost is not known. */
    readonly unpricedCalls: number
    /** Dollars that might be spent at most; `null` without a limit. */
    readonly capUsd: number | null
  }
  /** `null` where the comparison is complete. */
  readonly interrupted: Interruption | null
  /** `unclear`: pairs on which there was no readable verdict. */
  readonly judge: { readonly model: string; readonly calls: number; readonly unclear: number } | null
  readonly validators: readonly string[]
  /** What quality means here: the judge's wins, else the mean of the validators, else agreement; `null` where there is none of them. */
  readonly quality: 'wins' | 'validators' | 'agreement' | null
  readonly targets: readonly TargetSummary[]
  readonly prompts: readonly PromptRow[]
  readonly pairs: readonly PairSummary[]
  /** At most 1,000; `flaggedTotal` counts them all. */
  readonly flagged: readonly FlaggedRow[]
  readonly flaggedTotal: number
}
