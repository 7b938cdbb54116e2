import type { ModelCard, ModelOverride, PriceSource } from '../contracts/catalog.ts'
import type { Cost, Usage } from '../contracts/usage.ts'
import { decimalUsd, usdOf } from '../money.ts'
import { createCatalog } from './catalog.ts'
import { priceOf } from './cost.ts'
import { genaiPrices } from './genai-prices.ts'
import { models } from './models.ts'
import { vendorBill } from './snapshot.ts'

/** What repricing reads of an attempt: entries of the ledger have it. */
export interface PricedEntry {
  readonly provider: string
  /** The model that was asked. */
  readonly model: string
  /** The model that the vendor says has answered. */
  readonly servedModel?: string
  /** When, in milliseconds since 1970. */
  readonly at: number
  readonly usage: Usage | null
  readonly cost: Cost | null
}

/** Under which prices. */
export interface RepriceOptions {
  /** Laid over the package's catalog, as `createRouter({ catalog })` does. */
  readonly catalog?: readonly ModelOverride[]
  /** As `createRouter({ prices })`. Default: `genaiPrices()`. */
  readonly prices?: PriceSource | false
  /** One time for all, in milliseconds since 1970: what the same calls cost then. Default: each at its own. */
  readonly at?: number
  /** Whether what a vendor billed itself stays (default) or is worked out like the rest. */
  readonly bills?: 'keep' | 'reprice'
  /** The catalog's `provider/model` of an entry, where the router's names are others: adapters with ids of their own, deployments. */
  readonly nameOf?: (entry: PricedEntry) => string
}

/** The sum of some costs. */
export interface CostSum {
  readonly picoUsd: bigint
  /** Rounded once, for display. */
  readonly usd: number
  /** Entries with a cost. */
  readonly priced: number
  /** Entries without one: no price, or nothing counted. They are in no sum. */
  readonly unpriced: number
}

/** History under other prices. */
export interface Repriced<Entry extends PricedEntry> {
  /** In their order, each with its new cost. */
  readonly entries: readonly (Omit<Entry, 'cost'> & { readonly cost: Cost | null })[]
  readonly before: CostSum
  readonly after: CostSum
  /** Entries whose vendor's bill stayed. */
  readonly bills: number
  /** In words: what changed, and what could not be priced. */
  toString(): string
}

/**
 * What recorded attempts cost under other prices: the same usage, tiers and regions. Entries come from a ledger, a file or a
 * database; nothing is asked of any vendor and nothing is changed.
 *
 * @throws ModelyardError `BAD_OPTION` where `catalog` has a card of an unknown model that is not whole.
 */
export async function reprice<Entry extends PricedEntry>(
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  { catalog = [], prices = genaiPrices(), at, bills = 'keep', nameOf = ownName }: RepriceOptions = {},
): Promise<Repriced<Entry>> {
  const known = createCatalog(models, catalog)
  const source = prices === false ? undefined : prices
  await source?.load?.()
  const costOf = (entry: Entry): Cost | null => {
    const subject = subjectOf(entry, nameOf(entry), (provider, model) => known.find(provider, model))
    const list = subject.card?.prices ?? source?.pricesOf(subject.provider, subject.model) ?? null
    return entry.usage === null ? null : priceOf(entry.usage, list, at ?? entry.at)
  }
  const isKept = ({ cost }: Entry): boolean => bills === 'keep' && cost?.snapshot === vendorBill
  const all: Entry[] = []
  for await (const entry of entries) all.push(entry)
  const repriced = all.map((entry) => ({ ...entry, cost: isKept(entry) ? entry.cost : costOf(entry) }))
  const [before, after] = [sumOf(all), sumOf(repriced)]
  return { entries: repriced, before, after, bills: all.filter(isKept).length, toString: () => sentence(before, after) }
}

function ownName({ provider, model }: PricedEntry): string {
  return `${provider}/${model}`
}

interface Subject {
  readonly provider: string
  readonly model: string
  readonly card: ModelCard | undefined
}

/** The model that answered; where the vendor's own name for it is not known, the one that was asked. */
function subjectOf(
  { servedModel }: PricedEntry,
  name: string,
  find: (provider: string, model: string) => ModelCard | undefined,
): Subject {
  const slash = name.indexOf('/')
  const provider = name.slice(0, Math.max(0, slash))
  const model = name.slice(slash + 1)
  const card = (servedModel === undefined ? undefined : find(provider, servedModel)) ?? find(provider, model)
  return { provider: card?.provider ?? provider, model: card?.id ?? model, card }
}

function sumOf(entries: readonly PricedEntry[]): CostSum {
  const costs = entries.flatMap(({ cost }) => (cost === null ? [] : [cost.picoUsd]))
  const picoUsd = costs.reduce((sum, cost) => sum + cost, 0n)
  return { picoUsd, usd: usdOf(picoUsd), priced: costs.length, unpriced: entries.length - costs.length }
}

function sentence(before: CostSum, after: CostSum): string {
  const told = ({ picoUsd, priced, unpriced }: CostSum): string =>
    `$${decimalUsd(picoUsd)} for ${priced} attempts${unpriced === 0 ? '' : ` (${unpriced} more without a price)`}`
  return `Before: ${told(before)}. Now: ${told(after)}.`
}
