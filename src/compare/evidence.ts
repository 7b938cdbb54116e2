import type { AsideResult } from '../aside.ts'
import type { Verdict } from './judge.ts'

/** Which answer: indexes from 0, the repetition from 1. */
export interface Place {
  readonly prompt: number
  readonly repetition: number
}

/** One call with what the validators say of it. */
export interface Graded extends Place, AsideResult {
  /** Index of the target. */
  readonly target: number
  readonly scores: Readonly<Record<string, number>>
  /** Validators that threw, or gave no score. */
  readonly unscored: readonly string[]
}

/** Two targets on the same prompt. */
export interface Match extends Place {
  readonly first: number
  readonly second: number
}

/** How alike two answers are, 0 to 1. */
export interface Likeness extends Match {
  readonly likeness: number
}

/** Which of two answers is better; nothing where that cannot be told. */
export interface Judged extends Match {
  readonly verdict: Verdict | undefined
}

/** Everything that a report is made of. */
export interface Evidence {
  /** `provider/model`, in order. */
  readonly targets: readonly string[]
  /** Indexes of those that stand for whatever model has served. */
  readonly unpinned: readonly number[]
  readonly prompts: readonly { readonly index: number; readonly id: string; readonly hash: string; readonly text?: string }[]
  readonly validators: readonly string[]
  readonly results: readonly Graded[]
  readonly likenesses: readonly Likeness[]
  /** Absent without a judge. */
  readonly verdicts: readonly Judged[] | undefined
}

/** What a win, a tie and a loss count for the first of a pair. */
export const pointsOfFirst: Readonly<Record<Verdict, number>> = { first: 1, tie: 0.5, second: 0 }

/** Whether the call has an answer. */
export function isAnswered({ answer }: Pick<AsideResult, 'answer'>): boolean {
  return answer !== null
}

/** Pico-dollars; `null` where nobody knows. */
export function picoOfCall({ cost, isCharged }: Pick<AsideResult, 'cost' | 'isCharged'>): bigint | null {
  return cost?.picoUsd ?? (isCharged ? null : 0n)
}
