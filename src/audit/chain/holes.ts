import type { Broken } from './examine.ts'
import type { Range } from './ranges.ts'
import type { Segment } from './segments.ts'

/** A place where a record is missing that could be there, altered. */
export interface Hole {
  readonly chain: string
  readonly range: Range
  /** The hashes of the records on both sides of it. */
  readonly before: string | null | undefined
  readonly after: string | null | undefined
  /** What comes after it; of the end of the chain nothing. */
  readonly next: Segment | undefined
}

/** Which record of a chain each broken one is, where that can be told. */
export function placesOf(broken: readonly Broken[], holes: readonly Hole[]): ReadonlyMap<Broken, { chain: string; n: number }> {
  const before = new Map<string, { chain: string; n: number }>()
  const after = new Map<string, { chain: string; n: number }>()
  for (const hole of holes) {
    if (typeof hole.after === 'string') after.set(hole.after, { chain: hole.chain, n: hole.range.to })
    if (typeof hole.before === 'string') before.set(hole.before, { chain: hole.chain, n: hole.range.from })
  }
  const places = new Map<Broken, { chain: string; n: number }>()
  for (const each of broken) {
    const { chain, n = 0, prev, hashes } = each
    const claimed = holes.find((hole) => hole.chain === chain && hole.range.from <= n && n <= hole.range.to)
    const place =
      hashes.map((hash) => after.get(hash)).find((found) => found !== undefined) ??
      (claimed && { chain: claimed.chain, n }) ??
      (typeof prev === 'string' ? before.get(prev) : undefined)
    if (place !== undefined) places.set(each, place)
  }
  return places
}

/** What is missing between the segments of a chain, before the first and after the last. */
export function holesOf(chain: string, main: readonly Segment[]): Hole[] {
  return [undefined, ...main].flatMap((before, index) => {
    const next = main[index]
    const range = { from: (before?.last.n ?? 0) + 1, to: (next?.first.n ?? Number.POSITIVE_INFINITY) - 1 }
    return range.from > range.to ? [] : [{ chain, range, before: before?.last.hash, after: next?.first.prev, next }]
  })
}
