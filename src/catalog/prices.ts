import type { Prices, Rates } from '../contracts/catalog.ts'
import type { Usage } from '../contracts/usage.ts'

/** New rates that the vendor has announced for a day to come. */
export interface PriceChange extends Rates {
  /** The first day, `YYYY-MM-DD` in UTC. */
  readonly from: string
  readonly longContext?: NonNullable<Prices['longContext']>
}

/** Prices with the changes that are announced already. Fits wherever {@link Prices} do. */
export interface DatedPrices extends Prices {
  /** In order of their days. */
  readonly changes?: readonly PriceChange[]
}

/** The buckets of a usage, in the order of {@link Tariff}. */
export const buckets = [
  'input',
  'cached',
  'cacheWrite',
  'cacheWrite1h',
  'audioInput',
  'output',
  'reasoning',
  'audioOutput',
] as const

/** Pico-dollars per token for each of {@link buckets}: a rate in dollars per million tokens times 1,000,000. Whole numbers. */
type Tariff = readonly number[]

interface PriceList {
  readonly fromMs: number
  readonly snapshot: string
  readonly base: Tariff
  /** Highest threshold first. */
  readonly tiers: readonly { readonly above: number; readonly tariff: Tariff }[]
}

/** What one card's prices say for each day, ready for whole-number arithmetic. */
export type CompiledPrices = readonly PriceList[]

/** The prices as whole pico-dollars per token; `null` where one of the figures is no price. */
export function compilePrices(prices: DatedPrices): CompiledPrices | null {
  const named = `${prices.source} (${prices.asOf})`
  const lists: PriceList[] = []
  for (const { from, ...change } of [{ ...prices, from: '' }, ...(prices.changes ?? [])]) {
    const fromMs = from === '' ? -Infinity : Date.parse(from)
    const base = tariff(change)
    const tiers = (change.longContext ?? []).map((tier) => ({ above: tier.above, tariff: tariff(tier) }))
    if (base === null || Number.isNaN(fromMs)) return null
    const known: { above: number; tariff: Tariff }[] = []
    for (const tier of tiers) {
      if (tier.tariff === null || !(tier.above >= 0)) return null
      known.push({ above: tier.above, tariff: tier.tariff })
    }
    known.sort((a, b) => b.above - a.above)
    lists.push({ fromMs, snapshot: from === '' ? named : `${named} from ${from}`, base, tiers: known })
  }
  return lists.toSorted((a, b) => b.fromMs - a.fromMs)
}

/** The list in force at `wallMs`; without a time the one of today's card. */
export function listAt(compiled: CompiledPrices, wallMs: number | undefined): PriceList | undefined {
  return compiled.find((list) => (wallMs === undefined ? list.fromMs === -Infinity : list.fromMs <= wallMs))
}

/** The tariff for a prompt of that size. Long-context rates replace the others for the whole request. */
export function tariffFor(list: PriceList, prompt: number): Tariff {
  return list.tiers.find((tier) => prompt > tier.above)?.tariff ?? list.base
}

/** All tokens that went in. */
export function promptTokens(usage: Usage): number {
  return usage.input + usage.cached + usage.cacheWrite + usage.cacheWrite1h + usage.audioInput
}

function tariff(rates: Rates): Tariff | null {
  const cacheWrite = rates.cacheWrite ?? rates.input
  const dollars = [
    rates.input,
    rates.cachedInput ?? rates.input,
    cacheWrite,
    rates.cacheWrite1h ?? cacheWrite,
    rates.audioInput ?? rates.input,
    rates.output,
    rates.output,
    rates.audioOutput ?? rates.output,
  ]
  const pico = dollars.map(picoPerToken)
  return pico.every((rate) => Number.isSafeInteger(rate)) ? pico : null
}

/** Through the decimal notation, so that 0.1 is a tenth and not its nearest binary fraction. Six decimals count. */
function picoPerToken(dollarsPerMillion: number): number {
  if (!(dollarsPerMillion >= 0 && dollarsPerMillion < 1e9)) return Number.NaN
  return Number(dollarsPerMillion.toFixed(6).replace('.', ''))
}
