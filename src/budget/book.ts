import type { BudgetCharge, BudgetClaim, BudgetMeter, BudgetTally } from '../contracts/budget.ts'
import type { Clock } from '../contracts/clock.ts'
import { Tallies } from './tallies.ts'

/** The claims of one call at a moment, in milliseconds since 1970. */
export type ClaimsAt = (now: number) => readonly BudgetClaim[]

/** A reservation that was made. */
export interface Booking {
  readonly claims: readonly BudgetClaim[]
  /** Books what was taken of each claim, in their order. Called once. */
  settle(charges: readonly BudgetCharge[]): void
}

/** The first claim that was not covered, and how its counter stands. */
export interface Uncovered {
  readonly by: number
  readonly claim: BudgetClaim
  readonly tally: BudgetTally
}

/** The shared store is away, and nothing is to be spent without it. */
export interface Away {
  readonly away: true
}

/** Where the counters of a router's budgets are kept. */
export interface Book {
  /** The present as the counters have it: milliseconds since 1970. */
  now(): number
  reserve(claimsAt: ClaimsAt, leaseMs: number): Booking | Uncovered | Away | Promise<Booking | Uncovered | Away>
  /** How a counter stands, as far as it is known here. */
  tally(meter: BudgetMeter): BudgetTally
  /** Learns anew how the counters stand. */
  refresh(meters: readonly BudgetMeter[]): Promise<void>
  /** Resolves when everything that was settled has been told. */
  close(): Promise<void>
}

/** The counters of this process alone. */
export class LocalBook implements Book {
  readonly #tallies = new Tallies()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.wall()
  }

  reserve(claimsAt: ClaimsAt): Booking | Uncovered {
    return reserveIn(this.#tallies, claimsAt(this.now()))
  }

  tally(meter: BudgetMeter): BudgetTally {
    return this.#tallies.of(meter)
  }

  refresh(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** A reservation among these counters. */
export function reserveIn(tallies: Tallies, claims: readonly BudgetClaim[]): Booking | Uncovered {
  const reserved = tallies.reserve(claims)
  if (typeof reserved !== 'number') return { claims, settle: (charges) => reserved.settle(charges) }
  const claim = claims[reserved]
  if (claim === undefined) throw new RangeError('a claim that was not made was not covered')
  return { by: reserved, claim, tally: tallies.of(claim) }
}
