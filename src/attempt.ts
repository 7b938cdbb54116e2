import type { Cover } from './allowance.ts'
import type { AdapterCall } from './contracts/adapter.ts'
import type { Permit } from './contracts/breaker.ts'
import type { Clock } from './contracts/clock.ts'
import type { FailureKind } from './contracts/failure.ts'
import type { RateEntry } from './contracts/rates.ts'
import type { Secret } from './contracts/secret.ts'
import { unreachable } from './errors.ts'
import type { Clocks } from './options.ts'
import type { ChosenKey } from './key-ring.ts'
import type { Target } from './resolve.ts'
import { VendorHeaders } from './vendor-headers.ts'

/** Why the router ended an attempt itself. */
export interface Stop {
  readonly kind: Extract<FailureKind, 'timeout' | 'caller_timeout' | 'deadline' | 'aborted' | 'outrun'>
  readonly message: string
  readonly cause?: unknown
}

/** The limits that can end an attempt: the router's clocks by their option's name, and the caller's own. */
export type LimitName = keyof Clocks | 'timeout'

/** Where an attempt is in its life, for whoever makes it. */
export interface AttemptOptions {
  readonly target: Target
  readonly permit: Permit
  readonly clock: Clock
  readonly clocks: Clocks
  /** Where its target's limits have counted it. */
  readonly rate?: RateEntry | undefined
}

/** One wire call to one target: its signal, its clock, and what is known of its end. */
export class Attempt {
  readonly target: Target
  readonly permit: Permit
  readonly startedAt: number
  /** Set when the router or the caller ended the attempt; decides its failure, whatever the adapter throws then. */
  stopped: Stop | undefined
  readonly #clock: Clock
  readonly #controller = new AbortController()
  /** The limits of this attempt. */
  readonly clocks: Clocks
  #number = 0
  #secret: Secret | undefined
  #tokens: readonly Secret[] = []
  #timer: Disposable | undefined
  #timerAt = Infinity
  #limit: LimitName = 'totalMs'
  #limitAt = Infinity
  #reject: ((reason: unknown) => void) | undefined
  #headers: VendorHeaders | undefined
  #onStop: (() => void) | undefined
  #cover: Cover | undefined
  #key: ChosenKey | undefined
  /** Where its target's limits have counted it. */
  readonly rate: RateEntry | undefined

  constructor({ target, permit, clock, clocks, rate }: AttemptOptions) {
    this.target = target
    this.permit = permit
    this.#clock = clock
    this.clocks = clocks
    this.rate = rate
    this.startedAt = clock.now()
  }

  /** The key is there: the attempt gets its number, from 1, and may be made. */
  ready(number: number, secret: Secret): void {
    this.#number = number
    this.#secret = secret
  }

  /** What was set aside for it. */
  covered(cover: Cover): void {
    this.#cover = cover
  }

  /** What was set aside for it; absent where nothing limits what its request may take. */
  get cover(): Cover | undefined {
    return this.#cover
  }

  /** Its key was chosen among several, or is a tenant's. */
  opened(key: ChosenKey): void {
    this.#key = key
  }

  /** The key that was chosen for it; absent where there was nothing to choose. */
  get key(): ChosenKey | undefined {
    return this.#key
  }

  get number(): number {
    return this.#number
  }

  get secret(): Secret {
    if (this.#secret === undefined) throw new TypeError('the attempt has no key yet')
    return this.#secret
  }

  /** The call is sent with something in place of the key. */
  sentWith(token: Secret): void {
    if (token !== this.#secret) this.#tokens = [...this.#tokens, token]
  }

  /** What nobody but the vendor may get to see: the key, and what was sent in place of it. */
  get secrets(): readonly Secret[] {
    return [this.secret, ...this.#tokens]
  }

  get signal(): AdapterCall['signal'] {
    return this.#controller.signal
  }

  /** The vendor's response headers, once they are there. */
  get headers(): VendorHeaders | undefined {
    return this.#headers
  }

  /** The vendor has accepted the call. */
  answered(headers: Headers): void {
    this.#headers = new VendorHeaders(headers, this.secrets)
  }

  /** Milliseconds since the attempt was made. */
  elapsed(): number {
    return this.#clock.now() - this.startedAt
  }

  /**
   * Puts a limit in force in place of the one before; `at` is in clock milliseconds. The timer is moved only when the new
   * limit is nearer than the one it waits for: a stream sets a limit with every chunk, and a timer that fires too early
   * just waits again.
   */
  limit(name: LimitName, at: number): void {
    if (this.stopped !== undefined) return
    this.#limit = name
    this.#limitAt = at
    if (at < this.#timerAt) this.#arm(at)
  }

  #arm(at: number): void {
    this.#timer?.[Symbol.dispose]()
    this.#timerAt = at
    this.#timer = this.#clock.setTimeout(() => this.#due(), Math.max(0, at - this.#clock.now()))
  }

  #due(): void {
    this.#timer = undefined
    this.#timerAt = Infinity
    if (this.#limitAt === Infinity) return
    if (this.#clock.now() < this.#limitAt) this.#arm(this.#limitAt)
    else this.stop(stopBy(this.#limit, this.clocks, this.target))
  }

  /** Ends the attempt: aborts the wire call and rejects what {@link until} waits for. */
  stop(stop: Stop): void {
    if (this.stopped !== undefined) return
    this.stopped = stop
    this.discard(stop.cause)
    this.#reject?.(stop)
    this.#onStop?.()
  }

  throwIfStopped(): void {
    // oxlint-disable-next-line typescript/only-throw-error -- as `until()` rejects: a stop is no error before it is put into words
    if (this.stopped !== undefined) throw this.stopped
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
    this.#key?.release()
    this.#controller.abort(cause)
  }

  /** Drops the timer: the attempt is over. */
  release(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#timerAt = Infinity
    this.#limitAt = Infinity
  }
}

/** The whole request has run out of time. */
export function outOfTime(totalMs: number): Stop & { readonly kind: 'deadline' } {
  return { kind: 'deadline', message: `Request timed out: not done within ${totalMs} ms (clocks.totalMs).` }
}

function stopBy(limit: LimitName, clocks: Clocks, { id }: Target): Stop {
  switch (limit) {
    case 'timeout':
      return { kind: 'caller_timeout', message: 'Request timed out.' }
    case 'totalMs':
      return outOfTime(clocks.totalMs)
    case 'attemptMs':
      return {
        kind: 'timeout',
        message: `Request timed out: ${id} sent no answer within ${clocks.attemptMs} ms (clocks.attemptMs).`,
      }
    case 'firstTokenMs':
      return {
        kind: 'timeout',
        message: `Request timed out: ${id} sent no content within ${clocks.firstTokenMs} ms (clocks.firstTokenMs).`,
      }
    case 'idleMs':
      return { kind: 'timeout', message: `Request timed out: ${id} sent no more content for ${clocks.idleMs} ms (clocks.idleMs).` }
    default:
      return unreachable(limit)
  }
}
