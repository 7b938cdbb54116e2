import type { Attempt } from './attempt.ts'
import type { Journey } from './journey.ts'
import { nothingSpent } from './runtime.ts'

/**
 * The body of a forwarded answer on its way to the caller: nothing is read ahead, nothing is changed. Its end, its breaking
 * off or the caller's leaving settles the request, once.
 */
export class Passage {
  readonly #journey: Journey
  readonly #attempt: Attempt
  readonly #body: ReadableStream<Uint8Array>
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #over = false

  constructor(journey: Journey, attempt: Attempt, body: ReadableStream<Uint8Array>) {
    this.#journey = journey
    this.#attempt = attempt
    this.#body = body
    attempt.onStop(() => this.#left())
  }

  /** What the caller reads. The passage holds no reference to it, so that whoever drops it unread is noticed. */
  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      { pull: (controller) => this.#pull(controller), cancel: () => this.leave() },
      { highWaterMark: 0 },
    )
  }

  /** The caller is gone: closes the connection. */
  leave(): void {
    if (!this.#over) this.#journey.abort()
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      this.#reader ??= this.#body.getReader()
      const { done, value } = await this.#attempt.until(this.#reader.read())
      if (!done) {
        controller.enqueue(value)
        return
      }
      this.#over = true
      this.#journey.succeed(this.#attempt, { account: nothingSpent, model: this.#attempt.target.model })
      controller.close()
    } catch (error) {
      controller.error(this.#broken(error))
    }
  }

  /** As reading an aborted or broken body of `fetch` fails: the OpenAI client tells the two apart by it. */
  #broken(error: unknown): unknown {
    if (this.#attempt.stopped !== undefined) return new DOMException('This operation was aborted', 'AbortError')
    this.#over = true
    this.#journey.end(this.#journey.fail(this.#attempt, error, nothingSpent))
    return error
  }

  #left(): void {
    if (this.#over) return
    this.#over = true
    this.#journey.fail(this.#attempt, undefined, nothingSpent)
    this.#journey.cancel()
  }
}
