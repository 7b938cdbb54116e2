import type { BudgetAnswer, BudgetCharge, BudgetClaim, BudgetMeter, BudgetStore, BudgetTally } from '../contracts/budget.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Away, Book, Booking, ClaimsAt, Uncovered } from './book.ts'
import { reserveIn } from './book.ts'
import { Outbox } from './outbox.ts'
import type { Reservation } from './tallies.ts'
import { Tallies } from './tallies.ts'

/** How often a store that is away is looked for. */
const searchMs = 1000

/** What a {@link SharedBook} works with. */
export interface SharedBookParts {
  readonly store: BudgetStore
  readonly clock: Clock
  /** Whether calls go on without the store, counted by this process alone. */
  readonly goesOnAlone: boolean
  readonly onLost: () => void
  readonly onRegained: (awayMs: number) => void
}

/**
 * The counters that several processes share. Each reservation is the store's to make; what this process knows of the counters
 * is a copy. Where the store does not answer in time the copy counts alone, and what was spent is told when it is back.
 */
export class SharedBook implements Book {
  readonly #parts: SharedBookParts
  readonly #copy = new Tallies()
  readonly #outbox = new Outbox()
  readonly #open = new Set<SharedBooking>()
  readonly #telling = new Set<Promise<void>>()
  /** By how much the store's clock is ahead of this machine's. */
  #aheadMs = 0
  #lostAt: number | undefined
  #search: Disposable | undefined
  #isClosed = false

  constructor(parts: SharedBookParts) {
    this.#parts = parts
  }

  now(): number {
    return this.#parts.clock.wall() + this.#aheadMs
  }

  reserve(claimsAt: ClaimsAt, leaseMs: number): Booking | Uncovered | Away | Promise<Booking | Uncovered | Away> {
    return this.#lostAt === undefined ? this.#ask(claimsAt, leaseMs) : this.#alone(claimsAt)
  }

