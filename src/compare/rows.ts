import type { Evidence, Graded, Match } from './evidence.ts'
import { isAnswered, picoOfCall, pointsOfFirst } from './evidence.ts'
import type { Outcome, PromptRow } from './report.ts'
import { medianOf } from './statistics.ts'
import { amountOf, errorsIn, mean } from './summary.ts'

/** A row per prompt. Answers are told only where content is kept. */
export function rowsOf(evidence: Evidence, keepsContent: boolean): readonly PromptRow[] {
  const byPlace = Map.groupBy(evidence.results, ({ prompt, target }) => `${prompt} ${target}`)
  const likenesses = Map.groupBy(evidence.likenesses, ({ prompt }) => prompt)
  const verdicts = Map.groupBy(evidence.verdicts ?? [], ({ prompt }) => prompt)
  return evidence.prompts.map(({ index, id, hash, text }) => ({
    index,
    id,
    hash,
    ...(keepsContent && text !== undefined && { text }),
    outcomes: evidence.targets.map((name, target): Outcome => {
      const results = byPlace.get(`${index} ${target}`) ?? []
      const among = (match: Match): boolean => match.first === target || match.second === target
      return {
        target: name,
        ...outcomeOf(results, evidence.validators),
        agreement: mean((likenesses.get(index) ?? []).filter(among).map(({ likeness }) => likeness)),
        wins: mean(
          (verdicts.get(index) ?? []).filter(among).flatMap(({ first, verdict }) => {
            if (verdict === undefined) return []
            return [first === target ? pointsOfFirst[verdict] : 1 - pointsOfFirst[verdict]]
          }),
        ),
        ...(keepsContent && {
          answers: results.toSorted((one, other) => one.repetition - other.repetition).map(({ answer }) => answer),
        }),
      }
    }),
  }))
}

function outcomeOf(results: readonly Graded[], validators: readonly string[]): Omit<Outcome, 'target' | 'agreement' | 'wins'> {
  const answered = results.filter(isAnswered)
  const scores = validators.flatMap((name): readonly (readonly [string, number])[] => {
    const score = mean(answered.flatMap((result) => result.scores[name] ?? []))
    return score === null ? [] : [[name, score]]
  })
  return {
    calls: results.length,
    succeeded: answered.length,
    errors: errorsIn(results),
    latencyMs: medianOf(answered.map(({ latencyMs }) => latencyMs)),
    firstTokenMs: medianOf(answered.flatMap(({ firstTokenMs }) => firstTokenMs ?? [])),
    cost: costOf(results),
    scores: Object.fromEntries(scores),
  }
}

function costOf(results: readonly Graded[]): Outcome['cost'] {
  let total = 0n
  for (const result of results) {
    const pico = picoOfCall(result)
    if (pico === null) return null
    total += pico
  }
  return results.length === 0 ? null : amountOf(total)
}
