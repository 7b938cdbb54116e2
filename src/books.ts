import { billOf, costOf, priceOf } from './catalog/cost.ts'
import type { LedgerEntry } from './catalog/ledger.ts'
import type { ProviderAdapter } from './contracts/adapter.ts'
import type { Catalog, ModelCard, PriceSource, Prices } from './contracts/catalog.ts'
import type { CompletionUsage } from './contracts/chat.ts'
import type { Clock } from './contracts/clock.ts'
import type { Cost, Usage } from './contracts/usage.ts'
import type { RouterOptions } from './options.ts'
import type { ModelNames, Target } from './resolve.ts'
import type { Entry, Runtime } from './runtime.ts'
import { noTokens } from './runtime.ts'

/** What prices are looked up with. */
interface Pricing {
  readonly catalog: Catalog
  /** Asked where no card has a price. */
  readonly prices: PriceSource | undefined
  readonly clock: Clock
}

/** How usage is priced: by the model that answered, at the prices of the day and the hour. */
export function costBy({ catalog, prices, clock }: Pricing): Runtime['cost'] {
  return (usage, target, served) => {
    try {
      const card = servedCard(catalog, target, served)
      return priceOf(usage, card?.prices ?? elsewhere(prices, target, card), clock.wall())
    } catch {
      // A price that cannot be worked out is not known; it must not cost the caller a good answer.
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

/** The card of the model that answered; where a vendor's own name for it is not known, that of the one that was asked. */
function servedCard(catalog: Catalog, { adapter, card, model }: Target, served: string | undefined): ModelCard | undefined {
  if (served === undefined || served === model) return card
  return adapter.models?.find(({ id }) => id === served) ?? catalog.find(adapter.catalog ?? adapter.id, served) ?? card
}

/** What the choice of a baseline goes by. */
interface Reach {
  readonly names: ModelNames
  readonly clock: Clock
  readonly isReachable: (adapter: ProviderAdapter) => boolean
}

/** The model to compare with: the one named, or the dearest of the complex tier whose key is there. */
export function baselineOf({ baseline }: RouterOptions, { names, clock, isReachable }: Reach): { readonly baseline?: string } {
  if (baseline !== undefined) {
    const resolution = names.resolve(baseline)
    const [target] = resolution.kind === 'targets' ? resolution.targets : []
    return { baseline: target === undefined ? baseline : `${target.card?.provider ?? target.provider}/${target.model}` }
  }
  const priced = names
    .tier('complex')
    .filter(({ adapter }) => isReachable(adapter))
    .map(({ card }) => ({ card, cost: costOf(sample, card, clock.wall())?.picoUsd ?? -1n }))
    .filter(({ cost }) => cost >= 0n)
    .toSorted((one, other) => (one.cost < other.cost ? 1 : -1))
  const card = priced[0]?.card
  return card === undefined ? {} : { baseline: `${card.provider}/${card.id}` }
}

const sample: Usage = { ...noTokens, input: 1000, output: 1000 }

/** An attempt as the ledger books it. */
export function ledgerEntry(
  { target, decision, usage, source, cost, outcome, durationMs, firstTokenMs }: Entry,
  at: number,
): LedgerEntry {
  return {
    at,
    provider: target.provider,
    model: target.model,
    usage,
    usageSource: source,
    cost,
    outcome,
    durationMs,
    ...(decision.agent !== undefined && { agent: decision.agent }),
    ...(decision.tier !== undefined && { tier: decision.tier }),
    ...(firstTokenMs !== undefined && { firstTokenMs }),
  }
}
