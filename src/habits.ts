import type { Entry } from './runtime.ts'

/** Callers may ask a provider for any id; what they ask for must not grow a map without limit. */
const mostRemembered = 2000
/** From so many answers on their average says more than a guess. */
const leastAnswers = 5
/** The weight of the latest answer, once there were many: the average forgets slowly. */
const leastWeight = 1 / 64

interface Habit {
  count: number
  outputTokens: number
}

/** How long the answers of each target are, by a moving average. */
export class Habits {
  readonly #seen = new Map<string, Habit>()

  /** Takes note of an answer. */
  observe({ target, outcome, usage }: Pick<Entry, 'target' | 'outcome' | 'usage'>): void {
    if (outcome !== 'success' || usage === null) return
    const tokens = usage.output + usage.reasoning + usage.audioOutput
    const habit = this.#seen.get(target.id)
    if (habit === undefined) {
      if (this.#seen.size >= mostRemembered) this.#seen.clear()
      this.#seen.set(target.id, { count: 1, outputTokens: tokens })
      return
    }
    habit.count += 1
    habit.outputTokens += (tokens - habit.outputTokens) * Math.max(1 / habit.count, leastWeight)
  }

  /** Tokens of a usual answer of this target; nothing while it has given too few. */
  usualOutput(target: string): number | undefined {
    const habit = this.#seen.get(target)
    return habit === undefined || habit.count < leastAnswers ? undefined : Math.round(habit.outputTokens)
  }
}
