/** What is budgeted. */
export type BudgetUnit = 'usd' | 'tokens' | 'requests'

/** Over which span of the calendar. */
export type BudgetWindow = 'minute' | 'day' | 'month'

/** The limits of one unit. */
export interface BudgetLimits {
  readonly perMinute?: number
  readonly perDay?: number
  readonly perMonth?: number
}

/** What may be spent, and what follows when it is. At least one limit has to be set. */
export interface BudgetOptions {
  /** US dollars, to the pico-dollar. */
  readonly usd?: BudgetLimits
  /** Tokens of prompts and answers together. */
  readonly tokens?: BudgetLimits
  /** Calls to providers: retries, hedges and switches count too. */
  readonly requests?: BudgetLimits
  /**
   * What follows where the budget does not cover a call. `reject`: the request ends with a `BudgetExceededError`. `downgrade`:
   * from `downgradeAt` on `auto` and `tier:…` mean one tier below, and targets that the budget does not cover are passed over
   * for those that it does; the error comes where there are none. Default `reject`.
   */
  readonly onLimit?: 'reject' | 'downgrade'
  /** The share of a limit, reservations included, from which tiers step down; with `onLimit: 'downgrade'`. Default 0.8. */
  readonly downgradeAt?: number
  /**
   * By how much calls that are under way may together run over a limit of dollars or tokens, as a share of it. 0: what is
   * reserved for a call is the most that it can take. Above: what it is likely to take, as long as the most that all of them can
   * take stays within limit and slack. Default 0.
   */
  readonly slack?: number
  /** Targets without a known price, where dollars are budgeted: never called, or called and counted as costing nothing. Default `reject`. */
  readonly unpriced?: 'reject' | 'allow'
  /** Whose days and months: an IANA name such as `Europe/Berlin`. Default `UTC`. */
  readonly timeZone?: string
}

/** The budget of a whole router, and where all budgets of the router are kept. */
export interface RouterBudgetOptions extends BudgetOptions {
  /** Shares the router's and its agents' budgets with other processes: `redisBudgets()` of `modelyard/redis`. Default: each process has its own. */
  readonly store?: BudgetStore
  /**
   * What holds while the store is away or slow. `local`: each process goes on from what it knew, by itself, and adds what it
   * spent when the store is back. `reject`: no call is made. Default `local`.
   */
  readonly onStoreLost?: 'local' | 'reject'
}

/** One counter: what one budget has used of one unit in one window. Amounts are whole pico-dollars, tokens or requests. */
export interface BudgetMeter {
  /** `router:usd:day`, `agent:support:tokens:minute`, `service-key:ID:requests:month`. */
  readonly key: string
  /** The window, in milliseconds since 1970: from `startsAt`, before `endsAt`. */
  readonly startsAt: number
  readonly endsAt: number
}

/** What a call would take of a counter. */
export interface BudgetClaim extends BudgetMeter {
  /** What may be spent, and likely to be. */
  readonly limit: bigint
  /** The limit and its slack: what may be spent at most. */
  readonly ceiling: bigint
  readonly likely: bigint
  /** At least {@link likely}. */
  readonly most: bigint
}

/** What was taken of a counter. */
export interface BudgetCharge extends BudgetMeter {
  readonly amount: bigint
}

/** How a counter stands. */
export interface BudgetTally {
  readonly spent: bigint
  /** What the calls under way are likely to take. */
  readonly likely: bigint
  /** The most that they can take. */
  readonly most: bigint
}

/** What comes of a claim: all of it is reserved, or nothing. The tallies are in the order of the claims. */
export type BudgetAnswer =
  | { readonly granted: true; readonly tallies: readonly BudgetTally[] }
  /** `by`: the place of the first claim that was not covered. */
  | { readonly granted: false; readonly by: number; readonly tallies: readonly BudgetTally[] }
  /** By the store's clock it is another time than the claims' windows: nothing was done. Milliseconds since 1970. */
  | { readonly now: number }

