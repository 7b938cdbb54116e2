import type { Tier } from '../contracts/catalog.ts'
import { formatUsd, usdOf } from '../money.ts'
import type { RecordedRequest, Unreadable } from './recorded.ts'
import type { Replayed } from './replay.ts'

/** One request under the other policy. */
export interface ReplayRow {
  readonly requestId: string
  /** ISO 8601: when it was made. */
  readonly at: string
  readonly agent?: string
  /** The model string of the call. */
  readonly requested: string
  /**
   * `same`: it goes to the target that served it. `moved`: to another. `refused`: no target may serve it. `unserved`: all that
   * may failed then. `left_out`: it is not replayed, `notes` say why.
   */
  readonly verdict: Replayed['verdict']
  readonly recorded: ReplaySide
  readonly replayed: ReplaySide
  /** What is assumed, and what cannot be known. */
  readonly notes: readonly string[]
}

/** Where a request goes, and what that costs. */
export interface ReplaySide {
  readonly target: string | null
  readonly tier?: Tier
  /** With its failed attempts; `null`: not known. */
  readonly costUsd: number | null
}

/** A record that is no row. */
export interface UnreadableRecord extends Unreadable {
  /** From 1, as editors count lines. */
  readonly line: number
}

/** Sums over all rows. Money is of the requests whose cost is known on both sides. */
export interface ReplayTotals extends Readonly<Record<Replayed['verdict'], number>> {
  readonly requests: number
  readonly unreadable: number
  /** Requests whose cost is known on both sides. */
  readonly compared: number
  readonly recordedUsd: number
  readonly replayedUsd: number
  /** Above 0 where the other policy is dearer. */
  readonly differenceUsd: number
}

/** How many requests go from one target to another. */
export interface ReplayMove {
  readonly from: string | null
  readonly to: string | null
  readonly requests: number
  /** Of the requests whose cost is known on both sides. */
  readonly recordedUsd: number
  readonly replayedUsd: number
}

/** Recorded requests under another policy. JSON-safe; `String()` of it is for people. */
export interface ReplayReport {
  readonly totals: ReplayTotals
  /** Most requests first. */
  readonly moves: readonly ReplayMove[]
  readonly rows: readonly ReplayRow[]
  readonly unreadable: readonly UnreadableRecord[]
  /** In words. */
  toString(): string
}

/** A request and what came of it. */
export interface Pair {
  readonly recorded: RecordedRequest
  readonly replayed: Replayed
}

export function reportOf(pairs: readonly Pair[], unreadable: readonly Unreadable[]): ReplayReport {
  const report: Omit<ReplayReport, 'toString'> = {
    totals: totalsOf(pairs, unreadable.length),
    moves: movesOf(pairs),
    rows: pairs.map(rowOf),
    unreadable: unreadable.map((record) => ({ ...record, line: record.index + 1 })),
  }
  return Object.assign(new Printed(), report)
}

class Printed {
  toString(this: ReplayReport): string {
    return reportText(this)
  }
}

function rowOf({ recorded, replayed }: Pair): ReplayRow {
  const { requestId, at, agent, requested, servedBy, tier } = recorded
  const { verdict, target, recordedPico, replayedPico, notes } = replayed
  return {
    requestId,
    at: new Date(at).toISOString(),
    ...(agent !== undefined && { agent }),
    requested,
    verdict,
    recorded: side(servedBy ?? null, tier, recordedPico),
    replayed: side(target, replayed.tier, replayedPico),
    notes,
  }
}

function side(target: string | null, tier: Tier | undefined, pico: bigint | null): ReplaySide {
  return { target, ...(tier !== undefined && { tier }), costUsd: pico === null ? null : usdOf(pico) }
}

/** Exact until it is shown. */
class Sum {
  requests = 0
  compared = 0
  recorded = 0n
  replayed = 0n

  add({ recordedPico, replayedPico }: Replayed): void {
    this.requests += 1
    if (recordedPico === null || replayedPico === null) return
    this.compared += 1
    this.recorded += recordedPico
    this.replayed += replayedPico
  }
}

function totalsOf(pairs: readonly Pair[], unreadable: number): ReplayTotals {
  const sum = new Sum()
  const verdicts = { same: 0, moved: 0, refused: 0, unserved: 0, left_out: 0 }
  for (const { replayed } of pairs) {
    sum.add(replayed)
    verdicts[replayed.verdict] += 1
  }
  return {
    requests: sum.requests,
    ...verdicts,
    unreadable,
    compared: sum.compared,
    recordedUsd: usdOf(sum.recorded),
    replayedUsd: usdOf(sum.replayed),
    differenceUsd: usdOf(sum.replayed - sum.recorded),
  }
}

function movesOf(pairs: readonly Pair[]): readonly ReplayMove[] {
  const sums = new Map<string, { readonly from: string | null; readonly to: string | null; readonly sum: Sum }>()
  for (const { recorded, replayed } of pairs) {
    if (replayed.verdict === 'left_out') continue
    const [from, to] = [recorded.servedBy ?? null, replayed.target]
    const name = JSON.stringify([from, to])
    const move = sums.get(name) ?? { from, to, sum: new Sum() }
    sums.set(name, move)
    move.sum.add(replayed)
  }
  return [...sums.values()]
    .map(({ from, to, sum }) => ({
      from,
      to,
      requests: sum.requests,
      recordedUsd: usdOf(sum.recorded),
      replayedUsd: usdOf(sum.replayed),
    }))
    .toSorted((one, other) => other.requests - one.requests)
}

function reportText({ totals, moves, unreadable }: ReplayReport): string {
  const { requests, same, moved, refused, unserved, compared, recordedUsd, replayedUsd, differenceUsd } = totals
  const kinds: readonly (readonly [number, string])[] = [
    [same, 'go where they went'],
    [moved, 'go elsewhere'],
    [refused, 'nobody may serve'],
    [unserved, 'nobody could have served'],
    [totals.left_out, 'are left out'],
  ]
  const spread = kinds.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  const dearer = differenceUsd > 0 ? 'more' : 'less'
  const difference = differenceUsd === 0 ? 'the same' : `${formatUsd(Math.abs(differenceUsd))} ${dearer}`
  return [
    `${counted(requests)} replayed${spread.length === 0 ? '' : `: ${spread.join(', ')}`}.`,
    ...(compared === 0
      ? []
      : [
          `Of the ${compared} whose cost is known on both sides: ${formatUsd(recordedUsd)} then, ${formatUsd(replayedUsd)} now, ` +
            `${difference}.`,
        ]),
    ...moves.map(moveText),
    ...unreadable.map(({ line, problem }) => `Record ${line} cannot be read: ${problem}.`),
  ].join('\n')
}

function moveText({ from, to, requests, recordedUsd, replayedUsd }: ReplayMove): string {
  const way = from === to ? `${from ?? 'nobody'}, as before` : `${from ?? 'nobody'} -> ${to ?? 'nobody'}`
  return `  ${way}: ${counted(requests)}, ${formatUsd(recordedUsd)} -> ${formatUsd(replayedUsd)}`
}

function counted(requests: number): string {
  return requests === 1 ? '1 request' : `${requests} requests`
}
