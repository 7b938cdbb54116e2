import type { Evidence, Graded } from '../compare/evidence.ts'
import { reportOf } from '../compare/report-of.ts'
import type { ComparisonReport, FlaggedRow } from '../compare/report.ts'
import { amountOf } from '../compare/summary.ts'
import type { LeftOut, ShadowOptions } from './options.ts'

/** A mirrored request. */
export interface Mirrored {
  readonly id: string
  readonly hash: string
  /** Where content is kept. */
  readonly text?: string
  readonly served: Graded
  /** `target` is the shadow's place in the report, from 1. */
  readonly shadows: Graded[]
  readonly likenesses: { readonly target: number; readonly likeness: number }[]
}

/** Counts since the beginning, also of what is not kept any more. */
export interface Totals {
  readonly since: number
  /** Shadow calls with a result. */
  made: number
  /** Pico-dollars. */
  spent: bigint
  unpriced: number
  /** Shadow calls. */
  readonly leftOut: Map<LeftOut, number>
}

/** What a report is made with. */
interface Shown {
  readonly options: ShadowOptions
  readonly validators: readonly string[]
  readonly targets: readonly string[]
  readonly now: number
}

/** What stands for whatever has served the live requests. */
const live = 'live'

/** The shadows against what was served, on the requests that are kept. */
export function shadowReport(
  kept: readonly Mirrored[],
  totals: Totals,
  { options, validators, targets, now }: Shown,
): Promise<ComparisonReport> {
  const evidence: Evidence = {
    targets: [live, ...targets],
    unpinned: [0],
    prompts: kept.map(({ id, hash, text }, index) => ({ index, id, hash, ...(text !== undefined && { text }) })),
    validators,
    results: kept.flatMap(({ served, shadows }, prompt) => [served, ...shadows].map((result) => ({ ...result, prompt }))),
    likenesses: kept.flatMap(({ likenesses }, prompt) =>
      likenesses.map(({ target, likeness }) => ({ prompt, repetition: 1, first: 0, second: target, likeness })),
    ),
    verdicts: undefined,
  }
  const missing = [...totals.leftOut.values()].reduce((sum, count) => sum + count, 0)
  return reportOf(evidence, {
    kind: 'shadow',
    name: 'shadow traffic',
    startedAt: totals.since,
    finishedAt: now,
    seed: options.seed ?? 1,
    repetitions: 1,
    calls: { planned: totals.made + missing, made: totals.made, resumed: 0, missing },
    spend: {
      total: amountOf(totals.spent),
      judge: amountOf(0n),
      earlier: amountOf(0n),
      unpricedCalls: totals.unpriced,
      capUsd: options.maxUsdPerDay,
    },
    interrupted: null,
    judge: undefined,
    couples: targets.map((_, index) => ({ first: 0, second: index + 1 })),
    content: options.content === true,
    flags: [...totals.leftOut].map(([reason, count]) => leftOutFlag(reason, count)),
  })
}

const reasons: Readonly<Record<LeftOut, string>> = {
  queue_full: 'too many requests waited already (maxQueue)',
  filter_threw: 'the filter threw',
  daily_cap: 'what they might have cost was more than was left of the day (maxUsdPerDay)',
  unpriced: 'the price of the target is not known',
  missing_key: 'the key store holds no key for the target',
  circuit_open: 'the target had failed too often in a row',
  rate_limited: "the target's limit of calls was nearly reached, and the rest is the callers'",
  internal: 'something went wrong in comparing them',
  closed: 'the router was closed',
}

function leftOutFlag(reason: LeftOut, count: number): FlaggedRow {
  return {
    code: 'left_out',
    message: `${count} shadow ${count === 1 ? 'call was' : 'calls were'} left out: ${reasons[reason]}.`,
    target: null,
    prompt: null,
    repetition: null,
  }
}
