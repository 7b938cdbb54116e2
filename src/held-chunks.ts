import type { ChatCompletionChunk } from './contracts/chat.ts'
import { RouterFault } from './errors.ts'

/** How much is held back at most. */
export interface HoldLimit {
  readonly chunks: number
  /** Of their JSON. */
  readonly bytes: number
}

/** What a vendor may send before its first content; more is a fault of its own. */
export const beginningLimit: HoldLimit = { chunks: 64, bytes: 256 * 1024 }

/** A whole answer that is held back until its end. */
export const bufferLimit: HoldLimit = { chunks: Infinity, bytes: 16 * 1024 * 1024 }

/** Chunks that the caller has not been given. */
export class HeldChunks {
  #chunks: ChatCompletionChunk[] = []
  #next = 0
  #bytes = 0

  get isEmpty(): boolean {
    return this.#next === this.#chunks.length
  }

  /** @throws RouterFault `malformed` where there are too many, or they are too large. */
  add(chunk: ChatCompletionChunk, limit: HoldLimit): void {
    this.#bytes += Buffer.byteLength(JSON.stringify(chunk))
    if (this.#chunks.length >= limit.chunks || this.#bytes > limit.bytes)
      throw new RouterFault('malformed', `More came than is held back: ${this.#chunks.length} chunks, ${this.#bytes} bytes.`)
    this.#chunks.push(chunk)
  }

  /** The first of them, which is then held no longer. */
  take(): ChatCompletionChunk | undefined {
    const chunk = this.#chunks[this.#next]
    this.#next += 1
    if (this.#next >= this.#chunks.length) this.drop()
    return chunk
  }

  /** As {@link take}, without taking it. */
  get first(): ChatCompletionChunk | undefined {
    return this.#chunks[this.#next]
  }

  /** All of them, in order. */
  get chunks(): readonly ChatCompletionChunk[] {
    return this.#chunks.slice(this.#next)
  }

  /** Puts others in their place. */
  change(change: (chunks: readonly ChatCompletionChunk[]) => ChatCompletionChunk[]): void {
    this.#chunks = change(this.#chunks.slice(this.#next))
    this.#next = 0
  }

  drop(): void {
    this.#chunks = []
    this.#next = 0
    this.#bytes = 0
  }
}
