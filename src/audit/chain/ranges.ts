/** Whole numbers from one to another, both included. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** What is left of a range when others are taken out of it. */
export function without(range: Range, taken: readonly Range[]): Range[] {
  let rest = [range]
  for (const { from, to } of taken) {
    rest = rest.flatMap((each) =>
      [
        { from: each.from, to: Math.min(each.to, from - 1) },
        { from: Math.max(each.from, to + 1), to: each.to },
      ].filter((part) => part.from <= part.to),
    )
  }
  return rest
}

/** Numbers that come nearly in order, kept as ranges. */
export class Ranges {
  #ranges: Range[] = []

  get isEmpty(): boolean {
    return this.#ranges.length === 0
  }

  add(range: Range): void {
    const near = this.#ranges.filter(({ from, to }) => from <= range.to + 1 && to >= range.from - 1)
    const from = Math.min(range.from, ...near.map((each) => each.from))
    const to = Math.max(range.to, ...near.map((each) => each.to))
    this.#ranges = [...this.#ranges.filter((each) => !near.includes(each)), { from, to }]
  }

  /** All of them, which are then no longer here. */
  take(): readonly Range[] {
    const taken = this.#ranges
    this.#ranges = []
    return taken.toSorted((one, other) => one.from - other.from)
  }
}
