import type { ContentJob, Keeping, KeptContent } from '../contracts/content.ts'

/** What a pile of contents works with. */
export interface ContentsParts {
  /** Takes all there is: requests were let in only as long as there was room. */
  readonly keepsAll: boolean
  /** Something is ready, or lost. */
  readonly onProgress: () => void
}

interface RecordedJob extends ContentJob {
  /** Writes the record. */
  readonly onKept: (kept: KeptContent) => void
}

const mostBytes = 64 * 1024 * 1024
// What a piece of content takes besides its text.
const bytesOfAJob = 1_024

/** Contents on their way into the trail. Each begins in a turn of its own, so that no caller waits for it; what goes wrong is counted. */
export class Contents {
  readonly #parts: ContentsParts
  readonly #jobs = new Set<Promise<void>>()
  #bytes = 0
  #lost = 0
  #isAbandoned = false

  constructor(parts: ContentsParts) {
    this.#parts = parts
  }

  /** How many did not become a record. */
  get lost(): number {
    return this.#lost
  }

  get isEmpty(): boolean {
    return this.#jobs.size === 0
  }

  /** Whether there is room for the contents of further requests. */
  get hasRoom(): boolean {
    return this.#bytes < mostBytes / 2
  }

  /** Resolves when it is written or lost. */
  add(job: RecordedJob): Promise<void> {
    const done = this.#run(job).finally(() => {
      this.#jobs.delete(done)
      this.#parts.onProgress()
    })
    this.#jobs.add(done)
    return done
  }

  /** Resolves when all that was added is written or lost. */
  async settled(): Promise<void> {
    while (this.#jobs.size > 0) await Promise.all(this.#jobs)
  }

  /** What is not ready by now counts as lost. */
  abandon(): void {
    this.#lost += this.#jobs.size
    this.#jobs.clear()
    this.#isAbandoned = true
  }

  async #run({ by, content, scrub, after, onKept }: RecordedJob): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    let bytes = 0
    try {
      const keeping = this.#begun(by.keep(content, scrub))
      bytes = keeping.bytes + bytesOfAJob
      const [kept] = await Promise.all([keeping.kept, after])
      if (!this.#isAbandoned) onKept(kept)
    } catch {
      if (!this.#isAbandoned) this.#lost += 1
    } finally {
      this.#bytes -= bytes
    }
  }

  #begun(keeping: Keeping): Keeping {
    if (!this.#parts.keepsAll && this.#bytes > mostBytes) {
      keeping.kept.catch(() => undefined)
      throw new RangeError('too much content at once')
    }
    this.#bytes += keeping.bytes + bytesOfAJob
    return keeping
  }
}
