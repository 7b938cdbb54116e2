import type { AuditRecord, AuditSink } from '../contracts/audit.ts'

/** How a lane keeps what its sink has not finished. */
export interface LaneOptions {
  /** The most records that may be unfinished. */
  readonly limit: number
  /** Takes records of requests beyond that: these were let in, and nothing of them is to be lost. */
  readonly keepsRequests: boolean
  /** The sink works again, and has missed so many. */
  readonly onRecovered: (lost: number) => void
  /** A record is finished, or lost. */
  readonly onProgress: () => void
}

// Of content and what else may be erased; without it a record is small.
const mostBytes = 64 * 1024 * 1024

/**
 * The way to one sink: hands records over after the caller's own work, at most so many of them unfinished, and counts what it could
 * not deliver. Whatever the sink does, nothing is thrown.
 */
export class Lane {
  readonly #sink: AuditSink
  readonly #options: LaneOptions
  #waiting: AuditRecord[] = []
  readonly #writing = new Map<AuditRecord, Promise<void>>()
  #bytes = 0
  #untold = 0
  #lost = 0

  constructor(sink: AuditSink, options: LaneOptions) {
    this.#sink = sink
    this.#options = options
  }

  /** How many more records may come before new requests have to wait: the other half of the limit is for those under way. */
  get room(): number {
    return this.#bytes > mostBytes / 2 ? 0 : this.#options.limit / 2 - this.waiting
  }

  /** How many records the sink never got, or failed to keep. */
  get lost(): number {
    return this.#lost
  }

  /** How many the sink has not taken yet. */
  get waiting(): number {
    return this.#waiting.length + this.#writing.size
  }

  offer(record: AuditRecord): void {
    const isFull = this.waiting >= this.#options.limit || this.#bytes > mostBytes
    if (isFull && !(this.#options.keepsRequests && record.requestId !== undefined)) return this.#lose()
    this.#waiting.push(record)
    this.#bytes += bytesOf(record)
    if (this.#waiting.length === 1) queueMicrotask(() => this.#handOver())
  }

  /** Resolves when all that was offered before is written or lost, and the sink has flushed. */
  async flush(): Promise<void> {
    this.#handOver()
    // A sink that waits for its next try makes it now; what it has only then, it is asked for again.
    const early = this.#writing.size > 0 ? quietly(() => this.#sink.flush?.()) : undefined
    await Promise.all([...this.#writing.values(), early])
    // What the recovery added.
    this.#handOver()
    await Promise.all(this.#writing.values())
    await quietly(() => this.#sink.flush?.())
  }

  async close(): Promise<void> {
    await quietly(() => this.#sink.close?.())
  }

  /** What the sink has not said to have kept by now counts as lost, whatever it says later. */
  abandon(): void {
    this.#lost += this.#waiting.length + this.#writing.size
    this.#waiting = []
    this.#writing.clear()
  }

  #handOver(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const record of waiting) this.#write(record)
  }

  #write(record: AuditRecord): void {
    try {
      const written = this.#sink.write(record)
      if (isThenable(written)) this.#writing.set(record, this.#settle(record, written))
      else this.#finish(record, true)
    } catch {
      this.#finish(record, false)
    }
  }

  async #settle(record: AuditRecord, written: PromiseLike<unknown>): Promise<void> {
    try {
      await written
      if (this.#writing.delete(record)) this.#finish(record, true)
    } catch {
      if (this.#writing.delete(record)) this.#finish(record, false)
    }
  }

  #finish(record: AuditRecord, isKept: boolean): void {
    this.#bytes -= bytesOf(record)
    if (isKept) this.#keep()
    else this.#lose()
    this.#options.onProgress()
  }

  #lose(): void {
    this.#lost += 1
    this.#untold += 1
  }

  #keep(): void {
    // At half the limit, so that a sink at its limit is not told of every single record it missed.
    if (this.#untold === 0 || this.#writing.size > this.#options.limit / 2) return
    const untold = this.#untold
    this.#untold = 0
    this.#options.onRecovered(untold)
  }
}

function bytesOf({ personal }: AuditRecord): number {
  return (personal?.content?.length ?? 0) + (personal?.sealed?.length ?? 0)
}

// What fails in a sink is the sink's own affair: no caller waits for it and none could do anything about it.
async function quietly(run: () => Promise<void> | undefined): Promise<void> {
  try {
    await run()
  } catch {
    // Counted where it cost a record.
  }
}

// A sink from JavaScript may return anything, such as what Array.prototype.push gives.
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value
}
