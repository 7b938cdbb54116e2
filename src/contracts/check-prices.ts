import type { Fees, LongContext, PriceChange, PriceHours, PriceList, Prices, Rates, TierRates } from './catalog.ts'
import { day, isRecord, listOf, optional, recordOf, shape, text, wrong } from './check-shape.ts'
import type { Check, Fields } from './check-shape.ts'

const above =
  (most: number, wanted: string): Check =>
  (value) =>
    typeof value === 'number' && value >= 0 && value < most ? undefined : wrong(wanted, value)

const rate = above(Infinity, 'a number of dollars per million tokens, at least 0')
const fee = above(9000, 'a number of dollars, at least 0 and below 9,000')
const factor = above(1e9, 'how many times a rate is charged, at least 0')
const threshold: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) > 0 ? undefined : wrong('a whole number of tokens above 0', value)
const time: Check = (value) =>
  typeof value === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(value) ? undefined : wrong('a time of day HH:MM in UTC', value)
const weekday: Check = (value) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 6
    ? undefined
    : wrong('a day of the week, 0 for Sunday to 6', value)

const rates: Fields<Rates> = {
  input: { check: rate },
  output: { check: rate },
  cachedInput: optional(rate),
  cacheWrite: optional(rate),
  cacheWrite1h: optional(rate),
  audioInput: optional(rate),
  audioOutput: optional(rate),
  imageInput: optional(rate),
  imageOutput: optional(rate),
  reasoning: optional(rate),
}
const fees: Fields<Fees> = { perRequest: optional(fee), perSearch: optional(fee), perImage: optional(fee) }
const longContext: Fields<LongContext> = { above: { check: threshold }, ...rates }
const tierRates: Fields<TierRates> = { ...rates, longContext: optional(listOf(shape(longContext))) }
const tier: Check = (value) => (isRecord(value) ? shape(tierRates)(value) : factor(value))
const hours: Fields<PriceHours> = {
  from: { check: time },
  to: { check: time },
  days: optional(listOf(weekday)),
  factor: { check: factor },
}
const list: Fields<PriceList> = {
  ...tierRates,
  ...fees,
  serviceTiers: optional(recordOf(tier)),
  regions: optional(recordOf(factor)),
  hours: optional(listOf(shape(hours))),
}
const change: Fields<PriceChange> = { from: { check: day }, ...list }
const prices: Fields<Prices> = {
  ...list,
  source: { check: text },
  asOf: optional(day),
  changes: optional(listOf(shape(change))),
}

/** Prices, or `null` where they are not known. */
export const pricesOrNull: Check = (value) =>
  value === null ? undefined : isRecord(value) ? shape(prices)(value) : wrong('an object or null', value)
