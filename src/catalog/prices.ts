import type { LongContext, PriceHours, PriceList, Prices, Rates, TierRates } from '../contracts/catalog.ts'
import type { Usage } from '../contracts/usage.ts'
import { snapshotOf } from './snapshot.ts'

/** What is charged by the piece, in the order of {@link CompiledList.fees}. */
export const pieces = ['searches', 'images'] as const satisfies readonly (keyof Usage)[]

/** Pico-dollars per token for each of {@link tokenBuckets}: a rate in dollars per million tokens times 1,000,000. Whole numbers. */
export type Tariff = readonly number[]

/** Highest threshold first; the last one holds for every prompt. */
type Bands = readonly { readonly above: number; readonly tariff: Tariff }[]

/** A factor in millionths. */
type Factor = bigint

interface Hours {
  readonly fromMinute: number
  readonly minutes: number
  readonly days: readonly number[]
  readonly factor: Factor
}

/** What a card's prices say for one time, ready for whole-number arithmetic. */
export interface CompiledList {
  /** From when on, in milliseconds since 1970. */
  readonly fromMs: number
  readonly snapshot: string
  readonly bands: Bands
  /** Whether the size of a prompt makes no difference to the rates. */
  readonly isFlat: boolean
  readonly tiers: ReadonlyMap<string, Bands | Factor>
  readonly regions: ReadonlyMap<string, Factor>
  readonly hours: readonly Hours[]
  /** Pico-dollars for each of {@link pieces}. */
  readonly fees: readonly number[]
  /** Pico-dollars for the request itself. */
  readonly perRequest: number
}

/** What one card's prices say, the latest first. */
export type CompiledPrices = readonly CompiledList[]

