import type { RequestNotes } from './content-notes.ts'
import type { ChatCompletionChunk, ChatRequest } from './contracts/chat.ts'
import { HeldChunks, beginningLimit, bufferLimit } from './held-chunks.ts'
import type { Cut } from './interruption.ts'
import type { Journey } from './journey.ts'
import type { Reading } from './reading.ts'
import type { Resumption } from './resumption.ts'

/** What of a stream the caller may have: nothing before the first content or, where the answer is buffered, before its end. */
export class Outlet {
  readonly #held = new HeldChunks()
  readonly #wantsUsage: boolean
  readonly #buffers: boolean
  readonly #resumption: Resumption | undefined
  /** Told of every chunk that the caller may have. */
  readonly #notes: RequestNotes | undefined
  #released = false
  /** What the caller has seen already, where this is not the first attempt that it sees. */
  #cut: Cut | undefined

  constructor({ stream_options }: ChatRequest, { options, runtime, journal }: Journey, resumption: Resumption | undefined) {
    this.#wantsUsage = stream_options?.include_usage === true
    this.#buffers = options.failover.afterCommit === 'buffer'
    this.#resumption = resumption
    this.#notes = runtime.notes?.of(journal.id)
  }

  /** Whether what comes may be given to the caller. */
  get released(): boolean {
    return this.#released
  }

  /** Whether something that was held back is to be given first. */
  get hasHeld(): boolean {
    return this.#released && !this.#held.isEmpty
  }

  take(): ChatCompletionChunk | undefined {
    return this.#held.take()
  }

  /** What is held back, for whoever looks at it before the caller does. */
  get heldBack(): readonly ChatCompletionChunk[] {
    return this.#held.chunks
  }

  /** Gives what was held back before, in place of what is held back now. */
  restore(chunks: readonly ChatCompletionChunk[]): void {
    this.#held.change(() => [...chunks])
    this.#released = true
    this.#noteHeld()
  }

  /** Nobody is to be given what is held back. */
  drop(): void {
    this.#held.drop()
  }

  /** Another attempt begins, behind what the caller has seen. */
  close(cut: Cut | undefined): void {
    this.#held.drop()
    this.#released = false
    this.#cut = cut
  }

  /**
   * Takes note of a chunk and puts it with what is held back; true when it is the first with content, and all may be given.
   *
   * @throws RouterFault `malformed` where more has come than is held back; TypeError where it is no chunk.
   */
  hold(reading: Reading, chunk: ChatCompletionChunk): boolean {
    const begins = reading.note(chunk)
    if (this.hides(reading, chunk)) return false
    this.#held.add(chunk, reading.progress.committed ? bufferLimit : beginningLimit)
    return begins && !this.#buffers
  }

  /** Usage that the caller did not ask for. */
  hides({ usage }: Reading, { choices }: ChatCompletionChunk): boolean {
    return choices.length === 0 && usage !== undefined && !this.#wantsUsage
  }

  release(): void {
    this.#released = true
    this.#resumption?.begins(this.#held, this.#cut)
    this.#noteHeld()
  }

  /** A chunk that comes when everything before it has been given, as the caller is to see it. */
  follows(chunk: ChatCompletionChunk): ChatCompletionChunk {
    const seen = this.#cut === undefined || this.#resumption === undefined ? chunk : this.#resumption.follows(chunk)
    this.#notes?.chunk(seen)
    return seen
  }

  #noteHeld(): void {
    if (this.#notes !== undefined) for (const chunk of this.#held.chunks) this.#notes.chunk(chunk)
  }
}
