import type { Evidence } from './evidence.ts'
import { flagsOf } from './flags.ts'
import type { Couple } from './pairs.ts'
import { pairsOf } from './pairs.ts'
import type { ComparisonReport, FlaggedRow } from './report.ts'
import { rowsOf } from './rows.ts'
import { summariesOf } from './summary.ts'

const mostFlagged = 1000

/** What a report says besides what the evidence shows. */
export interface ReportFacts extends Pick<
  ComparisonReport,
  'kind' | 'name' | 'seed' | 'repetitions' | 'calls' | 'spend' | 'interrupted'
> {
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly finishedAt: number
  readonly judge: Pick<NonNullable<ComparisonReport['judge']>, 'model' | 'calls'> | undefined
  /** Which targets are compared two by two. */
  readonly couples: readonly Couple[]
  readonly content: boolean
  /** What is flagged besides the results. */
  readonly flags: readonly FlaggedRow[]
}

/** The report of what was measured. */
export async function reportOf(
  evidence: Evidence,
  { judge, couples, content, flags, startedAt, finishedAt, ...facts }: ReportFacts,
): Promise<ComparisonReport> {
  const resampling = { seed: facts.seed }
  const flagged = [...flags, ...flagsOf(evidence)]
  const unclear = (evidence.verdicts ?? []).filter(({ verdict }) => verdict === undefined).length
  return {
    v: 1,
    ...facts,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    judge: judge === undefined ? null : { ...judge, unclear },
    validators: evidence.validators,
    ...(await summariesOf(evidence, resampling)),
    prompts: rowsOf(evidence, content),
    pairs: await pairsOf(evidence, couples, resampling),
    flagged: flagged.slice(0, mostFlagged),
    flaggedTotal: flagged.length,
  }
}
