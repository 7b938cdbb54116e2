import type {
  BudgetedKey,
  BudgetHold,
  Budgets,
  BudgetOptions,
  BudgetQuote,
  BudgetRefusal,
  BudgetShare,
  BudgetSpent,
  BudgetStatus,
  BudgetVerdict,
} from '../contracts/budget.ts'
import type { Away, Book, Booking, Uncovered } from './book.ts'
import { Budget, type Line } from './budget.ts'
import { covers } from './tallies.ts'

/** So many budgets of service keys are listed and kept ready, those used last. What is counted is kept by the book for all of them. */
const mostKeys = 1_000

/** The budgets of one router: who draws on which, and how they stand. */
export class BudgetRegister implements Budgets {
  readonly #book: Book
  readonly #router: Budget
  readonly #agents: ReadonlyMap<string, Budget>
  readonly #shares = new Map<string | undefined, BudgetShare | undefined>()
  /** Those of service keys, by their id. */
  readonly #keys = new Map<string, { readonly budget: Budget; readonly share: BudgetShare | undefined }>()

  constructor(
    { router, agents }: { readonly router: BudgetOptions; readonly agents: Readonly<Record<string, BudgetOptions>> },
    book: Book,
  ) {
    this.#book = book
    this.#router = new Budget('router', router)
    this.#agents = new Map(Object.entries(agents).map(([name, options]) => [name, new Budget(`agent:${name}`, options)]))
  }

  of(agent: string | undefined, key?: BudgetedKey): BudgetShare | undefined {
    const own = agent === undefined ? undefined : this.#agents.get(agent)
    if (key !== undefined && key.budget !== null) return this.#ofKey(key.id, key.budget, own)
    const known = own === undefined ? undefined : agent
    if (!this.#shares.has(known)) this.#shares.set(known, this.#shareOf(own))
    return this.#shares.get(known)
  }

  /** A key is for one agent, and its budget never changes. */
  #ofKey(id: string, options: BudgetOptions, agents: Budget | undefined): BudgetShare | undefined {
    let known = this.#keys.get(id)
    if (known === undefined) {
      const budget = new Budget(`service-key:${id}`, options)
      known = { budget, share: this.#shareOf(budget, agents) }
      const [oldest] = this.#keys.keys()
      if (this.#keys.size >= mostKeys && oldest !== undefined) this.#keys.delete(oldest)
    }
    this.#keys.delete(id)
    this.#keys.set(id, known)
    return known.share
  }

  #shareOf(...own: readonly (Budget | undefined)[]): BudgetShare | undefined {
    const budgets = [...own, this.#router].flatMap((budget) => (budget === undefined || budget.lines.length === 0 ? [] : [budget]))
    return budgets.length === 0 ? undefined : new Share(budgets, this.#book)
  }

  /** How every limit stands, the router's first; of service keys those that were used. */
  list(): readonly BudgetStatus[] {
    const now = this.#book.now()
    return this.#lines().map((line) => {
      const meter = line.meterAt(now)
      return line.status(this.#book.tally(meter), meter)
    })
  }

  /** Learns from the shared store how they stand; at once where there is none. */
  async refresh(): Promise<readonly BudgetStatus[]> {
    const now = this.#book.now()
    await this.#book.refresh(this.#lines().map((line) => line.meterAt(now)))
    return this.list()
  }

  #lines(): readonly Line[] {
    const keys = Array.from(this.#keys.values(), ({ budget }) => budget)
    return [this.#router, ...this.#agents.values(), ...keys].flatMap(({ lines }) => lines)
  }

  /** Resolves when everything that was settled has been told to the shared store, or could not be. */
  close(): Promise<void> {
    return this.#book.close()
  }
}

/** The budgets that the calls of one agent, or of one service key, draw on. */
class Share implements BudgetShare {
  readonly names: readonly string[]
  readonly pricedBy: string | undefined
  readonly #lines: readonly Line[]
  readonly #book: Book

  constructor(budgets: readonly Budget[], book: Book) {
    this.names = budgets.map(({ name }) => name)
    this.pricedBy = budgets.find(({ wantsPrices }) => wantsPrices)?.name
    this.#lines = budgets.flatMap(({ lines }) => lines)
    this.#book = book
  }

  pressure(): string | undefined {
    const now = this.#book.now()
    for (const line of this.#lines) {
      const { downgradeAt } = line.budget
      if (downgradeAt === undefined) continue
      const { spent, likely } = this.#book.tally(line.meterAt(now))
      const share = Number(spent + likely) / Number(line.limit)
      if (share >= downgradeAt)
        return `${Math.floor(share * 100)} % of the ${line.unit} of this ${line.window} are used (budget ${line.budget.name})`
    }
    return undefined
  }

  refusal(quote: BudgetQuote): BudgetRefusal | undefined {
    const now = this.#book.now()
    for (const [by, line] of this.#lines.entries()) {
      const claim = line.claimAt(now, quote)
      const tally = this.#book.tally(claim)
      if (!covers(tally, claim)) return this.#refusal({ by, claim, tally })
    }
    return undefined
  }

  reserve(quote: BudgetQuote, leaseMs: number): BudgetVerdict | Promise<BudgetVerdict> {
    const booked = this.#book.reserve((now) => this.#lines.map((line) => line.claimAt(now, quote)), leaseMs)
    return booked instanceof Promise ? booked.then((outcome) => this.#verdict(outcome)) : this.#verdict(booked)
  }

  #verdict(outcome: Booking | Uncovered | Away): BudgetVerdict {
    if ('away' in outcome) return outcome
    if ('by' in outcome) return { refusal: this.#refusal(outcome) }
    return { hold: new Hold(this.#lines, outcome) }
  }

  #refusal({ by, claim, tally }: Uncovered): BudgetRefusal {
    const line = this.#lines[by]
    if (line === undefined) throw new RangeError('a budget without a line has refused')
    return {
      ...line.status(tally, claim),
      needed: line.shown(claim.most),
      retryAfterMs: Math.max(0, claim.endsAt - this.#book.now()),
      isTooLarge: claim.likely > claim.limit || claim.most > claim.ceiling,
      endsRequest: line.budget.downgradeAt === undefined,
    }
  }
}

/** The reservation of one call. */
class Hold implements BudgetHold {
  readonly #lines: readonly Line[]
  readonly #booking: Booking
  #isSettled = false

  constructor(lines: readonly Line[], booking: Booking) {
    this.#lines = lines
    this.#booking = booking
  }

  settle(spent: BudgetSpent): void {
    if (this.#isSettled) return
    this.#isSettled = true
    const charges = this.#booking.claims.map((claim, at) => ({ ...claim, amount: amountOf(this.#lines[at], claim.likely, spent) }))
    this.#booking.settle(charges)
  }
}

function amountOf(line: Line | undefined, likely: bigint, { tokens, picoUsd, called }: BudgetSpent): bigint {
  if (!called || line === undefined) return 0n
  if (line.unit === 'requests') return 1n
  if (line.unit === 'usd') return picoUsd ?? likely
  return tokens === undefined ? likely : BigInt(Math.round(tokens))
}
