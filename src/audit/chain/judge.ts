import type { AuditHead } from '../../contracts/audit-link.ts'
import type { AuditFault, AuditNote, ChainSummary } from './finding.ts'
import type { Hole } from './holes.ts'
import { without, type Range } from './ranges.ts'
import type { Sorted, Spot } from './segments.ts'
import type { Track } from './track.ts'

/** A chain with its records in order. */
export interface Course {
  readonly track: Track
  readonly sorted: Sorted
  readonly holes: readonly Hole[]
}

/** What a chain is judged by. */
export interface Grounds {
  /** Numbers of this chain whose records are there, but altered. */
  readonly altered: readonly Range[]
  /** Of this chain everything up to there was removed, as a chain says that can be believed. */
  readonly prunedTo: AuditHead | undefined
  /** Nothing before this is asked for; ISO 8601. */
  readonly from: string | undefined
  readonly isSigningAsked: boolean
}

interface Found {
  readonly faults: readonly AuditFault[]
  readonly notes: readonly AuditNote[]
}

/** What is wrong with one chain by itself, and what is worth knowing of it. */
export function judge(course: Course, grounds: Grounds): Found {
  const { track, sorted } = course
  const missed = missingIn(course, grounds)
  return {
    faults: [
      ...twiceIn(track, sorted),
      ...movedIn(track, sorted),
      ...brokenLinksIn(track, sorted),
      ...missed.faults,
      ...unsigned(track, sorted, grounds),
    ],
    notes: [...missed.notes, ...unconfirmed(track, sorted), ...openEnd(track, sorted), ...erased(track)],
  }
}

function* twiceIn({ id: chain }: Track, { twice }: Sorted): Generator<AuditFault> {
  for (const { range, spot } of twice)
    yield {
      kind: 'inserted',
      chain,
      ...spanOf(range),
      ...placeOf(spot),
      message: 'a record of that number is there more than once; this one is not part of the chain, or a copy',
    }
}

function* movedIn({ id: chain }: Track, { moved }: Sorted): Generator<AuditFault> {
  for (const { first, last } of moved)
    yield {
      kind: 'reordered',
      chain,
      ...spanOf({ from: first.n, to: last.n }),
      ...placeOf(first),
      message: 'is not where it was written',
    }
}

function* brokenLinksIn({ id: chain }: Track, { main }: Sorted): Generator<AuditFault> {
  for (const [index, { first }] of main.entries()) {
    const last = main[index - 1]?.last
    if (last !== undefined && first.n === last.n + 1 && first.prev !== last.hash)
      yield {
        kind: 'altered',
        chain,
        n: last.n,
        ...placeOf(last),
        message: `is not the record that the one after it, ${first.where}, refers to`,
      }
  }
}

function missingIn({ track, sorted: { main }, holes }: Course, grounds: Grounds): Found {
  const { prunedTo, from } = grounds
  const first = main[0]?.first
  // From there on it is whole, so whatever is missing before was not asked for.
  const isBeginningAsked = from === undefined || first === undefined || first.at > from
  const found = holes.flatMap(({ range, next }) => {
    if (next === undefined || (next.first === first && !isBeginningAsked)) return []
    return [missing(range, { chain: track.id, where: next.first.where, grounds, lost: track.lost })]
  })
  const faults = found.flatMap((each) => each.faults)
  if (prunedTo !== undefined && first?.n === prunedTo.n + 1 && first.prev !== prunedTo.hash)
    faults.push({
      kind: 'altered',
      chain: track.id,
      n: first.n,
      ...placeOf(first),
      message: 'does not follow what was removed for its age',
    })
  return { faults, notes: found.flatMap((each) => each.notes) }
}

interface Gap {
  readonly chain: string
  readonly where: string
  readonly grounds: Grounds
  readonly lost: readonly Range[]
}

