import { billOf, highestPriceOf, priceOf } from './catalog/cost.ts'
import type { Catalog, ModelCard, PriceSource, Prices } from './contracts/catalog.ts'
import type { CompletionUsage } from './contracts/chat.ts'
import type { Clock } from './contracts/clock.ts'
import type { LedgerEntry } from './contracts/ledger.ts'
import type { Cost, Usage } from './contracts/usage.ts'
import type { Target } from './resolve.ts'
import type { Entry, Runtime } from './runtime.ts'

/** What prices are looked up with. */
interface Pricing {
  readonly catalog: Catalog
  /** Asked where no card has a price. */
  readonly prices: PriceSource | undefined
  readonly clock: Clock
}

/** How usage is priced: by the model that answered, at the prices of the day and the hour. */
export function costBy({ catalog, prices, clock }: Pricing): Runtime['cost'] {
  const cardOf = lastServed(catalog)
  return (usage, target, served) => {
    try {
      const card = cardOf(target, served)
      return priceOf(usage, card?.prices ?? elsewhere(prices, target, card), clock.wall())
    } catch {
      // A price that cannot be worked out is not known; it must not cost the caller a good answer.
      return null
    }
  }
}

/** The most that a call can cost whose tokens are expected to be those: at the dearest rates that may come to hold. */
export function highestCostBy({
  prices,
  clock,
}: Pick<Pricing, 'prices' | 'clock'>): (expected: Usage, target: Target) => Cost | null {
  return (expected, target) => {
    try {
      return highestPriceOf(expected, target.card?.prices ?? elsewhere(prices, target, target.card), clock.wall())
    } catch {
      return null
    }
  }
}

function elsewhere(prices: PriceSource | undefined, { adapter, model }: Target, card: ModelCard | undefined): Prices | null {
  if (prices === undefined) return null
  return prices.pricesOf(card?.provider ?? adapter.catalog ?? adapter.id, card?.id ?? model)
}

/**
 * Loads prices from elsewhere before the first call that will need them: to a target whose price no card knows. Nothing to
 * wait for at any other.
 */
export function priceLoading(prices: PriceSource | undefined): (target: Target) => Promise<void> | undefined {
  let waiting = prices?.load !== undefined
  const load = async (): Promise<void> => {
    // A source that fails has no prices; it says why itself.
    await prices?.load?.().catch(() => undefined)
    waiting = false
  }
  return ({ card }) => (waiting && (card === undefined || card.prices === null) ? load() : undefined)
}

/** What the vendor says that an answer cost; `null` where that cannot be read, `undefined` where it says nothing. */
export function billed(reported: CompletionUsage, { adapter }: Target): Cost | null | undefined {
  try {
    const usd = adapter.billed?.(reported)
    return usd === undefined ? undefined : billOf(usd)
  } catch {
    // A bill that cannot be read must not cost the caller a good answer.
    return null
  }
}

/** As {@link servedCard}, looked up only where a target answers under another name than the last time. */
function lastServed(catalog: Catalog): (target: Target, served: string | undefined) => ModelCard | undefined {
  const answered = new WeakMap<Target, { readonly served: string | undefined; readonly card: ModelCard | undefined }>()
  return (target, served) => {
    let last = answered.get(target)
    if (last === undefined || last.served !== served) {
      last = { served, card: servedCard(catalog, target, served) }
      answered.set(target, last)
    }
    return last.card
  }
}

/** The card of the model that answered; where a vendor's own name for it is not known, that of the one that was asked. */
function servedCard(catalog: Catalog, { adapter, card, model }: Target, served: string | undefined): ModelCard | undefined {
  if (served === undefined || served === model) return card
  const own = adapter.models?.find(({ id }) => id === served)
  return own === undefined ? (catalog.find(adapter.catalog ?? adapter.id, served) ?? card) : catalog.refined(own)
}

/** An attempt as the ledger books it. */
export function ledgerEntry(entry: Entry, at: number): LedgerEntry {
  const { target, decision, usage, source, cost, outcome, durationMs, firstTokenMs, servedModel } = entry
  return {
    requestId: entry.requestId,
    attempt: entry.attempt,
    role: entry.role,
    served: entry.served,
    at,
    provider: target.provider,
    model: target.model,
    usage,
    usageSource: source,
    cost,
    outcome,
    durationMs,
    ...(servedModel !== undefined && { servedModel }),
    ...(decision.agent !== undefined && { agent: decision.agent }),
    ...(decision.tier !== undefined && { tier: decision.tier }),
    ...(firstTokenMs !== undefined && { firstTokenMs }),
  }
}
