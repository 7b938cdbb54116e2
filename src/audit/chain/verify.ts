import type { AuditEntry } from '../../contracts/archive.ts'
import type { AuditHead } from '../../contracts/audit-link.ts'
import { endFault } from './ends.ts'
import { examine, type Broken, type Other, type Sound } from './examine.ts'
import { type AuditFault, type AuditFinding, type AuditNote, type AuditVerification, verificationOf } from './finding.ts'
import { holesOf, placesOf } from './holes.ts'
import { judge, summaryOf, type Course } from './judge.ts'
import { sorted } from './segments.ts'
import type { SignatureCheck } from './signatures.ts'
import { Track } from './track.ts'

/** What a {@link Verifier} goes by. */
export interface VerifierParts {
  readonly check: SignatureCheck | undefined
  readonly expect: readonly AuditHead[]
  /** ISO 8601. */
  readonly from: string | undefined
  readonly unchained: 'fault' | 'note'
}

interface Located {
  readonly broken: Broken
  readonly where: string
}

/** Takes one entry after the other, and says at the end what is wrong. Keeps what is wrong, and a little of each chain. */
export class Verifier {
  readonly #parts: VerifierParts
  readonly #tracks = new Map<string, Track>()
  readonly #broken: Located[] = []
  readonly #faults: AuditFault[] = []
  readonly #notes: AuditNote[] = []
  /** Of each chain, how far a chain that can be believed says that it was cut for its age. */
  readonly #pruned = new Map<string, AuditHead>()
  readonly #expected: ReadonlyMap<string, readonly AuditHead[]>
  readonly #kept = new Set<AuditHead>()
  /** Records without a link that follow each other. */
  #unchained: { count: number; readonly where: string; readonly id: string | undefined } | undefined
  #records = 0

  constructor(parts: VerifierParts) {
    this.#parts = parts
    this.#expected = Map.groupBy(parts.expect, ({ chain }) => chain)
  }

  add(entry: AuditEntry): void {
    const found = examine(entry)
    if (found.kind !== 'unreadable') this.#records += 1
    if (found.kind !== 'unchained') this.#endUnchained()
    if (found.kind === 'sound') this.#sound(found, entry)
    else if (found.kind === 'broken') this.#broken.push({ broken: found, where: entry.where })
    else this.#other(found, entry.where)
  }

