import type { Turn } from './turn.ts'
import { fits } from './outages.ts'
import type { Conditions } from './outages.ts'
import type { Reply } from './reply.ts'

/** A reply, a text, or a function that looks at the request and gives one. */
export type Answer = string | Reply | ((turn: Turn) => string | Reply)

interface Standing {
  readonly vendor: string
  readonly answer: Answer
  readonly conditions: Conditions
}

/** What the simulator was told to say. */
export class SimulatorScript {
  #standing: readonly Standing[] = []
  readonly #queues = new Map<string, Answer[]>()

  /** From now on, the latest one that fits. */
  stand(vendor: string, answer: Answer, conditions: Conditions): void {
    this.#standing = [{ vendor, answer, conditions }, ...this.#standing]
  }

  /** Once each, in order, before anything standing. */
  queue(vendor: string, answers: readonly Answer[]): void {
    this.#queues.set(vendor, [...(this.#queues.get(vendor) ?? []), ...answers])
  }

  /** What to say to this request; an empty reply where nothing was said about it. */
  next(vendor: string, turn: Turn): Reply {
    const queued = this.#queues.get(vendor)?.shift() ?? this.#queues.get('*')?.shift()
    const answer =
      queued ?? this.#standing.find((one) => (one.vendor === '*' || one.vendor === vendor) && fits(one.conditions, turn))?.answer
    const resolved = typeof answer === 'function' ? answer(turn) : answer
    return typeof resolved === 'string' ? { text: resolved } : (resolved ?? {})
  }

  forget(): void {
    this.#standing = []
    this.#queues.clear()
  }
}
