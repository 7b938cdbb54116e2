import type { AuditArchive, PruneOptions } from '../../contracts/archive.ts'
import type { AuditEvent, AuditRecord, AuditSink } from '../../contracts/audit.ts'
import type { AuditHead } from '../../contracts/audit-link.ts'
import type { Clock } from '../../contracts/clock.ts'
import { ModelyardError } from '../../errors.ts'
import { headOf, Linker, type Linked } from './linker.ts'
import { Ranges } from './ranges.ts'
import type { Signer } from './signatures.ts'

/** A sink whose records are chained. `flush()` and `close()` end them with a head, and are those of the sink behind it. */
export interface ChainedAudit extends Required<AuditSink> {
  write(record: AuditRecord): Promise<void>
  /**
   * The last head that the sink behind has kept. Put where nobody can change it together with the records, it is what
   * `verifyAudit({ expect })` holds them against.
   */
  readonly head: AuditHead | undefined
  /**
   * Removes old records from the archive behind it, once it is written in the chain how far each chain is cut. Resolves to how many.
   * Rejects with a ModelyardError `BAD_OPTION` where the sink behind is no archive.
   */
  prune(options: Pick<PruneOptions, 'before'>): Promise<number>
}

/** What a {@link Chain} is made of. */
export interface ChainParts {
  readonly sink: AuditSink & Partial<AuditArchive>
  readonly signer: Signer | undefined
  readonly headEvery: { readonly records: number; readonly ms: number }
  readonly after: AuditHead | undefined
  readonly clock: Pick<Clock, 'wall' | 'setTimeout'>
}

/** How long the archive may take to say where its last chain has got to, before a chain begins without knowing. */
const patienceMs = 5_000
/** So that a record of heads stays as small as any other. */
const headsInOneRecord = 20

export class Chain implements ChainedAudit {
  readonly #parts: ChainParts
  readonly #linker: Linker
  /** What came before the chain could begin. */
  #early: (() => void)[] = []
  #beginning: Promise<void> | undefined
  #hasBegun = false
  /** Numbers that the sink has not taken and that the chain does not say so of. */
  readonly #lost = new Ranges()
  #sinceHead = 0
  #headTimer: Disposable | undefined
  #head: AuditHead | undefined
  #isClosed = false
  #closing: Promise<void> | undefined

  constructor(parts: ChainParts) {
    this.#parts = parts
    this.#linker = new Linker(parts.signer)
  }

  get head(): AuditHead | undefined {
    return this.#head
  }

  write(record: AuditRecord): Promise<void> {
    const written = this.#hasBegun ? this.#put(record) : this.#putLater(record)
    // Whoever does not wait for the write has not asked to be stopped by its failure.
    quietly(written)
    return written
  }

  async flush(): Promise<void> {
    await this.#beginning
    await Promise.all([this.#declareLost(), this.#endHead(), this.#parts.sink.flush?.()])
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async prune({ before }: Pick<PruneOptions, 'before'>): Promise<number> {
    const { sink } = this.#parts
    if (sink.prune === undefined)
      throw new ModelyardError('BAD_OPTION', 'chained(sink).prune(): the sink keeps no archive to remove records from.', {
        field: 'sink',
      })
    return sink.prune({ before, declare: (upTo) => this.#declarePruned(upTo) })
  }

  async #close(): Promise<void> {
    try {
      await this.#beginning
      const flushed = this.flush()
      this.#isClosed = true
      await flushed
    } finally {
      this.#headTimer?.[Symbol.dispose]()
      await this.#parts.sink.close?.()
    }
  }

  #putLater(record: AuditRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#early.push(() => void this.#put(record).then(resolve, reject))
      void this.#begin()
    })
  }

  #begin(): Promise<void> {
    this.#beginning ??= this.#started()
    return this.#beginning
  }

  async #started(): Promise<void> {
    const after = this.#parts.after ?? (await this.#lastInArchive())
    const { records } = this.#parts.headEvery
    quietly(this.#own({ type: 'chain.started', headEvery: records, ...(after !== undefined && { after }) }))
    this.#hasBegun = true
    // In one step, so that nothing that comes now gets ahead of it.
    for (const put of this.#early.splice(0)) put()
  }

  /** Where the chain before this one has got to, if the archive knows and says so soon. */
  async #lastInArchive(): Promise<AuditHead | undefined> {
    const { sink, clock } = this.#parts
    if (sink.lastLink === undefined) return undefined
    const late = Promise.withResolvers<undefined>()
    const timer = clock.setTimeout(() => late.resolve(undefined), patienceMs)
    try {
      const link = await Promise.race([sink.lastLink(), late.promise])
      return link && { chain: link.id, n: link.n, hash: link.hash }
    } catch {
      // An archive that cannot be read now may well take records later.
      return undefined
    } finally {
      timer[Symbol.dispose]()
    }
  }

  async #put(record: AuditRecord): Promise<void> {
    if (this.#isClosed) throw new Error('the audit chain is closed')
    const sent = this.#send(this.#linker.next(record))
    this.#countToHead()
    await sent
  }

  #countToHead(): void {
    const { headEvery, clock } = this.#parts
    this.#sinceHead += 1
    if (this.#sinceHead >= headEvery.records) quietly(this.#endHead())
    else this.#headTimer ??= clock.setTimeout(() => quietly(this.#endHead()), headEvery.ms)
  }

  /** A head over what came since the last one, if anything did. */
  async #endHead(): Promise<void> {
    this.#headTimer?.[Symbol.dispose]()
    this.#headTimer = undefined
    if (this.#sinceHead === 0) return
    this.#sinceHead = 0
    const { records } = this.#parts.headEvery
    try {
      this.#head = headOf(await this.#own({ type: 'chain.head', headEvery: records }))
    } catch (error) {
      // The next record brings another one.
      this.#sinceHead = records
      throw error
    }
  }

  async #own(event: AuditEvent): Promise<Linked> {
    const linked = this.#linker.own(event, new Date(this.#parts.clock.wall()).toISOString())
    await this.#send(linked)
    return linked
  }

  async #send(linked: Linked): Promise<void> {
    const { n } = linked.chain
    try {
      await this.#parts.sink.write(linked)
    } catch (error) {
      // Those after it are on their way and refer to it: all that is left is to say that it is missing.
      this.#lost.add({ from: n, to: n })
      throw error
    }
    quietly(this.#declareLost())
  }

  async #declareLost(): Promise<void> {
    if (this.#lost.isEmpty) return
    await Promise.all(
      this.#lost.take().map(async ({ from, to }) => {
        try {
          const told = this.#own({ type: 'chain.gap', from, to })
          this.#countToHead()
          await told
        } catch (error) {
          this.#lost.add({ from, to })
          throw error
        }
      }),
    )
  }

  async #declarePruned(upTo: readonly AuditHead[]): Promise<void> {
    await this.#begin()
    const parts = Array.from({ length: Math.ceil(upTo.length / headsInOneRecord) }, (_, index) =>
      upTo.slice(index * headsInOneRecord, (index + 1) * headsInOneRecord),
    )
    const told = parts.map((part) => this.#own({ type: 'chain.pruned', upTo: part }))
    this.#countToHead()
    await Promise.all(told)
    await this.#parts.sink.flush?.()
  }
}

/** What cannot be written is known by its number, and declared when something can be. */
function quietly(work: Promise<unknown>): void {
  work.catch(() => undefined)
}
