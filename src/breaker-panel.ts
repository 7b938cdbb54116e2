import type { BreakerSnapshot, BreakerTransition } from './contracts/breaker.ts'

/** The circuits of a router, to look at and to switch by hand. */
export interface BreakerPanel {
  /** Whether the circuits are those of several processes now; `undefined` where they have no store in common. */
  readonly isShared: boolean | undefined
  /** Every circuit of a configured target, and every other one that has been used. */
  list(): readonly BreakerSnapshot[]
  /** The latest changes of state, oldest first: of one circuit, or of all. */
  history(target?: string): readonly (BreakerTransition & { readonly agoMs: number })[]
  /** One circuit by `provider/model`. */
  snapshot(target: string): BreakerSnapshot
  /** Opens a circuit by hand, for `ms` or its usual cooldown. */
  trip(target: string, ms?: number): void
  /** Closes a circuit by hand and forgets its failures. */
  reset(target: string): void
  /** Told of every change of state until disposed. */
  subscribe(listener: (transition: BreakerTransition) => void): Disposable
}
