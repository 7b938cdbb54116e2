import type { Clock } from '../../contracts/clock.ts'
import { connected, type PgPool } from '../../postgres.ts'
import { KeyStoreError } from '../failure.ts'
import type { MasterKeyRing } from '../master/ring.ts'
import { openStore } from '../sealed/contents.ts'
import { snapshotOf, type Snapshot } from '../sealed/snapshot.ts'
import { NoAnswer, onConnection, within } from './connection.ts'
import { noKeys, readingFault } from './faults.ts'
import { stateIn, storedIn, type Statements } from './table.ts'

/** What reading takes. */
export interface ReaderParts {
  readonly pool: PgPool
  readonly statements: Statements
  readonly ring: MasterKeyRing
  readonly clock: Pick<Clock, 'now' | 'setTimeout'>
  /** How long the database may take. */
  readonly waitMs: number
  readonly onError: ((error: KeyStoreError) => void) | undefined
}

/** What could not be read is tried again after so long, in ms. */
const retryMs = 1_000
/** Calls do not wait for a database that was away so shortly before, in ms: they look whether it is back, for those that follow. */
const awayMs = 10_000

/** What a look at the table has found: its state and, where that is not known yet, its rows. */
interface Look {
  readonly state: string
  readonly rows: readonly unknown[] | undefined
}

/** The table as it is now and, where it can no longer be read, as it was when it last could. */
export class Reader {
  readonly #parts: ReaderParts
  #good: Snapshot | undefined
  /** The database did not answer. */
  #away: { readonly at: number; readonly error: unknown } | undefined
  /** It did, with what could not be opened. */
  #broken: { readonly state: string; readonly at: number; readonly error: unknown } | undefined
  /** The look that has not begun yet: whoever comes before it does shares it. */
  #next: Promise<Snapshot> | undefined
  #last: Promise<unknown> = Promise.resolve()
  /** A question that nobody waits for any more may still wait for its connection: one at a time. */
  #asking: Promise<unknown> = Promise.resolve()

  constructor(parts: ReaderParts) {
    this.#parts = parts
  }

  /** Whether this process has ever read keys from the table. */
  get wasThere(): boolean {
    return this.#good !== undefined
  }

  /** For calls: one short statement, which those that come at the same time share, as long as nothing has changed. */
  async latest(): Promise<Snapshot> {
    const looked = this.#shared().catch((error: unknown) => {
      if (this.#good === undefined) throw error
      return this.#good
    })
    return this.#good !== undefined && this.#awayFor() < awayMs ? this.#good : looked
  }

  /** For whoever must know: what cannot be read rejects. */
  async read(): Promise<Snapshot> {
    try {
      const { rows = [] } = await this.#asked(() => false)
      return await this.#opened(rows)
    } catch (error) {
      throw readingFault(error)
    }
  }

  #shared(): Promise<Snapshot> {
    if (this.#next !== undefined) return this.#next
    const look = this.#last.then(() => {
      this.#next = undefined
      return this.#look()
    })
    this.#next = look
    this.#last = look.catch(() => undefined)
    return look
  }

  async #look(): Promise<Snapshot> {
    if (this.#away !== undefined && this.#awayFor() < retryMs) throw this.#away.error
    const { state, rows } = await this.#asked((found) => found === this.#good?.state || this.#isBroken(found)).catch(
      (error: unknown) => {
        throw this.#noteAway(readingFault(error))
      },
    )
    if (rows !== undefined)
      return this.#opened(rows).catch((error: unknown) => {
        throw this.#noteBroken(state, readingFault(error))
      })
    if (this.#good?.state !== state) throw this.#broken?.error
    this.#broken = undefined
    return this.#good
  }

  /** What the table holds, unless its state is one that is known. The database may take so long for it and no longer. */
  async #asked(isKnown: (state: string) => boolean): Promise<Look> {
    const { clock, waitMs } = this.#parts
    let isWanted = true
    const asking = this.#asking.then(() => this.#ask(isKnown, () => isWanted))
    this.#asking = asking.catch(() => undefined)
    try {
      const look = await within(asking, { ms: waitMs, clock })
      this.#away = undefined
      return look
    } finally {
      isWanted = false
    }
  }

  #ask(isKnown: (state: string) => boolean, isWanted: () => boolean): Promise<Look> {
    const { clock, pool, statements, waitMs } = this.#parts
    return onConnection({
      connect: () => (isWanted() ? connected(pool) : Promise.reject(new NoAnswer(waitMs))),
      limit: { ms: waitMs, clock },
      mayAgain: isWanted,
      async run(queries) {
        const state = stateIn((await queries.query(statements.state)).rows)
        return { state, rows: isKnown(state) ? undefined : (await queries.query(statements.read)).rows }
      },
    })
  }

  async #opened(rows: readonly unknown[]): Promise<Snapshot> {
    const stored = storedIn(rows)
    if (stored === undefined) throw noKeys(this.wasThere)
    this.#good = await snapshotOf(stored.state, await openStore(stored.sealed, this.#parts.ring), this.#good)
    this.#broken = undefined
    return this.#good
  }

  #awayFor(): number {
    return this.#away === undefined ? Number.POSITIVE_INFINITY : this.#parts.clock.now() - this.#away.at
  }

  #isBroken(state: string): boolean {
    return this.#broken?.state === state && this.#parts.clock.now() - this.#broken.at < retryMs
  }

  #noteAway(error: unknown): unknown {
    if (this.#away === undefined) this.#tell(error)
    this.#away = { at: this.#parts.clock.now(), error }
    return error
  }

  #noteBroken(state: string, error: unknown): unknown {
    if (this.#broken?.state !== state) this.#tell(error)
    this.#broken = { state, at: this.#parts.clock.now(), error }
    return error
  }

  #tell(error: unknown): void {
    if (this.#good === undefined || !(error instanceof KeyStoreError)) return
    try {
      this.#parts.onError?.(error)
    } catch {
      // The caller's function fails on its own account.
    }
  }
}
