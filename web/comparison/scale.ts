import type { Format } from '../../src/compare/html/numbers.ts'

/** Where values stand along an axis: `at` gives a number between `low` and `high`. */
export interface Scale {
  readonly logarithmic: boolean
  readonly low: number
  readonly high: number
  readonly at: (value: number) => number
  readonly ticks: readonly Tick[]
}

export interface Tick {
  readonly at: number
  readonly words: string
}

interface Wanted {
  readonly format: Format
  /** How many ticks there is room for. */
  readonly ticks: number
  /** The axis begins at zero. */
  readonly fromZero?: boolean
  /** The axis ends here at the latest. */
  readonly limit?: number
}

/** From this ratio of the largest to the smallest value on, steps of equal length stand for equal factors. */
const logarithmicFrom = 12

/** An axis with round ticks on which all values have room. */
export function scaleOf(values: readonly number[], wanted: Wanted): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const logarithmic = wanted.fromZero !== true && least > 0 && most / least >= logarithmicFrom
  return logarithmic ? logScale(least, most, wanted) : linearScale(least, most, wanted)
}

function linearScale(least: number, most: number, wanted: Wanted): Scale {
  const start = wanted.fromZero === true ? Math.min(0, least) : least
  // A single value gets some room on both sides.
  const room = most === start ? (Math.abs(most) || 1) / 2 : 0
  const [from, to] = [start >= 0 ? Math.max(0, start - room) : start - room, most + room]
  return stepped(from, to, { ...wanted, step: niceStep((to - from) / wanted.ticks) })
}

/** With steps so large that no two ticks have the same words. */
function stepped(from: number, to: number, wanted: Wanted & { readonly step: number }): Scale {
  const { format, limit = Infinity, step } = wanted
  const low = Math.floor(from / step + 1e-9) * step
  const last = Math.max(low + step, Math.ceil(to / step - 1e-9) * step)
  const high = Math.min(limit, last)
  const places = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, index) => tidy(low + index * step))
  const ticks = places.map((at) => ({ at, words: brief(format(at)) }))
  if (new Set(ticks.map(({ words }) => words)).size < ticks.length)
    return stepped(from, to, { ...wanted, step: niceStep(step * 2) })
  return { logarithmic: false, low, high, at: (value) => value, ticks }
}

/** How far beyond the outermost values the axis goes, as a share of it. */
const margin = 0.04

function logScale(least: number, most: number, { format, ticks }: Wanted): Scale {
  const room = margin * Math.log10(most / least)
  const [low, high] = [Math.log10(least) - room, Math.log10(most) + room]
  const candidates = [[1, 2, 5], [1, 3], [1]].map((steps) => roundValues(low, high, steps))
  const places = candidates.find(({ length }) => length <= ticks) ?? thinned(candidates.at(-1) ?? [], ticks)
  return {
    logarithmic: true,
    low,
    high,
    at: (value) => Math.log10(value),
    ticks: places.map((place) => ({ at: Math.log10(place), words: brief(format(place)) })),
  }
}

/** The steps of every power of ten between the two ends, which are logarithms. */
function roundValues(low: number, high: number, steps: readonly number[]): number[] {
  const [first, last] = [Math.floor(low), Math.ceil(high)]
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    .flatMap((power) => steps.map((step) => tidy(step * 10 ** power)))
    .filter((value) => Math.log10(value) >= low && Math.log10(value) <= high)
}

function thinned(places: readonly number[], ticks: number): number[] {
  const every = Math.ceil(places.length / ticks)
  return places.filter((_, index) => (places.length - 1 - index) % every === 0)
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10
  return step * power
}

/** `$5` and not `$5.00`: along an axis round numbers are the rule. */
function brief(words: string): string {
  return words.replace(/\.0+(?!\d)/, '')
}

/** Without the dust of floating-point arithmetic. */
function tidy(value: number): number {
  return Number(value.toPrecision(12))
}
