import type { Clock } from '../../contracts/clock.ts'
import { ModelyardError } from '../../errors.ts'

/** What a {@link RowQueue} works with. */
export interface QueueParts<Row> {
  /** Writes rows for good; those that are there already stay as they are. */
  readonly append: (rows: readonly Row[]) => Promise<void>
  /** Whether that error is about the rows themselves, so that trying again would be in vain. */
  readonly isAboutRows: (error: unknown) => boolean
  readonly clock: Pick<Clock, 'setTimeout'>
}

/** The most that go in one batch. */
const batchSize = 500
/** The most that wait, of all routers that share the sink: about 100 MB at worst. */
const mostWaiting = 25_000
/** How long a batch may take before it is tried again. */
const patienceMs = 10_000
/** How long after a failure the next try is made; twice as long after each further one. */
const firstPauseMs = 500
const longestPauseMs = 30_000

interface Entry<Row> {
  readonly row: Row
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * The way of rows to a table that may be away: batches one after the other in order, each until it is written. Whatever comes
 * while one is under way makes the next one.
 */
export class RowQueue<Row> {
  readonly #parts: QueueParts<Row>
  #waiting: Entry<Row>[] = []
  #sending: Promise<void> | undefined
  #pause: Disposable | undefined
  #pauseMs = firstPauseMs
  #failure: unknown
  #isClosed = false

  constructor(parts: QueueParts<Row>) {
    this.#parts = parts
  }

  /** Resolves when the row is written. Rejects where it cannot be made or written, where too many wait, and where the queue is closed. */
  add(makeRow: () => Row): Promise<void> {
    const added = new Promise<void>((resolve, reject) => {
      if (this.#isClosed) throw new Error('the audit sink is closed')
      if (this.#waiting.length >= mostWaiting) throw new Error('the audit table cannot keep up')
      this.#waiting.push({ row: makeRow(), resolve, reject })
      if (this.#pause === undefined) this.#send()
    })
    // Whoever does not wait for the write has not asked to be stopped by its failure.
    added.catch(() => undefined)
    return added
  }

  /** Tries at once, also in a pause. Rejects where that has failed; what waits goes on waiting. */
  async flush(): Promise<void> {
    const last = this.#waiting.at(-1)
    if (last === undefined) return
    this.#send()
    await this.#sending
    if (this.#waiting.includes(last))
      throw ModelyardError.is(this.#failure)
        ? this.#failure
        : new Error('the audit table cannot be reached', { cause: this.#failure })
  }

  /** One more try; what cannot be written then is given up, and so is what comes later. */
  async close(): Promise<void> {
    try {
      await this.flush()
    } finally {
      this.#isClosed = true
      this.#endPause()
      for (const { reject } of this.#waiting.splice(0))
        reject(new Error('the audit sink was closed before the record could be written'))
    }
  }

  #send(): void {
    if (this.#sending !== undefined) return
    this.#endPause()
    this.#sending = this.#drain()
  }

  async #drain(): Promise<void> {
    // Whatever is written in the same turn goes into the same batch.
    await Promise.resolve()
    for (let size = batchSize; size > 0 && this.#waiting.length > 0;) size = await this.#sent(this.#waiting.slice(0, size))
    // In the same step as the last look, so that a row that comes now begins anew.
    this.#sending = undefined
  }

  /** Writes a batch; how large the next one may be, 0 for none now. */
  async #sent(batch: readonly Entry<Row>[]): Promise<number> {
    try {
      await this.#patiently(this.#parts.append(batch.map(({ row }) => row)))
      for (const { resolve } of this.#waiting.splice(0, batch.length)) resolve()
      this.#pauseMs = firstPauseMs
      return Math.min(batchSize, batch.length * 2)
    } catch (error) {
      if (!this.#parts.isAboutRows(error)) {
        this.#failure = error
        this.#rest()
        return 0
      }
      // Smaller and smaller, until the one that is at fault goes alone.
      if (batch.length === 1) this.#waiting.shift()?.reject(error)
      return Math.ceil(batch.length / 2)
    }
  }

  #rest(): void {
    if (this.#isClosed) return
    this.#pause = this.#parts.clock.setTimeout(() => this.#send(), this.#pauseMs)
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2)
  }

  #endPause(): void {
    this.#pause?.[Symbol.dispose]()
    this.#pause = undefined
  }

  async #patiently(work: Promise<void>): Promise<void> {
    const late = Promise.withResolvers<never>()
    const timer = this.#parts.clock.setTimeout(() => late.reject(new Error('the audit table is slow')), patienceMs)
    try {
      await Promise.race([work, late.promise])
    } finally {
      timer[Symbol.dispose]()
    }
  }
}
