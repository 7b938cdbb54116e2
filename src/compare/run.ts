import type { AsideResult } from '../aside.ts'
import type { Clock } from '../contracts/clock.ts'
import { usdOf } from '../money.ts'
import type { Target } from '../resolve.ts'
import type { Graded, Judged, Likeness } from './evidence.ts'
import { isAnswered } from './evidence.ts'
import type { JudgeOptions } from './judge.ts'
import { judgeBody, verdictOf } from './judge.ts'
import type { Profile } from './likeness.ts'
import { likeness, profileOf } from './likeness.ts'
import type { CompareOptions, CompareProgress } from './options.ts'
import type { PaidCall, PaidCalls } from './paid-calls.ts'
import { couplesOf } from './pairs.ts'
import type { Prompt } from './prompts.ts'
import { randomOf, shuffled } from './random.ts'
import type { Validators } from './validators.ts'

/** Everything that a run needs. */
export interface RunParts {
  readonly clock: Clock
  readonly calls: PaidCalls
  readonly targets: readonly Target[]
  readonly prompts: readonly Prompt[]
  readonly repetitions: number
  readonly concurrency: number
  readonly validators: Validators
  readonly judge: (JudgeOptions & { readonly target: Target }) | undefined
  readonly seed: number
  readonly onProgress: CompareOptions['onProgress']
}

/** One call of the plan. */
export interface Task {
  readonly prompt: Prompt
  /** From 1. */
  readonly repetition: number
  /** Index of the target. */
  readonly target: number
}

/**
 * The order of the calls: a randomised block design. A block is one prompt in one repetition at every target, one right after
 * the other in random order; all blocks of a repetition come, in random order, before the next one's. So whatever changes in
 * the course of the run changes for every target alike.
 */
export function taskOrder({
  prompts,
  targets,
  repetitions,
  seed,
}: Pick<RunParts, 'prompts' | 'targets' | 'repetitions' | 'seed'>): readonly Task[] {
  const random = randomOf(seed)
  return Array.from({ length: repetitions }, (_, index) => index + 1).flatMap((repetition) =>
    shuffled(prompts, random).flatMap((prompt) =>
      shuffled([...targets.keys()], random).map((target) => ({ prompt, repetition, target })),
    ),
  )
}

/** The call of a task. */
export function callOf({ prompt, repetition, target }: Task, targets: readonly Target[]): PaidCall | undefined {
  const at = targets[target]
  if (at === undefined) return undefined
  return { target: at, body: { ...prompt.body, stream: true }, turn: [repetition, prompt.twin] }
}

/** Makes the calls, and lets answers be compared and judged. */
export class Run {
  readonly results: Graded[] = []
  readonly #parts: RunParts
  readonly #profiles = new WeakMap<Graded, Profile>()
  #failed = 0

  constructor(parts: RunParts) {
    this.#parts = parts
  }

  /** Every target on every prompt, as far as nothing stops it. */
  async ask(): Promise<void> {
    const tasks = taskOrder(this.#parts)
    await this.#eachOf(tasks, 'calls', async (task) => {
      const call = callOf(task, this.#parts.targets)
      const result = call && (await this.#parts.calls.make(call))
      if (result === undefined) return false
      if (!isAnswered(result)) this.#failed += 1
      this.results.push(await this.#graded(task, result))
      return true
    })
  }

  async #graded({ prompt, repetition, target }: Task, result: AsideResult): Promise<Graded> {
    const { answer } = result
    const { scores, failed } = answer === null ? { scores: {}, failed: [] } : await this.#parts.validators.judge(answer, prompt)
    return { ...result, prompt: prompt.index, repetition, target, scores, unscored: failed }
  }

  /** How alike the answers are, two by two. */
  likenesses(): readonly Likeness[] {
    return this.#matches().map(({ one, other }) => ({
      ...matchOf(one, other),
      likeness: likeness(this.#profileOf(one), this.#profileOf(other)),
    }))
  }

  #profileOf(result: Graded): Profile {
    const known = this.#profiles.get(result) ?? profileOf(result.answer ?? '')
    this.#profiles.set(result, known)
    return known
  }

  /** Answers to the same prompt, two by two. */
  #matches(): readonly { readonly one: Graded; readonly other: Graded }[] {
    const blocks = Map.groupBy(this.results.filter(isAnswered), ({ prompt, repetition }) => `${prompt} ${repetition}`)
    return [...blocks.values()].flatMap((block) =>
      couplesOf(this.#parts.targets.length).flatMap(({ first, second }) => {
        const one = block.find(({ target }) => target === first)
        const other = block.find(({ target }) => target === second)
        return one === undefined || other === undefined ? [] : [{ one, other }]
      }),
    )
  }

  /** What the judge says; nothing without one. */
  async judge(): Promise<readonly Judged[] | undefined> {
    const { judge } = this.#parts
    if (judge === undefined) return undefined
    const verdicts: Judged[] = []
    await this.#eachOf(this.#matches(), 'judging', async ({ one, other }) => {
      const verdict = await this.#verdict(one, other, judge)
      if (verdict === 'not asked') return false
      verdicts.push({ ...matchOf(one, other), verdict })
      return true
    })
    return verdicts
  }

  async #verdict(
    one: Graded,
    other: Graded,
    judge: JudgeOptions & { readonly target: Target },
  ): Promise<Judged['verdict'] | 'not asked'> {
    const [first, second] = [one.answer ?? '', other.answer ?? '']
    // Nobody need be paid to say so.
    if (first === second) return 'tie'
    const { prompts, calls } = this.#parts
    const messages = prompts[one.prompt]?.messages ?? []
    const turn = [one.prompt, one.repetition, one.target, other.target]
    const reply = (answers: readonly [string, string], order: number): Promise<AsideResult | undefined> =>
      calls.make({
        target: judge.target,
        body: { ...judgeBody({ messages, answers }, judge), stream: true },
        turn: [...turn, order],
      })
    const inOrder = await reply([first, second], 1)
    const swapped = inOrder && (await reply([second, first], 2))
    if (inOrder === undefined || swapped === undefined) return 'not asked'
    return verdictOf(inOrder.answer ?? '', swapped.answer ?? '')
  }

  /** Works on the items in their order, as many at a time as may be, until something stops it; `work` says whether it was done. */
  async #eachOf<Item>(
    items: readonly Item[],
    phase: CompareProgress['phase'],
    work: (item: Item) => Promise<boolean>,
  ): Promise<void> {
    const { calls, concurrency } = this.#parts
    const queue = items.values()
    let done = 0
    const worker = async (): Promise<void> => {
      for (const item of queue) {
        if (calls.stopped !== undefined) return
        if (await work(item)) this.#tell(phase, ++done, items.length)
      }
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker))
  }

  #tell(phase: CompareProgress['phase'], done: number, total: number): void {
    const { calls, onProgress } = this.#parts
    if (onProgress === undefined) return
    try {
      onProgress({ phase, done, total, resumed: calls.resumed, failed: this.#failed, spentUsd: usdOf(calls.spent.pico) })
    } catch {
      // Whoever watches must not stop the work.
    }
  }
}

function matchOf(one: Graded, other: Graded): Omit<Likeness, 'likeness'> {
  return { prompt: one.prompt, repetition: one.repetition, first: one.target, second: other.target }
}
