import { usdOf } from '../money.ts'
import type { Evidence, Graded, Match } from './evidence.ts'
import { isAnswered, picoOfCall } from './evidence.ts'
import type { PairedValidator, PairSummary } from './report.ts'
import type { Point, Resampling } from './statistics.ts'
import { meanOf, quantileOf, signTest } from './statistics.ts'

/** Which two targets, by index. */
export type Couple = Pick<Match, 'first' | 'second'>

/** Every two targets, in order. */
export function couplesOf(targets: number): readonly Couple[] {
  return Array.from({ length: targets }, (_, first) => first).flatMap((first) =>
    Array.from({ length: targets - first - 1 }, (_, offset) => ({ first, second: first + offset + 1 })),
  )
}

/** Compares targets two by two on the prompts that both have answered; in between whatever else the process does has its turn. */
export async function pairsOf(
  evidence: Evidence,
  couples: readonly Couple[],
  resampling: Resampling,
): Promise<readonly PairSummary[]> {
  const byTarget = evidence.targets.map((_, target) => answersOf(target, evidence))
  const pairs: PairSummary[] = []
  for (const couple of couples) {
    const [ones, others] = [byTarget[couple.first], byTarget[couple.second]]
    const both = [...(ones ?? [])].flatMap(([place, one]): readonly Both[] => {
      const other = others?.get(place)
      return other === undefined ? [] : [{ one, other }]
    })
    pairs.push(pairOf(couple, { both, evidence, resampling }))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return pairs
}

/** Two answers to the same prompt. */
interface Both {
  readonly one: Graded
  readonly other: Graded
}

interface PairParts {
  readonly both: readonly Both[]
  readonly evidence: Evidence
  readonly resampling: Resampling
}

function answersOf(target: number, { results }: Evidence): ReadonlyMap<string, Graded> {
  const own = results.filter((result) => result.target === target && isAnswered(result))
  return new Map(own.map((result) => [`${result.prompt} ${result.repetition}`, result]))
}

function pairOf({ first, second }: Couple, { both, evidence, resampling }: PairParts): PairSummary {
  const isOurs = (match: Match): boolean => match.first === first && match.second === second
  const likenesses = evidence.likenesses.filter(isOurs).map(({ likeness, prompt }) => ({ value: likeness, cluster: prompt }))
  return {
    first: evidence.targets[first] ?? '',
    second: evidence.targets[second] ?? '',
    n: both.length,
    latencyMs: quantileOf(
      differences(both, ({ latencyMs }) => latencyMs),
      0.5,
      resampling,
    ),
    costUsd: meanOf(differences(both, dollarsOf), resampling),
    agreement: meanOf(likenesses, resampling),
    validators: evidence.validators.map((name) => pairedValidator(name, both)),
    judged: judgedOf(evidence, isOurs),
  }
}

function dollarsOf(result: Graded): number | null {
  const pico = picoOfCall(result)
  return pico === null ? null : usdOf(pico)
}

function differences(both: readonly Both[], numberOf: (result: Graded) => number | null): readonly Point[] {
  return both.flatMap(({ one, other }) => {
    const [before, after] = [numberOf(one), numberOf(other)]
    return before === null || after === null ? [] : [{ value: after - before, cluster: one.prompt }]
  })
}

function pairedValidator(name: string, both: readonly Both[]): PairedValidator {
  const judged = both.filter(({ one, other }) => one.scores[name] !== undefined && other.scores[name] !== undefined)
  const count = (first: boolean, second: boolean): number =>
    judged.filter(({ one, other }) => (one.scores[name] === 1) === first && (other.scores[name] === 1) === second).length
  const [onlyFirst, onlySecond] = [count(true, false), count(false, true)]
  return {
    name,
    bothPassed: count(true, true),
    onlyFirst,
    onlySecond,
    neither: count(false, false),
    pValue: signTest(onlyFirst, onlySecond),
  }
}

function judgedOf({ verdicts }: Evidence, isOurs: (match: Match) => boolean): PairSummary['judged'] {
  if (verdicts === undefined) return null
  const own = verdicts.filter(isOurs)
  const [firstWins, secondWins, ties] = (['first', 'second', 'tie'] as const).map(
    (wanted) => own.filter(({ verdict }) => verdict === wanted).length,
  )
  return {
    firstWins: firstWins ?? 0,
    secondWins: secondWins ?? 0,
    ties: ties ?? 0,
    pValue: signTest(firstWins ?? 0, secondWins ?? 0),
  }
}
