import { setImmediate } from 'node:timers/promises'

/** One way of doing the same work. */
export interface Contender {
  readonly name: string
  /** One unit of work; measured in batches. */
  readonly run: () => Promise<void>
}

/** Microseconds of CPU time per unit of one contender, one figure per round. */
export interface Timing {
  readonly name: string
  readonly microseconds: readonly number[]
}

export interface Plan {
  readonly rounds: number
  /** Units per round and contender. */
  readonly batch: number
  /** Units before the first round; enough for the optimising compiler. */
  readonly warmUp: number
}

/**
 * Measures contenders side by side: each round runs a batch of every one, in turning order, so that whatever disturbs the
 * machine disturbs all of them. CPU time of the whole process (garbage collection included) rather than the wall clock.
 */
export async function sideBySide(contenders: readonly Contender[], { rounds, batch, warmUp }: Plan): Promise<readonly Timing[]> {
  const figures = new Map(contenders.map(({ name }) => [name, new Array<number>()]))
  for (const { run } of contenders) await repeat(run, warmUp)
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, run } of turned(contenders, round)) figures.get(name)?.push(await timeOf(run, batch))
  }
  return [...figures].map(([name, microseconds]) => ({ name, microseconds }))
}

async function timeOf(run: () => Promise<void>, batch: number): Promise<number> {
  // No forced collection here: it would throw away optimised code and charge the next batch for making it again.
  await setImmediate()
  const before = process.cpuUsage()
  await repeat(run, batch)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / batch
}

async function repeat(run: () => Promise<void>, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) await run()
}

function turned<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** The median of the rounds' own ratios or differences, and how far the middle half of them lies apart. */
export function compare(
  one: Timing,
  other: Timing,
  how: (one: number, other: number) => number,
): { readonly value: number; readonly spread: number } {
  const values = one.microseconds
    .map((figure, round) => how(figure, other.microseconds[round] ?? Number.NaN))
    .toSorted((a, b) => a - b)
  const quarter = values.length >> 2
  return { value: median(values), spread: (values[values.length - 1 - quarter] ?? 0) - (values[quarter] ?? 0) }
}
