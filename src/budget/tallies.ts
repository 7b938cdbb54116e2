import type { BudgetCharge, BudgetClaim, BudgetMeter, BudgetTally } from '../contracts/budget.ts'

/** A counter as it changes. */
export interface Tally {
  readonly startsAt: number
  readonly endsAt: number
  spent: bigint
  likely: bigint
  most: bigint
}

/** Whether a counter has room for a claim: for what is likely within the limit, for the most within limit and slack. */
export function covers({ spent, likely, most }: BudgetTally, claim: BudgetClaim): boolean {
  return spent + likely + claim.likely <= claim.limit && spent + most + claim.most <= claim.ceiling
}

/** The counters of this process. Each counts its latest window; calls of an older one hold on to theirs until they are settled. */
export class Tallies {
  readonly #current = new Map<string, Tally>()

  /** The counter of a meter's window. */
  of({ key, startsAt, endsAt }: BudgetMeter): Tally {
    const current = this.#current.get(key)
    // A wall clock that was set back clears nothing.
    if (current !== undefined && startsAt <= current.startsAt) return current
    const fresh: Tally = { startsAt, endsAt, spent: 0n, likely: 0n, most: 0n }
    this.#current.set(key, fresh)
    return fresh
  }

  /** Nothing is taken to be under way. */
  clearReserved(): void {
    for (const tally of this.#current.values()) Object.assign(tally, { likely: 0n, most: 0n })
  }

  /** Reserves every claim, whether it is covered or not. */
  hold(claims: readonly BudgetClaim[]): Reservation {
    return new Reservation(
      claims,
      claims.map((claim) => this.of(claim)),
    )
  }

  /** Reserves every claim, or none: the place of the first that is not covered. */
  reserve(claims: readonly BudgetClaim[]): Reservation | number {
    const tallies = claims.map((claim) => this.of(claim))
    const by = claims.findIndex((claim, at) => {
      const tally = tallies[at]
      return tally === undefined || !covers(tally, claim)
    })
    return by < 0 ? new Reservation(claims, tallies) : by
  }
}

/** What is reserved of some counters. */
export class Reservation {
  readonly #claims: readonly BudgetClaim[]
  readonly #tallies: readonly Tally[]

  constructor(claims: readonly BudgetClaim[], tallies: readonly Tally[]) {
    this.#claims = claims
    this.#tallies = tallies
    this.#move(1n)
  }

  /** Gives back what was reserved and books what was taken, in the order of the claims. */
  settle(charges: readonly BudgetCharge[]): void {
    this.#move(-1n)
    for (const [at, { amount }] of charges.entries()) {
      const tally = this.#tallies[at]
      if (tally !== undefined) tally.spent += amount
    }
  }

  #move(sign: bigint): void {
    for (const [at, { likely, most }] of this.#claims.entries()) {
      const tally = this.#tallies[at]
      if (tally === undefined) continue
      tally.likely += sign * likely
      tally.most += sign * most
    }
  }
}
