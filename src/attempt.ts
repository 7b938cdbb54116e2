import type { AdapterCall } from './contracts/adapter.ts'
import type { Permit } from './contracts/breaker.ts'
import type { Clock } from './contracts/clock.ts'
import type { FailureKind } from './contracts/failure.ts'
import type { Secret } from './contracts/secret.ts'
import type { Target } from './resolve.ts'

/** Why the router ended an attempt itself. */
export interface Stop {
  readonly kind: Extract<FailureKind, 'timeout' | 'caller_timeout' | 'deadline' | 'aborted'>
  readonly message: string
  readonly cause?: unknown
}

/** A limit in force: what passing it means. */
export interface Limit {
  /** Clock milliseconds. */
  readonly at: number
  readonly kind: Stop['kind']
  readonly message: string
}

/** Where an attempt is in its life, for whoever makes it. */
export interface AttemptOptions {
  readonly number: number
  readonly target: Target
  readonly permit: Permit
  readonly secret: Secret
  readonly clock: Clock
}

/** One wire call to one target: its signal, its clock, and what is known of its end. */
export class Attempt {
  readonly number: number
  readonly target: Target
  readonly permit: Permit
  readonly secret: Secret
  readonly startedAt: number
  /** Set when the router or the caller ended the attempt; decides its failure, whatever the adapter throws then. */
  stopped: Stop | undefined
  readonly #clock: Clock
  readonly #controller = new AbortController()
  #timer: Disposable | undefined
  #timerAt = Infinity
  #limit: Limit | undefined
  #reject: ((reason: unknown) => void) | undefined
  #headers: Headers | undefined
  #onStop: (() => void) | undefined

  constructor({ number, target, permit, secret, clock }: AttemptOptions) {
    this.number = number
    this.target = target
    this.permit = permit
    this.secret = secret
    this.#clock = clock
    this.startedAt = clock.now()
  }

  get signal(): AdapterCall['signal'] {
    return this.#controller.signal
  }

  /** The vendor's response headers, once they are there. */
  get headers(): Headers | undefined {
    return this.#headers
  }

  /** The vendor has accepted the call. */
  answered(headers: Headers): void {
    this.#headers = headers
  }

  /** Milliseconds since the attempt was made. */
  elapsed(): number {
    return this.#clock.now() - this.startedAt
  }

  /**
   * Puts a limit in force in place of the one before. The timer is moved only when the new limit is nearer than the one
   * it waits for: a stream sets a limit with every chunk, and a timer that fires too early just waits again.
   */
  limit(limit: Limit | undefined): void {
    this.#limit = limit
    if (limit !== undefined && limit.at < this.#timerAt && limit.at !== Infinity) this.#arm(limit.at)
  }

  #arm(at: number): void {
    this.#timer?.[Symbol.dispose]()
    this.#timerAt = at
    this.#timer = this.#clock.setTimeout(() => this.#due(), Math.max(0, at - this.#clock.now()))
  }

  #due(): void {
    this.#timer = undefined
    this.#timerAt = Infinity
    const limit = this.#limit
    if (limit === undefined || limit.at === Infinity) return
    if (this.#clock.now() < limit.at) this.#arm(limit.at)
    else this.stop({ kind: limit.kind, message: limit.message })
  }

  /** Ends the attempt: aborts the wire call and rejects what {@link until} waits for. */
  stop(stop: Stop): void {
    if (this.stopped !== undefined) return
    this.stopped = stop
    this.discard(stop.cause)
    this.#reject?.(stop)
    this.#onStop?.()
  }

  /** Called when the attempt is stopped, after whoever waits for it has been told. */
  onStop(listener: () => void): void {
    this.#onStop = listener
  }

  /** `work`, or a rejection as soon as the attempt is stopped: an adapter that ignores its signal holds nobody up. */
  until<Result>(work: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.stopped !== undefined) {
        work.catch(() => undefined)
        reject(this.stopped)
        return
      }
      this.#reject = reject
      work.then(resolve, reject)
    })
  }

  /** The attempt has failed or nobody wants it: ends whatever of the wire call is still open. */
  discard(cause?: unknown): void {
    this.release()
    this.#controller.abort(cause)
  }

  /** Drops the timer: the attempt is over. */
  release(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#timerAt = Infinity
    this.#limit = undefined
  }
}
