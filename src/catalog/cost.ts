import type { ModelCard, Prices } from '../contracts/catalog.ts'
import type { Cost, Usage } from '../contracts/usage.ts'
import { usdOf } from '../money.ts'
import { ceilingFor } from './ceiling.ts'
import { tokenBuckets } from '../contracts/usage.ts'
import { compilePrices, listAt, pieces, tariffFor } from './prices.ts'
import type { CompiledList, CompiledPrices, Tariff } from './prices.ts'
import { vendorBill } from './snapshot.ts'

/**
 * What that usage costs on that model, exactly. `null` where the price is not known. Give the time of the call (`wallMs`,
 * milliseconds since 1970) to apply price changes that were announced ahead, and the rates of the hour.
 */
export function costOf(usage: Usage, card: ModelCard | undefined, wallMs?: number): Cost | null {
  return priceOf(usage, card?.prices ?? null, wallMs)
}

/** The same by prices that come from elsewhere than a card. */
export function priceOf(usage: Usage, prices: Prices | null, wallMs?: number): Cost | null {
  return pricedBy(tariffFor, { usage, prices, wallMs })
}

/**
 * The most that usage can cost which is expected in those buckets: at the dearest rate that its tokens may come to be charged
 * at. A service tier counts where it makes the call dearer.
 */
export function highestPriceOf(expected: Usage, prices: Prices | null, wallMs?: number): Cost | null {
  return pricedBy(ceilingFor, { usage: expected, prices, wallMs })
}

interface Priced {
  readonly usage: Usage
  readonly prices: Prices | null
  readonly wallMs: number | undefined
}

function pricedBy(rates: typeof tariffFor, { usage, prices, wallMs }: Priced): Cost | null {
  const compiled = compiledPrices(prices)
  const list = compiled === null ? undefined : listAt(compiled, wallMs)
  const tariff = list === undefined ? undefined : rates(list, usage, wallMs)
  if (list === undefined || tariff === undefined) return null
  const picoUsd = priced(usage, tariff, list)
  return { picoUsd, usd: usdOf(picoUsd), snapshot: list.snapshot }
}

/** A vendor's own bill in US dollars, to the pico-dollar; `null` where it is no amount of money. */
export function billOf(usd: number | undefined): Cost | null {
  const pico = typeof usd === 'number' && usd >= 0 ? Math.round(usd * 1e12) : Number.NaN
  return Number.isSafeInteger(pico) ? { picoUsd: BigInt(pico), usd: pico / 1e12, snapshot: vendorBill } : null
}

/** Plain numbers are exact while the sum is a safe integer (about 9,000 dollars); beyond that whole numbers of any size. */
function priced(usage: Usage, tariff: Tariff, { fees, perRequest }: CompiledList): bigint {
  let sum = perRequest
  let index = 0
  for (const bucket of tokenBuckets) sum += whole(usage[bucket]) * (tariff[index++] ?? 0)
  index = 0
  for (const piece of pieces) sum += whole(usage[piece]) * (fees[index++] ?? 0)
  if (sum <= Number.MAX_SAFE_INTEGER) return BigInt(sum)
  const exactly = (names: readonly (typeof tokenBuckets | typeof pieces)[number][], rates: readonly number[]): bigint =>
    names.reduce((total, name, at) => total + BigInt(whole(usage[name])) * BigInt(rates[at] ?? 0), 0n)
  return BigInt(perRequest) + exactly(tokenBuckets, tariff) + exactly(pieces, fees)
}

function whole(count: unknown): number {
  return typeof count === 'number' && count > 0 && count <= Number.MAX_SAFE_INTEGER ? Math.floor(count) : 0
}

/** A memo by object identity: it changes when something is computed, never what comes out. */
const memo = new WeakMap<Prices, { readonly compiled: CompiledPrices | null }>()

function compiledPrices(prices: Prices | null): CompiledPrices | null {
  if (prices === null) return null
  let entry = memo.get(prices)
  if (entry === undefined) {
    entry = { compiled: compilePrices(prices) }
    memo.set(prices, entry)
  }
  return entry.compiled
}
