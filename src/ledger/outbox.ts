import type { Clock } from '../contracts/clock.ts'
import type { BookedEntry, LedgerStore } from '../contracts/ledger.ts'

/** Whoever wants to know where the store is. */
export interface StoreListener {
  /** It is away. `code`: what its error says, where it says something. */
  readonly lost: (code: string | undefined) => void
  readonly regained: (awayMs: number) => void
}

/** What an {@link Outbox} works with. */
export interface OutboxParts {
  readonly store: Pick<LedgerStore, 'append'>
  readonly clock: Clock
  readonly listener: StoreListener
}

/** Entries gather for so long: one trip to the store for many calls. */
const gatherMs = 100
/** The most that go in one batch. */
const batchSize = 500
/** The most that wait, a few tens of megabytes; newer ones are dropped and counted. */
const mostWaiting = 100_000
/** How long the store may take for a batch. It is idempotent: the batch comes again, whatever became of it. */
const patienceMs = 10_000
/** How long after a failure it is tried again; twice as long after each further one. */
const firstPauseMs = 500
const longestPauseMs = 30_000
/** How long `flush()` waits where the store gives no answer. */
const drainMs = 5000

/**
 * The way of entries to a store, behind the requests: batches one after the other in order, each until it is durable. What the
 * store does delays nobody and costs no entry, until more wait than may.
 */
export class Outbox {
  readonly #store: Pick<LedgerStore, 'append'>
  readonly #clock: Clock
  readonly #listener: StoreListener
  #waiting: BookedEntry[] = []
  #sending: Promise<void> | undefined
  #timer: Disposable | undefined
  #pauseMs = firstPauseMs
  #lostAt: number | undefined
  #dropped = 0
  #isClosed = false

  constructor({ store, clock, listener }: OutboxParts) {
    this.#store = store
    this.#clock = clock
    this.#listener = listener
  }

  /** How many entries are not durable yet. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** How many were dropped, for too many waited. */
  get dropped(): number {
    return this.#dropped
  }

  add(entry: BookedEntry): void {
    if (this.#waiting.length >= mostWaiting || this.#isClosed) {
      this.#dropped += 1
      return
    }
    this.#waiting.push(entry)
    if (this.#sending === undefined) this.#gather()
  }

  /** A store that is away has its timer already. */
  #gather(): void {
    if (this.#lostAt !== undefined) return
    if (this.#waiting.length >= batchSize) this.#send()
    else this.#timer ??= this.#clock.setTimeout(() => this.#send(), gatherMs)
  }

  /** Resolves when everything that waits is durable, or once a try has failed or taken too long. Never rejects. */
  async flush(): Promise<void> {
    const late = Promise.withResolvers<undefined>()
    const timer = this.#clock.setTimeout(() => late.resolve(undefined), drainMs, { hold: true })
    this.#send()
    await Promise.race([this.#sending, late.promise])
    timer[Symbol.dispose]()
  }

  /** As {@link flush}; what could not be written is counted as dropped, and so is what comes later. */
  async close(): Promise<void> {
    await this.flush()
    this.#isClosed = true
    this.#timer?.[Symbol.dispose]()
    this.#dropped += this.#waiting.length
    this.#waiting = []
  }

  #send(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = undefined
      // What came after the last look.
      if (this.#waiting.length > 0) this.#gather()
    })
  }

  /** Batch after batch, until none is left or one fails. */
  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, batchSize)
      try {
        await this.#patiently(this.#store.append(batch))
      } catch (error) {
        this.#failed(error)
        return
      }
      this.#waiting.splice(0, batch.length)
      this.#succeeded()
      if (this.#isClosed) return
    }
  }

  async #patiently(work: Promise<void>): Promise<void> {
    const late = Promise.withResolvers<never>()
    const timer = this.#clock.setTimeout(() => late.reject(new Error('The store is slow.')), patienceMs)
    try {
      await Promise.race([work, late.promise])
    } finally {
      timer[Symbol.dispose]()
    }
  }

  #succeeded(): void {
    this.#pauseMs = firstPauseMs
    if (this.#lostAt === undefined) return
    const awayMs = this.#clock.now() - this.#lostAt
    this.#lostAt = undefined
    this.#listener.regained(awayMs)
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return
    this.#timer = this.#clock.setTimeout(() => this.#send(), this.#pauseMs)
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2)
    if (this.#lostAt !== undefined) return
    this.#lostAt = this.#clock.now()
    this.#listener.lost(codeOf(error))
  }
}

/** `ECONNREFUSED`, `NO_TABLE`: a word of the store's, never its message. */
function codeOf(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^\w{1,40}$/.test(code) ? code : undefined
}
