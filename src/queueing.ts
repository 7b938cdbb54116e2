import { RateLimitError } from 'openai'
import type { Admission } from './admission.ts'
import type { FailedAttempt } from './caller-error.ts'
import { withAttempts } from './caller-error.ts'
import type { Clock } from './contracts/clock.ts'
import type { Failure } from './contracts/failure.ts'
import type { Slot, Ticket } from './limiter.ts'
import type { Target } from './resolve.ts'

/** What a wait in a queue goes by. */
export interface QueueParts {
  readonly admission: Admission
  readonly clock: Clock
  /** When the whole request must be done, in clock milliseconds. */
  readonly deadline: number
  /** Is given what ends the wait early, and nothing once it is over. */
  readonly onWake: (wake: (() => void) | undefined) => void
  /** The request waits for this target. */
  readonly onQueued: (target: Target) => void
}

/** One request's way through the queues of the targets that had their hands full. */
export class Queueing {
  /** In the order of the chain. */
  #busy: Target[] = []
  #congestion: 'queue_full' | 'queue_timeout' | undefined

  /** Whether there is somebody to wait for. */
  get isOpen(): boolean {
    return this.#busy.length > 0 && this.#congestion === undefined
  }

  passOver(target: Target): void {
    this.#busy.push(target)
  }

  /** Nobody waits for these any more. */
  drop(isUseless: (target: Target) => boolean): void {
    this.#busy = this.#busy.filter((target) => !isUseless(target))
  }

  /** Waits for the first target whose queue has room; nothing where none has, or where the wait was in vain. */
  async wait(parts: QueueParts): Promise<{ readonly target: Target; readonly slot: Slot } | undefined> {
    if (!this.isOpen) return undefined
    const { admission, clock, deadline } = parts
    const place = admission.join(this.#busy)
    if (place === undefined) {
      this.#congestion = 'queue_full'
      return undefined
    }
    const { target, ticket, queueMs } = place
    parts.onQueued(target)
    const slot = await granted(ticket, Math.min(queueMs, deadline - clock.now()), parts)
    if (slot === undefined) this.#congestion = 'queue_timeout'
    else this.#busy = []
    return slot === undefined ? undefined : { target, slot }
  }

  /** Why nobody was waited for any longer, and the error for it. Nothing where that was not so. */
  congestion(
    admission: Admission,
    failed: readonly FailedAttempt[],
  ): { readonly failure: Failure; readonly error: Error } | undefined {
    const error = this.#error(admission)
    if (error === undefined) return undefined
    const { message, status, code } = error
    const failure = { kind: 'rate_limit', message, status, ...(typeof code === 'string' && { code }) } as const
    return { failure, error: withAttempts(error, failed) }
  }

  /** The error for a request that nobody had a hand free for; says when to come back. Nothing where that was not so. */
  #error(admission: Admission): RateLimitError | undefined {
    const code = this.#congestion
    if (code === undefined) return undefined
    const names = this.#busy.map(({ id }) => id).join(', ')
    const fate = code === 'queue_full' ? 'the queue is full' : 'none was free in time'
    const message = `Every target has as many calls under way as it may have (maxConcurrent), and ${fate}: ${names}.`
    const retryInMs = Math.ceil(admission.retryInMs(this.#busy))
    const headers = new Headers({ 'retry-after-ms': String(retryInMs), 'retry-after': String(Math.ceil(retryInMs / 1000)) })
    return new RateLimitError(429, { message, type: 'router_error', param: null, code }, undefined, headers)
  }
}

/** The slot, or nothing where none came within `ms` or the wait was ended. */
async function granted(ticket: Ticket, ms: number, { clock, onWake }: QueueParts): Promise<Slot | undefined> {
  const leave = (): void => ticket.leave()
  const timer = clock.setTimeout(leave, ms, { hold: true })
  onWake(leave)
  try {
    return await ticket.granted
  } finally {
    timer[Symbol.dispose]()
    onWake(undefined)
  }
}
