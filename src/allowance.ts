import { BudgetExceededError, budgetsAway, priceCapReached, priceUnknown } from './budget-error.ts'
import type { BudgetHold, BudgetQuote, BudgetRefusal, BudgetShare, BudgetVerdict } from './contracts/budget.ts'
import type { Cost, Usage } from './contracts/usage.ts'
import { tokenBuckets } from './contracts/usage.ts'
import { formatUsd, picoOf, usdOf } from './money.ts'
import type { Target } from './resolve.ts'

/** What a request may take is known before each of its calls. */
export interface AllowanceParts {
  /** The budgets that the request draws on. */
  readonly share: BudgetShare | undefined
  /** The most that all calls of the request together may cost, in US dollars. */
  readonly maxCostUsd: number | undefined
  /** What a call to a target may take. */
  readonly quote: (target: Target) => BudgetQuote
  /** How long a call can be under way, in ms. */
  readonly leaseMs: number
}

/** A call that is not covered, and why. */
export interface Uncovered {
  readonly error: Error
  readonly reason: 'budget' | 'price_cap'
  /** Where a budget has refused. */
  readonly refusal?: BudgetRefusal
  /** Whether no other target is to be asked. */
  readonly endsRequest: boolean
}

/** What was booked of a call that has ended. */
export interface Booked {
  readonly budgets: readonly string[]
  readonly tokens: number
  readonly costUsd: number
}

/** What one request may still take: of the budgets that it draws on, and of the most that it may cost itself. */
export class Allowance {
  readonly #parts: AllowanceParts
  readonly #capPico: bigint | undefined
  /** Spent, and what the calls under way may take at most, in pico-dollars. */
  #drawn = 0n

  constructor(parts: AllowanceParts) {
    this.#parts = parts
    this.#capPico = parts.maxCostUsd === undefined ? undefined : picoOf(parts.maxCostUsd)
  }

  /** Reserves what a call to the target may take; answers at once unless the budgets are shared with other processes. */
  cover(target: Target): Cover | Uncovered | Promise<Cover | Uncovered> {
    const quote = this.#parts.quote(target)
    const { share, leaseMs } = this.#parts
    const beyond = this.#beyond(target, quote)
    if (beyond !== undefined) return beyond
    const cover = new Cover(quote, { names: share?.names ?? [], onSettled: (change) => (this.#drawn += change) })
    if (share === undefined) return cover
    const verdict = share.reserve(quote, leaseMs)
    return verdict instanceof Promise ? verdict.then((late) => told(cover, late)) : told(cover, verdict)
  }

  /** What the request's own cap, or the lack of a price, has against it. */
  #beyond({ id }: Target, { picoUsd }: BudgetQuote): Uncovered | undefined {
    const { share, maxCostUsd } = this.#parts
    if (picoUsd === null) {
      const by = maxCostUsd === undefined ? share?.pricedBy : 'maxCostUsd'
      return by === undefined ? undefined : { error: priceUnknown(id, by), reason: 'price_cap', endsRequest: false }
    }
    if (maxCostUsd === undefined || this.#capPico === undefined || this.#drawn + picoUsd.most <= this.#capPico) return undefined
    const needed = formatUsd(usdOf(picoUsd.most))
    return { error: priceCapReached(id, { maxCostUsd, needed }), reason: 'price_cap', endsRequest: false }
  }
}

function told(cover: Cover, verdict: BudgetVerdict): Cover | Uncovered {
  if ('hold' in verdict) {
    return cover.holding(verdict.hold)
  }
  cover.release()
  if ('away' in verdict) return { error: budgetsAway(), reason: 'budget', endsRequest: true }
  const { refusal } = verdict
  return { error: new BudgetExceededError(refusal), reason: 'budget', refusal, endsRequest: refusal.endsRequest }
}

/** What one call has reserved, until it has ended. */
export class Cover {
  readonly quote: BudgetQuote
  /** The budgets it draws on. */
  readonly budgets: readonly string[]
  #hold: BudgetHold | undefined
  readonly #onSettled: (change: bigint) => void
  #isSettled = false

  constructor(quote: BudgetQuote, parts: { readonly names: readonly string[]; readonly onSettled: (change: bigint) => void }) {
    this.quote = quote
    this.budgets = parts.names
    this.#onSettled = parts.onSettled
    parts.onSettled(quote.picoUsd?.most ?? 0n)
  }

  /** The budgets have it. */
  holding(hold: BudgetHold): this {
    this.#hold = hold
    return this
  }

  /** The call was never made. */
  release(): void {
    this.#settle({ tokens: 0, picoUsd: 0n, called: false })
  }

  /**
   * The call has ended; gives what was booked, the first time. What nobody has counted is taken to have been what was likely,
   * where the call was served, and nothing where it failed.
   */
  settle({ usage, cost }: { readonly usage: Usage | null; readonly cost: Cost | null }, isServed: boolean): Booked | undefined {
    const isUnknown = usage === null && cost === null
    const { quote } = this
    const likely = isUnknown && !isServed ? nothing : { tokens: quote.tokens.likely, picoUsd: quote.picoUsd?.likely ?? 0n }
    const tokens = usage === null ? likely.tokens : tokensOf(usage)
    const picoUsd = cost === null ? likely.picoUsd : cost.picoUsd
    if (!this.#settle({ tokens, picoUsd, called: true })) return undefined
    return { budgets: this.budgets, tokens, costUsd: usdOf(picoUsd) }
  }

  #settle(spent: Parameters<BudgetHold['settle']>[0]): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    this.#hold?.settle(spent)
    this.#onSettled((spent.picoUsd ?? 0n) - (this.quote.picoUsd?.most ?? 0n))
    return true
  }
}

const nothing = { tokens: 0, picoUsd: 0n }

/** All tokens of an attempt. */
export function tokensOf(usage: Usage): number {
  return tokenBuckets.reduce((sum, bucket) => sum + (usage[bucket] ?? 0), 0)
}