  async #ask(claimsAt: ClaimsAt, leaseMs: number): Promise<Booking | Uncovered | Away> {
    const { store, clock } = this.#parts
    const id = crypto.randomUUID()
    const until = clock.now() + store.patienceMs
    // Where the clocks differ the store tells its time, once.
    for (let tries = 0; tries < 2; tries += 1) {
      const claims = claimsAt(this.now())
      const asked = store.reserve(id, claims, leaseMs)
      const answer = await this.#inTime(asked, until - clock.now())
      if (answer === undefined) {
        this.#disown(id, claims, asked)
        break
      }
      if ('now' in answer) this.#aheadMs = answer.now - clock.wall()
      else return this.#booked(id, claims, answer)
    }
    this.#lose()
    return this.#alone(claimsAt)
  }

  #booked(id: string, claims: readonly BudgetClaim[], answer: Exclude<BudgetAnswer, { now: number }>): Booking | Uncovered {
    this.#learn(claims, answer.tallies)
    if (answer.granted) return this.#opened({ id, claims, alone: undefined })
    const [claim, tally] = [claims[answer.by], answer.tallies[answer.by]]
    if (claim === undefined || tally === undefined) throw new TypeError('The store has refused a claim that was not made.')
    return { by: answer.by, claim, tally }
  }

  /** Nobody waited for this reservation: where it comes about all the same, it is given back. */
  #disown(id: string, claims: readonly BudgetClaim[], asked: Promise<unknown>): void {
    const none = claims.map((claim) => ({ ...claim, amount: 0n }))
    const giveBack = (): void => this.#tell((store) => store.settle(id, none))
    asked.then(giveBack, giveBack)
  }

  /** As far as this process knows. */
  #alone(claimsAt: ClaimsAt): Booking | Uncovered | Away {
    if (!this.#parts.goesOnAlone) return { away: true }
    const claims = claimsAt(this.now())
    const booked = reserveIn(this.#copy, claims)
    if ('by' in booked) return booked
    return {
      claims,
      settle: (charges) => {
        booked.settle(charges)
        this.#outbox.owe(charges)
        if (this.#lostAt === undefined) this.#tell(this.#outbox.debt())
      },
    }
  }

  #opened(own: Own): Booking {
    const booking = new SharedBooking(own, (settled, charges) => {
      this.#open.delete(settled)
      settled.alone?.settle(charges)
      if (settled.alone === undefined) this.#follow(settled.claims, charges)
      this.#tell((store) => store.settle(settled.id, charges))
    })
    this.#open.add(booking)
    return booking
  }

  /** The copy, until the store says better. */
  #follow(claims: readonly BudgetClaim[], charges: readonly BudgetCharge[]): void {
    for (const [at, { amount }] of charges.entries()) {
      const claim = claims[at]
      if (claim === undefined) continue
      const tally = this.#copy.of(claim)
      tally.spent += amount
      tally.likely -= claim.likely
      tally.most -= claim.most
    }
  }

  #learn(meters: readonly BudgetMeter[], tallies: readonly BudgetTally[]): void {
    for (const [at, tally] of tallies.entries()) {
      const meter = meters[at]
      if (meter !== undefined) Object.assign(this.#copy.of(meter), tally)
    }
  }

  tally(meter: BudgetMeter): BudgetTally {
    return this.#copy.of(meter)
  }

  async refresh(meters: readonly BudgetMeter[]): Promise<void> {
    if (this.#lostAt !== undefined) return
    const tallies = await this.#inTime(this.#parts.store.read(meters), this.#parts.store.patienceMs)
    if (tallies === undefined) this.#lose()
    else this.#learn(meters, tallies)
  }

  /** Tells the store something that it must learn, now or when it is back. */
  #tell(telling: (store: BudgetStore) => Promise<void>): void {
    if (this.#lostAt !== undefined) {
      this.#outbox.keep(telling)
      return
    }
    const { store, clock } = this.#parts
    const late = clock.setTimeout(() => this.#lose(), store.patienceMs)
    const told = telling(store)
      .catch(() => {
        this.#outbox.keep(telling)
        this.#lose()
      })
      .finally(() => {
        late[Symbol.dispose]()
        this.#telling.delete(told)
      })
    this.#telling.add(told)
  }

  /** What comes of it in time; nothing where it fails or takes longer. */
  async #inTime<Result>(work: Promise<Result>, ms: number): Promise<Result | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>()
    const timer = this.#parts.clock.setTimeout(() => resolve(undefined), Math.max(0, ms), { hold: true })
    try {
      return await Promise.race([work, late])
    } catch {
      return undefined
    } finally {
      timer[Symbol.dispose]()
    }
  }

  #lose(): void {
    if (this.#lostAt !== undefined || this.#isClosed) return
    this.#lostAt = this.#parts.clock.now()
    // What the others have under way is not known any more.
    this.#copy.clearReserved()
    for (const booking of this.#open) booking.alone = this.#copy.hold(booking.claims)
    this.#parts.onLost()
    this.#searchLater()
  }

  #searchLater(): void {
    if (this.#isClosed) return
    this.#search?.[Symbol.dispose]()
    this.#search = this.#parts.clock.setTimeout(() => void this.#find(), searchMs)
  }

  async #find(): Promise<void> {
    const { store, clock } = this.#parts
    const isThere = (await this.#inTime(store.read([]), store.patienceMs)) !== undefined
    if (!isThere || !(await this.#outbox.empty(store))) {
      this.#searchLater()
      return
    }
    const awayMs = clock.now() - (this.#lostAt ?? clock.now())
    this.#lostAt = undefined
    for (const booking of this.#open) booking.alone = undefined
    if (!this.#isClosed) this.#parts.onRegained(awayMs)
  }

  async close(): Promise<void> {
    const { store } = this.#parts
    if (this.#lostAt === undefined) await this.#inTime(Promise.all(this.#telling), store.patienceMs)
    else await this.#inTime(this.#outbox.empty(store), store.patienceMs)
    this.#isClosed = true
    this.#search?.[Symbol.dispose]()
  }
}

/** A reservation that the store has made. */
interface Own {
  readonly id: string
  readonly claims: readonly BudgetClaim[]
  /** The same in the copy, while the store is away. */
  alone: Reservation | undefined
}

class SharedBooking implements Booking, Own {
  readonly id: string
  readonly claims: readonly BudgetClaim[]
  alone: Reservation | undefined
  readonly #onSettled: (booking: SharedBooking, charges: readonly BudgetCharge[]) => void

  constructor({ id, claims }: Own, onSettled: (booking: SharedBooking, charges: readonly BudgetCharge[]) => void) {
    this.id = id
    this.claims = claims
    this.#onSettled = onSettled
  }

  settle(charges: readonly BudgetCharge[]): void {
    this.#onSettled(this, charges)
  }
}