  end(): AuditVerification {
    this.#endUnchained()
    const courses = Array.from(this.#tracks.values(), courseOf)
    const placed = placesOf(
      this.#broken.map(({ broken }) => broken),
      courses.flatMap(({ holes }) => holes),
    )
    const brokenFaults = this.#broken.map((each) => this.#brokenFault(each, placed.get(each.broken)))
    const altered = Map.groupBy(placed.values(), ({ chain }) => chain)
    const judged = courses.map((course) =>
      judge(course, {
        altered: (altered.get(course.track.id) ?? []).map(({ n }) => ({ from: n, to: n })),
        prunedTo: this.#pruned.get(course.track.id),
        from: this.#parts.from,
        isSigningAsked: this.#parts.check !== undefined,
      }),
    )
    const ends = new Map(courses.map((course) => [course.track.id, course]))
    return verificationOf({
      records: this.#records,
      erased: courses.reduce((sum, { track }) => sum + track.erased, 0),
      chains: courses.map(summaryOf).filter((summary) => summary !== undefined),
      faults: [
        ...this.#faults,
        ...brokenFaults,
        ...judged.flatMap(({ faults }) => faults),
        ...this.#unmet(),
        ...courses.map(({ track }) => this.#cutOff(track, ends)).filter((fault) => fault !== undefined),
      ],
      notes: [...this.#notes, ...judged.flatMap(({ notes }) => notes)],
    })
  }

  #sound(sound: Sound, { where, file }: AuditEntry): void {
    const { link, id, event } = sound
    const about = { chain: link.id, n: link.n, id, where }
    const isSigned = this.#isSigned(sound, about)
    const track = this.#tracks.get(link.id) ?? new Track(link.id)
    this.#tracks.set(link.id, track)
    // Anybody can put an unsigned record at the end, and have it say whatever it likes of the chain.
    const isBelieved = isSigned || this.#parts.check === undefined
    track.add(sound, where, { file, isSigned, isBelieved })
    if (sound.flaw !== undefined) this.#faults.push({ kind: 'altered', ...about, message: sound.flaw })
    if (event.type === 'chain.pruned' && isBelieved) this.#believe(event.upTo)
    for (const head of this.#expected.get(link.id) ?? []) if (head.n === link.n && head.hash === link.hash) this.#kept.add(head)
  }

  #isSigned({ link: { hash, keyId, signature } }: Sound, about: Omit<AuditFinding<string>, 'kind' | 'message'>): boolean {
    const { check } = this.#parts
    if (check === undefined || signature === undefined) return false
    const isRight = check({ hash, keyId, signature })
    if (isRight === true) return true
    const message =
      isRight === false ? 'its signature is not right' : `it is signed with a key that was not given, ${keyId ?? 'unnamed'}`
    this.#faults.push({ kind: 'bad_signature', ...about, message })
    return false
  }

  #believe(upTo: readonly AuditHead[]): void {
    for (const head of upTo) if (head.n > (this.#pruned.get(head.chain)?.n ?? 0)) this.#pruned.set(head.chain, head)
  }

  #other({ kind, id }: Other, where: string): void {
    if (kind === 'unreadable') this.#notes.push({ kind, where, message: 'this is no record' })
    else if (this.#unchained === undefined) this.#unchained = { count: 1, where, id }
    else this.#unchained.count += 1
  }

  #endUnchained(): void {
    if (this.#unchained === undefined) return
    const { count, where, id } = this.#unchained
    this.#unchained = undefined
    const message = count === 1 ? 'a record without a link' : `${count} records without a link, from here on`
    const found = { kind: 'unchained', where, ...(id !== undefined && { id }), message } as const
    if (this.#parts.unchained === 'fault') this.#faults.push(found)
    else this.#notes.push(found)
  }

  #brokenFault({ broken: { id, chain, n }, where }: Located, place: { chain: string; n: number } | undefined): AuditFault {
    const at = { ...(id !== undefined && { id }), where }
    if (place !== undefined) return { kind: 'altered', ...place, ...at, message: 'is not what was written' }
    const claimed = { ...(chain !== undefined && { chain }), ...(n !== undefined && { n }) }
    // Where no record of the chain is missing this is not one of them.
    const isOneTooMany = chain !== undefined && this.#tracks.has(chain)
    return isOneTooMany
      ? { kind: 'inserted', ...claimed, ...at, message: 'its hash is not right, and it takes the place of no record of its chain' }
      : { kind: 'altered', ...claimed, ...at, message: 'is not what was written' }
  }

  *#unmet(): Generator<AuditFault> {
    for (const head of this.#parts.expect) {
      if (this.#kept.has(head) || head.n <= (this.#pruned.get(head.chain)?.n ?? 0)) continue
      yield { kind: 'removed', chain: head.chain, n: head.n, message: 'was expected with another hash, or is not there' }
    }
  }

  #cutOff({ id, after }: Track, courses: ReadonlyMap<string, Course>): AuditFault | undefined {
    if (after === undefined || after.n <= (this.#pruned.get(after.chain)?.n ?? 0)) return undefined
    const end = courses.get(after.chain)?.sorted.main.at(-1)?.last
    // A chain that is not there at all may have ended before the time that is asked for.
    return end === undefined && this.#parts.from !== undefined ? undefined : endFault(id, after, end)
  }
}

function courseOf(track: Track): Course {
  const inOrder = sorted(track.segments.all)
  return { track, sorted: inOrder, holes: holesOf(track.id, inOrder.main) }
}
