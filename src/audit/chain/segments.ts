import type { Sound } from './examine.ts'
import type { Range } from './ranges.ts'

/** A record's place, in its chain and in its archive. */
export interface Spot {
  readonly n: number
  readonly id: string
  readonly at: string
  readonly where: string
  readonly hash: string
  readonly prev: string | null
}

/** Records that follow each other, each with the hash of the one before it. */
export interface Segment {
  readonly first: Spot
  readonly last: Spot
  /** The file it begins in: between files there is no order. */
  readonly file: string | undefined
}

/** The segments of one chain, in the order in which they come. Their number grows with what is wrong, not with the records. */
export class Segments {
  readonly all: Segment[] = []

  add({ link: { n, hash, prev }, id, at }: Sound, where: string, file: string | undefined): void {
    const spot: Spot = { n, id, at, where, hash, prev }
    const latest = this.all.at(-1)
    const follows = latest !== undefined && n === latest.last.n + 1 && prev === latest.last.hash
    if (follows) this.all[this.all.length - 1] = { ...latest, last: spot }
    else this.all.push({ first: spot, last: spot, file })
  }
}

/** Segments put in the order of their numbers, and what does not fit among them. */
export interface Sorted {
  /** Without overlaps, but for parts that are in `twice` too. */
  readonly main: readonly Segment[]
  /** Numbers that come more than once: the record that is one too many, or the last of several. */
  readonly twice: readonly { readonly range: Range; readonly spot: Spot }[]
  /** Whole segments come before what they should come after. */
  readonly moved: readonly Segment[]
}

export function sorted(segments: readonly Segment[]): Sorted {
  const main: Segment[] = []
  const twice: { range: Range; spot: Spot }[] = []
  const byNumber = segments.toSorted((one, other) => one.first.n - other.first.n || other.last.n - one.last.n)
  for (const segment of byNumber) {
    const before = main.at(-1)
    const end = before?.last.n ?? 0
    const { first, last } = segment
    if (before === undefined || first.n > end) main.push(segment)
    else if (last.n <= end) twice.push({ range: { from: first.n, to: last.n }, spot: last })
    else {
      // What goes on vouches for its own beginning; nothing does for the end of the other.
      twice.push({ range: { from: first.n, to: end }, spot: before.last })
      main.push(segment)
    }
  }
  const kept = new Set(main)
  return { main, twice, moved: movedOf(segments.filter((segment) => kept.has(segment))) }
}

/** The fewest records that have to be moved to put each file in order. */
function movedOf(segments: readonly Segment[]): Segment[] {
  const files = Map.groupBy(segments, ({ file }) => file)
  return [...files.values()].flatMap((inFile) => {
    const kept = new Set(heaviestRising(inFile))
    return inFile.filter((segment) => !kept.has(segment))
  })
}

/** The rising sequence with the most records. */
function heaviestRising(segments: readonly Segment[]): Segment[] {
  interface Best {
    readonly weight: number
    readonly segment: Segment
    readonly before: Best | undefined
  }
  const ranks = new Map(segments.toSorted((one, other) => one.first.n - other.first.n).map((segment, rank) => [segment, rank + 1]))
  // The best sequence that ends with a lower rank, as a tree of maxima.
  const tree: (Best | undefined)[] = Array.from({ length: segments.length + 1 })
  const heavier = (one: Best | undefined, other: Best | undefined): Best | undefined =>
    (other?.weight ?? 0) > (one?.weight ?? 0) ? other : one
  const bestBelow = (rank: number): Best | undefined => {
    let best: Best | undefined
    for (let index = rank - 1; index > 0; index -= index & -index) best = heavier(best, tree[index])
    return best
  }
  for (const segment of segments) {
    const rank = ranks.get(segment) ?? 0
    const before = bestBelow(rank)
    const weight = (before?.weight ?? 0) + segment.last.n - segment.first.n + 1
    for (let index = rank; index < tree.length; index += index & -index)
      tree[index] = heavier(tree[index], { weight, segment, before })
  }
  const rising: Segment[] = []
  for (let best = bestBelow(tree.length); best !== undefined; best = best.before) rising.push(best.segment)
  return rising.toReversed()
}
