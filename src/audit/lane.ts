import type { AuditRecord, AuditSink } from '../contracts/audit.ts'

/**
 * The way to one sink: hands records over after the caller's own work, at most `limit` of them unfinished, and counts
 * what it could not deliver. Whatever the sink does, nothing is thrown.
 */
export class Lane {
  readonly #sink: AuditSink
  readonly #limit: number
  readonly #onRecovered: (lost: number) => void
  #waiting: AuditRecord[] = []
  readonly #writing = new Map<AuditRecord, Promise<void>>()
  #untold = 0
  #lost = 0

  constructor(sink: AuditSink, limit: number, onRecovered: (lost: number) => void) {
    this.#sink = sink
    this.#limit = limit
    this.#onRecovered = onRecovered
  }

  /** How many records the sink never got, or failed to keep. */
  get lost(): number {
    return this.#lost
  }

  offer(record: AuditRecord): void {
    if (this.#waiting.length + this.#writing.size >= this.#limit) return this.#lose()
    this.#waiting.push(record)
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
      else this.#keep()
    } catch {
      this.#lose()
    }
  }

  async #settle(record: AuditRecord, written: PromiseLike<unknown>): Promise<void> {
    try {
      await written
      if (this.#writing.delete(record)) this.#keep()
    } catch {
      if (this.#writing.delete(record)) this.#lose()
    }
  }

  #lose(): void {
    this.#lost += 1
    this.#untold += 1
  }

  #keep(): void {
    // At half the limit, so that a sink at its limit is not told of every single record it missed.
    if (this.#untold === 0 || this.#writing.size > this.#limit / 2) return
    const untold = this.#untold
    this.#untold = 0
    this.#onRecovered(untold)
  }
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
