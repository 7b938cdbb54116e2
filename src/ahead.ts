import type { ChatCompletionChunk } from './contracts/chat.ts'
import { HeldChunks, beginningLimit } from './held-chunks.ts'
import { Progress } from './progress.ts'
import { endless, noChunk } from './stream-faults.ts'

type ChunkResult = IteratorResult<ChatCompletionChunk>

/** The beginning of a stream, read to see when its content comes. */
export class Ahead {
  readonly #held = new HeldChunks()
  readonly #progress = new Progress()

  /** True with the first content. @throws RouterFault where the stream ends before it, or has no chunk, or too many. */
  add(result: ChunkResult): boolean {
    if (result.done === true) throw endless()
    const bears = this.#observe(result.value)
    this.#held.add(result.value, beginningLimit)
    return bears
  }

  #observe(chunk: ChatCompletionChunk): boolean {
    try {
      return this.#progress.observe(chunk)
    } catch (cause) {
      throw noChunk(cause)
    }
  }

  /** The first of what was read, which is then given no more. */
  take(): ChunkResult | undefined {
    if (this.#held.isEmpty) return undefined
    const value = this.#held.take()
    return value === undefined ? undefined : { value, done: false }
  }
}