/** Why records are missing, as far as the chains say so themselves. */
function missing(range: Range, { chain, where, grounds: { altered, prunedTo }, lost }: Gap): Found {
  const rest = without(range, altered)
  const old = prunedTo === undefined ? [] : rest.flatMap((each) => within(each, { from: 1, to: prunedTo.n }))
  const untaken = rest.flatMap((each) => without(each, old)).flatMap((each) => lost.flatMap((told) => within(each, told)))
  const removed = rest.flatMap((each) => without(each, [...old, ...untaken]))
  return {
    faults: removed.map((each) => ({ kind: 'removed', chain, ...spanOf(each), where, message: 'missing before this place' })),
    notes: [
      ...old.map((each) => ({
        kind: 'pruned' as const,
        chain,
        ...spanOf(each),
        message: 'removed for their age, as a chain says',
      })),
      ...untaken.map((each) => ({
        kind: 'lost' as const,
        chain,
        ...spanOf(each),
        message: 'not taken by the sink, as the chain says',
      })),
    ],
  }
}

/** Nothing vouches for a record but the one that follows it. */
function* unconfirmed({ id: chain, lost }: Track, { main }: Sorted): Generator<AuditNote> {
  for (const [index, { last }] of main.entries()) {
    const isFollowed = main[index + 1] === undefined || main[index + 1]?.first.n === last.n + 1
    if (!isFollowed && lost.some(({ from, to }) => from <= last.n && last.n <= to))
      yield {
        kind: 'unconfirmed',
        chain,
        n: last.n,
        ...placeOf(last),
        message: 'is there although the chain says that it was lost; nothing vouches for it',
      }
  }
}

/** Where nothing that is left of a chain says how often heads come: the default. */
const usualHeadEvery = 1_000

function* unsigned(track: Track, { main }: Sorted, { isSigningAsked, prunedTo }: Grounds): Generator<AuditFault> {
  const [first, last] = [main[0]?.first, main.at(-1)?.last]
  if (!isSigningAsked || first === undefined || last === undefined) return
  // What was removed for its age was signed for by whoever has done it, and what is left goes on from there.
  const isAnchored = prunedTo !== undefined && first.prev === prunedTo.hash
  const signedTo = Math.max(track.signedTo, isAnchored ? prunedTo.n : 0)
  const headEvery = Number.isFinite(track.headEvery) ? track.headEvery : usualHeadEvery
  const tail = without({ from: signedTo + 1, to: last.n }, track.lost)
  const count = tail.reduce((sum, { from, to }) => sum + to - from + 1, 0)
  // A head may be lost itself, and the next one then comes a little later.
  if (signedTo > 0 && count <= 2 * headEvery) return
  const from = Math.max(signedTo + 1, first.n)
  yield {
    kind: 'unsigned',
    chain: track.id,
    ...spanOf({ from, to: last.n }),
    ...placeOf(last),
    message:
      signedTo === 0
        ? 'nothing in this chain is signed with a key that was given'
        : 'more records than one head covers are not signed',
  }
}

function* openEnd({ id: chain, head }: Track, { main }: Sorted): Generator<AuditNote> {
  const last = main.at(-1)?.last
  if (last === undefined || last.n === head?.n) return
  const since = head === undefined ? 'and has no head' : `${last.n - head.n} after its last head`
  yield {
    kind: 'open_end',
    chain,
    n: last.n,
    ...placeOf(last),
    message: `the chain ends here, ${since}: later records would not be missed`,
  }
}

function* erased({ id: chain, erased: count }: Track): Generator<AuditNote> {
  if (count > 0) yield { kind: 'erased', chain, message: `${count} of its records are without the personal part that they had` }
}

/** What `verifyAudit()` tells of a chain. */
export function summaryOf({ track, sorted }: Course): ChainSummary | undefined {
  const [first, last] = [sorted.main[0]?.first, sorted.main.at(-1)?.last]
  if (first === undefined || last === undefined) return undefined
  return {
    id: track.id,
    from: first.n,
    to: last.n,
    startedAt: first.at,
    endedAt: last.at,
    records: track.records,
    erased: track.erased,
    signedTo: track.signedTo === 0 ? null : track.signedTo,
    head: track.head ?? null,
  }
}

function within(one: Range, other: Range): Range[] {
  const range = { from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) }
  return range.from <= range.to ? [range] : []
}

function spanOf({ from, to }: Range): { readonly n: number; readonly to?: number } {
  return { n: from, ...(to !== from && { to }) }
}

function placeOf({ id, where }: Spot): { readonly id: string; readonly where: string } {
  return { id, where }
}