/**
 * Keeps budgets that several processes share: decides atomically, by its own clock. Whoever dies without settling what it had
 * reserved is taken to have spent what was likely.
 */
export interface BudgetStore {
  /** How long it may take to answer before a process goes on without it, in ms. */
  readonly patienceMs: number
  /** Reserves every claim, or none, under an id; after `leaseMs` without {@link settle} it counts as spent. */
  reserve(id: string, claims: readonly BudgetClaim[], leaseMs: number): Promise<BudgetAnswer>
  /** Ends a reservation with what was taken of each of its counters. Where the id has no reservation, nothing is changed. */
  settle(id: string, charges: readonly BudgetCharge[]): Promise<void>
  /** Adds what was spent without a reservation; the same id again adds nothing. */
  charge(id: string, charges: readonly BudgetCharge[]): Promise<void>
  /** The tallies of these counters. */
  read(meters: readonly BudgetMeter[]): Promise<readonly BudgetTally[]>
}

/** How a budget stands in one unit and window. Dollars, tokens or requests; whole as JSON. */
export interface BudgetStatus {
  /** `router`, `agent:support` or `service-key:ID`. */
  readonly budget: string
  readonly unit: BudgetUnit
  readonly window: BudgetWindow
  readonly limit: number
  readonly spent: number
  /** What the calls under way may take at most. */
  readonly reserved: number
  /** What is neither spent nor reserved; never below 0. */
  readonly left: number
  /** When it begins anew: ISO 8601. */
  readonly resetsAt: string
}

/** What a call may take, as it is reserved. */
export interface BudgetQuote {
  readonly tokens: { readonly likely: number; readonly most: number }
  /** Pico-dollars; `null` where no price is known. */
  readonly picoUsd: { readonly likely: bigint; readonly most: bigint } | null
}

/** What a call has taken; what is not known counts as what was likely. */
export interface BudgetSpent {
  readonly tokens: number | undefined
  readonly picoUsd: bigint | undefined
  /** Whether the provider was called at all; if not, nothing counts. */
  readonly called: boolean
}

/** The reservation of one call. */
export interface BudgetHold {
  /** Settles it with what was taken; once, however often it is called. */
  settle(spent: BudgetSpent): void
}

/** Why a call was not covered. */
export interface BudgetRefusal extends BudgetStatus {
  /** What the call would have reserved. */
  readonly needed: number
  /** Until it begins anew. */
  readonly retryAfterMs: number
  /** Whether an unused budget would not cover it either. */
  readonly isTooLarge: boolean
  /** Whether the request ends with it; otherwise the next target is asked. */
  readonly endsRequest: boolean
}

/** What comes of asking for a reservation. */
export type BudgetVerdict =
  | { readonly hold: BudgetHold }
  | { readonly refusal: BudgetRefusal }
  /** The shared store is away, and nothing is to be spent without it. */
  | { readonly away: true }

/** A service key, as far as budgets go. */
export interface BudgetedKey {
  readonly id: string
  readonly budget: BudgetOptions | null
}

/** The budgets of a router. */
export interface Budgets {
  /** What a call of this agent, or of none, draws on, made with a service key or without; nothing where nothing limits it. */
  of(agent: string | undefined, key?: BudgetedKey): BudgetShare | undefined
}

/** The budgets that a call draws on: its service key's, its agent's and the router's. */
export interface BudgetShare {
  /** Their names. */
  readonly names: readonly string[]
  /** The budget that forbids targets without a known price, where one does. */
  readonly pricedBy: string | undefined
  /** Why tiers step down now; nothing where they do not. */
  pressure(): string | undefined
  /** What would be said to such a call now, as far as is known here; nothing where it is covered. Reserves nothing. */
  refusal(quote: BudgetQuote): BudgetRefusal | undefined
  /** Reserves for one call; answers at once unless the budgets are shared with other processes. */
  reserve(quote: BudgetQuote, leaseMs: number): BudgetVerdict | Promise<BudgetVerdict>
}
