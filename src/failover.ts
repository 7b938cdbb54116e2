import type { AfterCommit } from './after-commit.ts'
import type { Consequence } from './classification.ts'
import { classification } from './classification.ts'
import type { FailureKind } from './contracts/failure.ts'

/** Whether the caller gets what the vendor said, or the next target is asked. */
export type Switching = 'return' | 'switch'

/** What a caller may choose of failover: for the router, for an agent over it, for a call over both. */
export interface FailoverOptions {
  /**
   * A vendor says that the prompt is too long for its model: the caller gets that error, or the next target whose declared
   * context window is larger is asked. Default `return`.
   */
  readonly onContextLength?: Switching
  /** A vendor answers 413: the caller gets that error, or the next target is asked. Default `return`. */
  readonly onTooLarge?: Switching
  /**
   * A model refuses for reasons of safety (an answer that was filtered or refused, or a 400 that says so; of a stream only
   * where it begins with the refusal): the caller gets the refusal, or the next target is asked. Default `return`.
   */
  readonly onRefusal?: Switching
  /**
   * Every target is held back by its breaker or by `Retry-After`: a 503 at once, or one request tests the target whose hold
   * ends first. Default `reject`.
   */
  readonly whenAllOpen?: 'reject' | 'probe'
  /** The most wire calls of one request, over all its targets and retries. Default 10. */
  readonly maxAttempts?: number
  /**
   * A stream breaks after its first content has been handed over. `fail`: the caller's loop gets a `StreamInterruptedError`.
   * `buffer`: nothing is handed over before the end, so that any failure goes on to the next target unseen. `restart`: the
   * next target's answer follows from its start, behind a chunk that says so (`isRestart()`). `{ continueWith }`: the caller's
   * function gives the messages with which the next target goes on. Default `fail`.
   */
  readonly afterCommit?: AfterCommit
}

/** What was chosen, with the defaults filled in. */
export type Failover = Required<FailoverOptions>

export const defaultFailover: Failover = {
  onContextLength: 'return',
  onTooLarge: 'return',
  onRefusal: 'return',
  whenAllOpen: 'reject',
  maxAttempts: 10,
  afterCommit: 'fail',
}

/** The options of a layer over those below it. One that is `undefined` is not given. */
export function failoverOver(below: Failover, layer: FailoverOptions | undefined): Failover {
  if (layer === undefined) return below
  const {
    onContextLength = below.onContextLength,
    onTooLarge = below.onTooLarge,
    onRefusal = below.onRefusal,
    whenAllOpen = below.whenAllOpen,
    maxAttempts = below.maxAttempts,
    afterCommit = below.afterCommit,
  } = layer
  return { onContextLength, onTooLarge, onRefusal, whenAllOpen, maxAttempts, afterCommit }
}

/** Whether another target may do better after a failure of this kind. */
export function leaves(kind: FailureKind, failover: Failover): boolean {
  const { next, option }: Consequence = classification[kind]
  return next || (option !== undefined && failover[option] === 'switch')
}
