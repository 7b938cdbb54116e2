import type { AfterCommit, ContinueWith } from './after-commit.ts'
import { canBeContinued, continuation, joined, successorOf } from './after-commit.ts'
import type { ChatCompletionChunk, ChatRequest } from './contracts/chat.ts'
import type { HeldChunks } from './held-chunks.ts'
import type { Cut } from './interruption.ts'
import type { Journey } from './journey.ts'
import type { Target } from './resolve.ts'
import { restartChunk } from './restart.ts'

/** How a stream goes on at another target after the caller has seen some of it. */
export interface Resumption {
  /** Whether it can, after this break. */
  mayFollow(cut: Cut): boolean
  /** What the next target is asked. @throws Declined where it is not to be asked. */
  requestFor(cut: Cut, target: Target): Promise<ChatRequest>
  /** The first content of an attempt is about to be handed over, `cut` being what was handed over before. */
  begins(held: HeldChunks, cut: Cut | undefined): void
  /** A further chunk of an attempt behind a cut, as the caller is to see it. */
  follows(chunk: ChatCompletionChunk): ChatCompletionChunk
  /** What of the text before a cut still stands at the next one. */
  textBefore(cut: Cut): string
}

/** The caller's function wants nobody to go on, or failed: `cause` is what it threw. */
export class Declined extends Error {}

export function resumptionOf(afterCommit: AfterCommit, request: ChatRequest, journey: Journey): Resumption | undefined {
  if (afterCommit === 'restart') return restarting(request)
  return typeof afterCommit === 'string' ? undefined : new Continuing(afterCommit.continueWith, request, journey)
}

/** Behind a break that the caller has seen: finds out what the next target is to be asked, before it is. */
export function preparationOf(
  resumption: Resumption | undefined,
  cut: Cut | undefined,
  set: (request: ChatRequest) => void,
): ((target: Target) => Promise<void>) | undefined {
  if (cut === undefined || resumption === undefined) return undefined
  return async (target) => set(await resumption.requestFor(cut, target))
}

function restarting(request: ChatRequest): Resumption {
  return {
    mayFollow: () => true,
    requestFor: () => Promise.resolve(request),
    begins(held, cut) {
      const { first } = held
      if (cut !== undefined && first !== undefined) held.change((chunks) => [restartChunk(first, request.n ?? 1), ...chunks])
    },
    follows: (chunk) => chunk,
    textBefore: () => '',
  }
}

class Continuing implements Resumption {
  readonly #continueWith: ContinueWith
  readonly #request: ChatRequest
  readonly #journey: Journey
  /** The chunk with which the stream began: what follows is given its id and model. */
  #head: ChatCompletionChunk | undefined

  constructor(continueWith: ContinueWith, request: ChatRequest, journey: Journey) {
    this.#continueWith = continueWith
    this.#request = request
    this.#journey = journey
  }

  mayFollow({ reading }: Cut): boolean {
    return canBeContinued(this.#request, reading.progress)
  }

  async requestFor(cut: Cut, target: Target): Promise<ChatRequest> {
    const { messages } = this.#request
    const text = cut.textBefore + cut.reading.progress.text
    const asked = async (): Promise<Awaited<ReturnType<ContinueWith>>> =>
      this.#continueWith({ messages, text }, successorOf(target))
    try {
      const given = await this.#journey.patiently(asked())
      if (given !== undefined) return continuation(this.#request, given)
    } catch (cause) {
      throw new Declined('The caller gave no messages to go on with.', { cause })
    }
    throw new Declined('The caller wants nobody to go on.')
  }

  begins(held: HeldChunks, cut: Cut | undefined): void {
    this.#head ??= held.first
    // Of what a vendor sends before its first content nothing belongs to an answer that has begun.
    if (cut !== undefined) held.change((chunks) => chunks.slice(-1).map((chunk) => this.follows(chunk)))
  }

  follows(chunk: ChatCompletionChunk): ChatCompletionChunk {
    return this.#head === undefined ? chunk : joined(chunk, this.#head)
  }

  textBefore({ textBefore, reading }: Cut): string {
    return textBefore + reading.progress.text
  }
}