/** The prices as whole pico-dollars; `null` where one of the figures is no price. */
export function compilePrices(prices: Prices): CompiledPrices | null {
  try {
    const lists = [compileList(prices, prices, undefined)]
    for (const change of prices.changes ?? []) lists.push(compileList(change, prices, change.from))
    return lists.toSorted((a, b) => b.fromMs - a.fromMs)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** The list in force at `wallMs`; without a time the one of today's card. */
export function listAt(compiled: CompiledPrices, wallMs: number | undefined): CompiledList | undefined {
  return compiled.find((list) => (wallMs === undefined ? list.fromMs === -Infinity : list.fromMs <= wallMs))
}

/** The tariff for that usage at that time; `undefined` where the tier that served it has no known price. */
export function tariffFor(list: CompiledList, usage: Usage, wallMs: number | undefined): Tariff | undefined {
  let { bands } = list
  let factor = one
  if (usage.serviceTier !== undefined) {
    const tier = list.tiers.get(usage.serviceTier)
    if (tier === undefined) return undefined
    if (typeof tier === 'bigint') factor = times(factor, tier)
    else bands = tier
  }
  if (usage.region !== undefined) factor = times(factor, list.regions.get(usage.region) ?? one)
  if (list.hours.length > 0 && wallMs !== undefined) factor = times(factor, hourly(list.hours, wallMs))
  const prompt = promptTokens(usage)
  const tariff = bands.find(({ above }) => prompt > above)?.tariff
  return factor === one ? tariff : tariff?.map((rate) => Number(rounded(BigInt(rate) * factor)))
}

/** All tokens that went in. */
export function promptTokens(usage: Usage): number {
  return usage.input + usage.cached + usage.cacheWrite + usage.cacheWrite1h + usage.audioInput + (usage.imageInput ?? 0)
}

const one: Factor = 1_000_000n

function times(a: Factor, b: Factor): Factor {
  return a === one ? b : rounded(a * b)
}

/** Back from millionths, half up. */
function rounded(millionths: bigint): bigint {
  return (millionths + one / 2n) / one
}

const minuteMs = 60_000
const dayMinutes = 24 * 60

/** Windows do not overlap: the first that holds counts. */
function hourly(hours: readonly Hours[], wallMs: number): Factor {
  const minute = Math.floor(wallMs / minuteMs)
  const isNow = ({ fromMinute, minutes, days }: Hours): boolean => {
    const since = (((minute - fromMinute) % dayMinutes) + dayMinutes) % dayMinutes
    // 1970 began on a Thursday. The day is that on which the window began.
    return since < minutes && days.includes((Math.floor((minute - since) / dayMinutes) + 4) % 7)
  }
  return hours.find(isNow)?.factor ?? one
}

function compileList(list: PriceList, { source, asOf }: Prices, from: string | undefined): CompiledList {
  const fromMs = from === undefined ? -Infinity : Date.parse(from)
  if (Number.isNaN(fromMs)) throw new RangeError('no date')
  return {
    fromMs,
    snapshot: snapshotOf(list, { source, asOf, from }),
    bands: compileBands(list),
    isFlat: [list, ...Object.values(list.serviceTiers ?? {})].every(
      (rates) => typeof rates === 'number' || !rates.longContext?.length,
    ),
    tiers: mapOf(list.serviceTiers, (tier) => (typeof tier === 'number' ? factorOf(tier) : compileBands(tier))),
    regions: mapOf(list.regions, factorOf),
    hours: (list.hours ?? []).map(compileHours),
    fees: [picoPerPiece(list.perSearch), picoPerPiece(list.perImage)],
    perRequest: picoPerPiece(list.perRequest),
  }
}

function mapOf<From, To>(record: Readonly<Record<string, From>> = {}, compile: (from: From) => To): ReadonlyMap<string, To> {
  return new Map(Object.entries(record).map(([name, value]) => [name, compile(value)]))
}

function compileBands(rates: TierRates): Bands {
  const longer = (rates.longContext ?? []).map((tier: LongContext) => {
    if (!(tier.above >= 0)) throw new RangeError('no threshold')
    return { above: tier.above, tariff: tariffOf(tier) }
  })
  return [...longer.toSorted((a, b) => b.above - a.above), { above: -Infinity, tariff: tariffOf(rates) }]
}

function compileHours({ from, to, days = everyDay, factor }: PriceHours): Hours {
  const fromMinute = minuteOf(from)
  const until = minuteOf(to)
  return {
    fromMinute,
    minutes: until > fromMinute ? until - fromMinute : until + dayMinutes - fromMinute,
    days,
    factor: factorOf(factor),
  }
}

const everyDay = [0, 1, 2, 3, 4, 5, 6] as const

function minuteOf(time: string): number {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(time) ?? []
  const minute = Number(hours) * 60 + Number(minutes)
  if (!(minute < dayMinutes)) throw new RangeError('no time of day')
  return minute
}

function tariffOf(rates: Rates): Tariff {
  const cacheWrite = rates.cacheWrite ?? rates.input
  return [
    rates.input,
    rates.cachedInput ?? rates.input,
    cacheWrite,
    rates.cacheWrite1h ?? cacheWrite,
    rates.audioInput ?? rates.input,
    rates.imageInput ?? rates.input,
    rates.output,
    rates.reasoning ?? rates.output,
    rates.audioOutput ?? rates.output,
    rates.imageOutput ?? rates.output,
  ].map((dollars) => decimal(dollars, 6))
}

function factorOf(factor: number): Factor {
  return BigInt(decimal(factor, 6))
}

function picoPerPiece(dollars: number | undefined): number {
  return dollars === undefined ? 0 : decimal(dollars, 12)
}

/** Through the decimal notation, so that 0.1 is a tenth and not its nearest binary fraction. */
function decimal(value: number, decimals: number): number {
  const whole = value >= 0 && value < 1e9 ? Number(value.toFixed(decimals).replace('.', '')) : Number.NaN
  if (!Number.isSafeInteger(whole)) throw new RangeError('no price')
  return whole
}
