import type {
  BudgetClaim,
  BudgetLimits,
  BudgetMeter,
  BudgetOptions,
  BudgetQuote,
  BudgetStatus,
  BudgetTally,
  BudgetUnit,
  BudgetWindow,
} from '../contracts/budget.ts'
import { unreachable } from '../errors.ts'
import { picoOf, usdOf } from '../money.ts'
import { Calendar } from './calendar.ts'

/** The longest first: of several limits that do not cover a call the one is told that keeps it from its turn longest. */
const windows = [
  ['month', 'perMonth'],
  ['day', 'perDay'],
  ['minute', 'perMinute'],
] as const satisfies readonly (readonly [BudgetWindow, keyof BudgetLimits])[]

const units = ['usd', 'tokens', 'requests'] as const satisfies readonly BudgetUnit[]

/** One limit of one budget. */
export class Line {
  readonly budget: Budget
  readonly unit: BudgetUnit
  readonly window: BudgetWindow
  readonly limit: bigint
  readonly ceiling: bigint
  readonly #key: string
  #meter: BudgetMeter | undefined

  constructor(budget: Budget, [unit, window, limit]: readonly [BudgetUnit, BudgetWindow, number]) {
    this.budget = budget
    this.unit = unit
    this.window = window
    this.limit = wholeOf(unit, limit)
    // Calls are counted, not measured: there is nothing to be wrong about.
    this.ceiling = unit === 'requests' ? this.limit : this.limit + wholeOf(unit, limit * budget.slack)
    this.#key = `${budget.name}:${unit}:${window}`
  }

  /** The counter of the window that a moment lies in. */
  meterAt(now: number): BudgetMeter {
    const known = this.#meter
    if (known !== undefined && now >= known.startsAt && now < known.endsAt) return known
    this.#meter = { key: this.#key, ...this.budget.calendar.span(this.window, now) }
    return this.#meter
  }

  claimAt(now: number, quote: BudgetQuote): BudgetClaim {
    const { limit, ceiling } = this
    return { ...this.meterAt(now), limit, ceiling, ...this.#taken(quote) }
  }

  #taken({ tokens, picoUsd }: BudgetQuote): Pick<BudgetClaim, 'likely' | 'most'> {
    switch (this.unit) {
      case 'usd':
        return picoUsd === null ? nothing : { likely: picoUsd.likely, most: larger(picoUsd.likely, picoUsd.most) }
      case 'tokens': {
        const likely = BigInt(Math.ceil(tokens.likely))
        return { likely, most: larger(likely, BigInt(Math.ceil(tokens.most))) }
      }
      case 'requests':
        return { likely: 1n, most: 1n }
      default:
        return unreachable(this.unit)
    }
  }

  /** How the line stands with such a counter. */
  status({ spent, most }: BudgetTally, { endsAt }: BudgetMeter): BudgetStatus {
    const { unit, window, limit } = this
    const left = limit - spent - most
    return {
      budget: this.budget.name,
      unit,
      window,
      limit: this.shown(limit),
      spent: this.shown(spent),
      reserved: this.shown(most),
      left: this.shown(left > 0n ? left : 0n),
      resetsAt: new Date(endsAt).toISOString(),
    }
  }

  /** An amount as a number of dollars, tokens or requests. */
  shown(amount: bigint): number {
    return this.unit === 'usd' ? usdOf(amount) : Number(amount)
  }
}

/** A budget: its limits, and what it makes of reaching them. */
export class Budget {
  /** `router`, `agent:support` or `service-key:ID`. */
  readonly name: string
  readonly slack: number
  readonly calendar: Calendar
  /** The share of a limit from which tiers step down; nothing where they do not. */
  readonly downgradeAt: number | undefined
  /** Whether targets without a known price are never called. */
  readonly wantsPrices: boolean
  readonly lines: readonly Line[]

  constructor(name: string, { onLimit = 'reject', downgradeAt = 0.8, slack = 0, unpriced = 'reject', ...limits }: BudgetOptions) {
    this.name = name
    this.slack = slack
    this.calendar = new Calendar(limits.timeZone)
    this.downgradeAt = onLimit === 'downgrade' ? downgradeAt : undefined
    this.lines = windows.flatMap(([window, option]) =>
      units.flatMap((unit) => {
        const limit = limits[unit]?.[option]
        return limit === undefined ? [] : [new Line(this, [unit, window, limit])]
      }),
    )
    this.wantsPrices = unpriced === 'reject' && this.lines.some(({ unit }) => unit === 'usd')
  }
}

const nothing = { likely: 0n, most: 0n }

function wholeOf(unit: BudgetUnit, amount: number): bigint {
  return unit === 'usd' ? picoOf(amount) : BigInt(Math.round(amount))
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}
