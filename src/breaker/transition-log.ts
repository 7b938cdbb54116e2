import type { BreakerTransition } from '../contracts/breaker.ts'
import type { Clock } from '../contracts/clock.ts'

/** A transition as `history()` tells it. */
export interface PastTransition extends BreakerTransition {
  readonly agoMs: number
}

/** Hears of transitions. A promise is not waited for. */
export type TransitionListener = (transition: BreakerTransition) => void | Promise<void>

/** Remembers the latest transitions and passes them on. */
export class TransitionLog {
  readonly #clock: Clock
  readonly #first: TransitionListener | undefined
  readonly #limit: number
  readonly #past: { readonly transition: BreakerTransition; readonly at: number }[] = []
  readonly #subscribers = new Map<symbol, TransitionListener>()
  #untold: BreakerTransition[] = []

  constructor(clock: Clock, first: TransitionListener | undefined, limit: number) {
    this.#clock = clock
    this.#first = first
    this.#limit = limit
  }

  add(transition: BreakerTransition): void {
    this.#past.push({ transition, at: this.#clock.now() })
    if (this.#past.length > this.#limit) this.#past.shift()
    if (this.#first !== undefined) tell(this.#first, transition)
    if (this.#subscribers.size === 0) return
    this.#untold.push(transition)
    // Later, so that a listener's own work, or its own trip() and reset(), is never inside the change it hears of.
    if (this.#untold.length === 1) queueMicrotask(() => this.#tellAll())
  }

  list(target: string | undefined): readonly PastTransition[] {
    const now = this.#clock.now()
    return this.#past
      .filter(({ transition }) => target === undefined || transition.target === target)
      .map(({ transition, at }) => Object.freeze({ ...transition, agoMs: now - at }))
  }

  subscribe(listener: TransitionListener): Disposable {
    const ticket = Symbol('subscription')
    this.#subscribers.set(ticket, listener)
    return { [Symbol.dispose]: () => void this.#subscribers.delete(ticket) }
  }

  #tellAll(): void {
    const untold = this.#untold
    this.#untold = []
    for (const transition of untold) for (const listener of this.#subscribers.values()) tell(listener, transition)
  }
}

// What a listener does with the news is its own affair: the circuit has changed already.
function tell(listener: TransitionListener, transition: BreakerTransition): void {
  try {
    Promise.resolve(listener(transition)).catch(() => {})
  } catch {
    // The same for one that throws at once.
  }
}
