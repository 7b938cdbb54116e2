import type { AuditHead } from '../../contracts/audit-link.ts'
import type { Sound } from './examine.ts'
import type { Range } from './ranges.ts'
import { Segments } from './segments.ts'

/** What is kept of one chain while its records go by. */
export class Track {
  readonly id: string
  readonly segments = new Segments()
  /** What the chain says was lost. */
  readonly lost: Range[] = []
  records = 0
  erased = 0
  /** After how many records a head is due, as its beginning says. */
  headEvery = Number.POSITIVE_INFINITY
  /** Where it says that a chain before it had got to. */
  after: AuditHead | undefined
  head: AuditHead | undefined
  /** The last record of the chain that a right signature covers. */
  signedTo = 0

  constructor(id: string) {
    this.id = id
  }

  add(sound: Sound, where: string, { file, isSigned }: { readonly file: string | undefined; readonly isSigned: boolean }): void {
    const { link, event } = sound
    this.segments.add(sound, where, file)
    this.records += 1
    if (sound.isErased) this.erased += 1
    if (isSigned && link.n > this.signedTo) this.signedTo = link.n
    switch (event.type) {
      case 'chain.started':
        this.headEvery = event.headEvery
        this.after = event.after
        break
      case 'chain.head':
        if (link.n > (this.head?.n ?? 0)) this.head = { chain: link.id, n: link.n, hash: link.hash }
        break
      case 'chain.gap':
        // What comes later can only speak of what came before.
        if (event.to < link.n) this.lost.push({ from: event.from, to: event.to })
        break
      default:
    }
  }
}
