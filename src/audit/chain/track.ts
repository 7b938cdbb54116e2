import type { AuditHead } from '../../contracts/audit-link.ts'
import type { Sound } from './examine.ts'
import type { Range } from './ranges.ts'
import { Segments } from './segments.ts'

/** How a record stands in its archive. */
interface Standing {
  readonly file: string | undefined
  readonly isSigned: boolean
  readonly isBelieved: boolean
}

/** What is kept of one chain while its records go by. */
export class Track {
  readonly id: string
  readonly segments = new Segments()
  /** What the chain says was lost. */
  readonly lost: Range[] = []
  records = 0
  erased = 0
  /** After how many records a head is due, as its beginning and its heads say. */
  headEvery = Number.POSITIVE_INFINITY
  /** Where it says that a chain before it had got to. */
  after: AuditHead | undefined
  head: AuditHead | undefined
  /** The last record of the chain that a right signature covers. */
  signedTo = 0

  constructor(id: string) {
    this.id = id
  }

  /** `isBelieved`: what the record says of the chain counts, as it does where it is signed, or nobody asks for that. */
  add(sound: Sound, where: string, { file, isSigned, isBelieved }: Standing): void {
    const { link } = sound
    this.segments.add(sound, where, file)
    this.records += 1
    if (sound.isErased) this.erased += 1
    if (isSigned && link.n > this.signedTo) this.signedTo = link.n
    if (isBelieved) this.#believe(sound)
  }

  #believe({ link, event }: Sound): void {
    switch (event.type) {
      case 'chain.started':
        this.headEvery = event.headEvery
        this.after = event.after
        break
      case 'chain.head':
        if (link.n <= (this.head?.n ?? 0)) break
        this.head = { chain: link.id, n: link.n, hash: link.hash }
        this.headEvery = event.headEvery
        break
      case 'chain.gap':
        // What comes later can only speak of what came before.
        if (event.to < link.n) this.lost.push({ from: event.from, to: event.to })
        break
      default:
    }
  }
}
