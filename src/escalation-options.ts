import type { ChatCompletion } from './contracts/chat.ts'

/** Why an answer is not good enough: without any content, breaking the JSON that was asked for, or turned down by `validate`. */
export type EscalationReason = 'empty' | 'schema' | 'invalid'

/**
 * Looks at a whole answer: `true`, it is good enough; `false` or the reason in words of your own, it is not. The words come back
 * in `routeOf(answer).escalation`, and go nowhere else.
 */
export type Validate = (completion: ChatCompletion) => boolean | string | Promise<boolean | string>

/** Asks a better model where an answer is not good enough, inside the same request: its deadline, its cap of attempts, its money. */
export interface EscalateOptions {
  /** The caller's own look at every answer. Default: none. */
  readonly validate?: Validate
  /** What leads to the next step. Default: all three. */
  readonly when?: readonly EscalationReason[]
  /**
   * Model strings, one a step. Default: the tiers above the request's, for requests that go by tier (`auto`, `tier:…`); a request
   * that names its model has no step then.
   */
  readonly to?: readonly string[]
  /** The most steps of one request. Default 2. */
  readonly maxSteps?: number
  /**
   * No step is left, or none of its targets has an answer: the latest answer is returned, flagged in `routeOf(answer).escalation`,
   * or the request fails with `answer_rejected`. One that breaks its schema is never returned. Default `return`.
   */
  readonly onExhausted?: 'return' | 'fail'
}

/** What was chosen, with the defaults filled in. */
export interface Escalate extends Omit<Required<EscalateOptions>, 'validate' | 'to' | 'when'> {
  readonly validate: Validate | undefined
  readonly to: readonly string[] | undefined
  readonly when: ReadonlySet<EscalationReason>
  /** Whether streams are held back until their end: others cannot be taken back. */
  readonly buffers: boolean
}

const everyReason: readonly EscalationReason[] = ['empty', 'schema', 'invalid']

/** The chosen options with the defaults. */
export function escalateBy(options: EscalateOptions, buffers: boolean): Escalate {
  const { validate, to, when = everyReason, maxSteps = 2, onExhausted = 'return' } = options
  return { validate, to, when: new Set(when), maxSteps, onExhausted, buffers }
}

/** An answer that was not good enough, as `routeOf()` tells it. */
export interface RejectedAnswer {
  /** `provider/model` that gave it. */
  readonly target: string
  readonly reason: EscalationReason
  /** What `validate` said of it, where it said more than no. */
  readonly detail?: string
}

/** How a request escalated. */
export interface EscalationRecord {
  /** The answers that were not good enough, in order; the one that was returned all the same is among them. */
  readonly rejected: readonly RejectedAnswer[]
  /** Whether the answer that was returned is good enough. */
  readonly accepted: boolean
}
