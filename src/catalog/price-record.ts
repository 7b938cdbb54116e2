import type { LongContext, PriceChange, PriceHours, PriceList, Prices, Rates } from '../contracts/catalog.ts'

/** Figures by unit, `input_mtok`; steps begin above so many tokens of prompt. */
type RecordedRates = Readonly<Record<string, number | RecordedSteps | undefined>>

interface RecordedSteps {
  readonly base: number
  readonly tiers: readonly { readonly start: number; readonly price: number }[]
}

interface Window {
  readonly start_time: string
  readonly end_time: string
}

/** A model's prices as `@pydantic/genai-prices` 0.1.8 writes them: the last entry whose condition holds counts. */
type PriceRecord = RecordedRates | readonly ConditionalRates[]

interface ConditionalRates {
  readonly constraint?: { readonly start_date: string } | Window
  readonly prices: RecordedRates
}

/** Our names for the units that are charged by the million tokens. */
const perMillion: Readonly<Record<string, keyof Rates>> = {
  input_mtok: 'input',
  output_mtok: 'output',
  cache_read_mtok: 'cachedInput',
  cache_write_mtok: 'cacheWrite',
  cache_write_1h_mtok: 'cacheWrite1h',
  input_audio_mtok: 'audioInput',
  output_audio_mtok: 'audioOutput',
  input_image_mtok: 'imageInput',
  output_image_mtok: 'imageOutput',
  output_reasoning_mtok: 'reasoning',
}

/** Our names for the units that are charged by the thousand. */
const perThousand: Readonly<Record<string, 'perRequest' | 'perSearch'>> = {
  requests_kcount: 'perRequest',
  web_searches_kcount: 'perSearch',
}

/** Searches in a vendor's own storage: no answer says how many there were. */
const uncounted = new Set(['storage_searches_kcount'])

const source = '@pydantic/genai-prices'

/** What the package says of a model, in our words; `null` where it charges in a unit that nothing here counts. */
export function pricesFrom(record: PriceRecord): Prices | null {
  const entries = isList(record) ? record : [{ prices: record }]
  const told: Told = { base: undefined, changes: [], hours: [] }
  for (const { constraint, prices } of entries) {
    const list = listFrom(prices)
    if (list === undefined || !take(told, constraint, list)) return null
  }
  const { base, changes, hours } = told
  if (base === undefined) return null
  const latest = changes.pop()
  const withHours = hours.length > 0 && { hours }
  if (latest === undefined) return { ...base, ...withHours, source }
  return { ...base, source, changes: [...changes, { ...latest, ...withHours }] }
}

interface Told {
  base: PriceList | undefined
  changes: PriceChange[]
  readonly hours: PriceHours[]
}

function isList(record: PriceRecord): record is readonly ConditionalRates[] {
  return Array.isArray(record)
}

/* oxlint-disable no-param-reassign -- a record is told entry by entry */

/** False where an entry cannot be told in our words. A later entry goes before an earlier one. */
function take(told: Told, constraint: ConditionalRates['constraint'], list: PriceList): boolean {
  if (constraint === undefined) {
    told.base = list
    told.changes = []
    return true
  }
  if ('start_date' in constraint) {
    told.changes.push({ ...list, from: constraint.start_date })
    return true
  }
  const window = hoursFrom(constraint, list, told.changes.at(-1) ?? told.base)
  if (window !== undefined) told.hours.push(window)
  return window !== undefined
}
/* oxlint-enable no-param-reassign */

/** Hours whose rates are all the same number of times those of the rest of the day. */
function hoursFrom(
  { start_time: from, end_time: to }: Window,
  list: PriceList,
  rest: PriceList | undefined,
): PriceHours | undefined {
  const clock = /^(\d\d:\d\d):00Z$/
  const [, begin] = clock.exec(from) ?? []
  const [, end] = clock.exec(to) ?? []
  if (rest === undefined || begin === undefined || end === undefined) return undefined
  const factors = new Set(Object.values(perMillion).map((rate) => ratio(list[rate], rest[rate])))
  factors.delete(undefined)
  const [factor, ...others] = factors
  return factor === undefined || Number.isNaN(factor) || others.length > 0 ? undefined : { from: begin, to: end, factor }
}

/** `undefined` where neither has the rate, `NaN` where only one has. */
function ratio(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined && other === undefined) return undefined
  return Math.round(((one ?? Number.NaN) / (other ?? Number.NaN)) * 1e6) / 1e6
}

type Rate = keyof Rates | 'perRequest' | 'perSearch'

function listFrom(price: RecordedRates): PriceList | undefined {
  const base: Partial<Record<Rate, number>> = {}
  const steps = new Map<number, Partial<Record<Rate, number>>>()
  for (const [unit, value] of Object.entries(price)) {
    const figures = value === undefined || uncounted.has(unit) ? [] : figuresOf(unit, value)
    if (figures === undefined) return undefined
    for (const { rate, above, dollars } of figures) {
      if (above === undefined) base[rate] = dollars
      else steps.set(above, { ...steps.get(above), [rate]: dollars })
    }
  }
  const { input, output = 0 } = base
  if (input === undefined) return undefined
  const longContext = [...steps].map(([above, rates]) => stepOver({ ...base, input, output }, above, rates))
  return { ...base, input, output, ...(longContext.length > 0 && { longContext }) }
}

interface Figure {
  readonly rate: Rate
  /** Of a step: the prompt above which it holds. */
  readonly above?: number
  readonly dollars: number
}

/** `undefined` where the unit is none of ours. */
function figuresOf(unit: string, value: number | RecordedSteps): readonly Figure[] | undefined {
  const rate = perMillion[unit]
  if (rate === undefined) {
    const fee = perThousand[unit]
    return fee === undefined || typeof value !== 'number' ? undefined : [{ rate: fee, dollars: value / 1000 }]
  }
  if (typeof value === 'number') return [{ rate, dollars: value }]
  return [{ rate, dollars: value.base }, ...value.tiers.map(({ start, price }) => ({ rate, above: start, dollars: price }))]
}

/** What a step does not name stays as it is below it. */
function stepOver(base: PriceList, above: number, rates: Partial<Rates>): LongContext {
  const { perRequest: _, perSearch: __, ...below } = base
  return { ...below, ...rates, above }
}
