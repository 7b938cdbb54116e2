import { AttemptError } from '../../errors.ts'
import type { RuntimeClient } from './sdk.ts'

/** How often a runtime that is at work is asked whether it is still there, in ms. */
const beatMs = 1000
/** How long one that was idle may take to say that it is there, in ms. */
const patienceMs = 5000
/** How long sessions may take to be gone before their runtime is ended under them, in ms. */
const graceMs = 1000

/**
 * How much memory a runtime may have lost before it is replaced, and what a session costs it for good: 200 kB and seven times
 * its prompt (measured with the runtime of @github/copilot-sdk 1.0.14, every session deleted).
 */
const wear = { most: 256e6, session: 200e3, perByte: 7 }

/** A runtime as something built it. */
export interface Hosted {
  readonly client: RuntimeClient
  /** Ends it and frees what it holds. */
  close(): Promise<void>
}

/** What a session needs of a runtime. */
export interface Use {
  readonly promptBytes: number
  /** Told, if the runtime ends before the session. */
  readonly onLost: (lost: AttemptError) => void
}

/** A runtime in use. */
export interface Lease extends Disposable {
  readonly client: RuntimeClient
}

/** A running runtime and the sessions that use it. */
export class Runtime {
  readonly #hosted: Hosted
  readonly #onClosed: () => void
  readonly #users = new Set<Use>()
  #beat: NodeJS.Timeout | undefined
  #isAsked = false
  #worn = 0
  #isRetired = false
  #onIdle: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(hosted: Hosted, onClosed: () => void) {
    this.#hosted = hosted
    this.#onClosed = onClosed
  }

  /** Whether a new one should take its place: it has lost too much memory, has died, or ends with its last session. */
  get isSpent(): boolean {
    return this.#isRetired || this.#worn >= wear.most
  }

  get isIdle(): boolean {
    return this.#users.size === 0
  }

  /** Whether it answers. One that is at work is watched anyway. */
  async answers(): Promise<boolean> {
    if (!this.isIdle) return true
    const silence = new Promise<false>((resolve) => void setTimeout(resolve, patienceMs, false).unref())
    const answer = this.#hosted.client.ping().then(
      () => true,
      () => false,
    )
    return held(Promise.race([answer, silence]))
  }

  /**
   * Uses it for one session until what is returned is disposed. A runtime that dies says nothing, and what was asked of it
   * before is never answered; but what is asked afterwards is refused, so it is asked again and again.
   */
  use(use: Use): Lease {
    this.#worn += wear.session + wear.perByte * use.promptBytes
    this.#users.add(use)
    this.#beat ??= setInterval(() => void this.#ask(), beatMs)
    return {
      client: this.#hosted.client,
      [Symbol.dispose]: () => {
        this.#users.delete(use)
        if (!this.isIdle) return
        this.#rest()
        this.#onIdle?.()
        if (this.#isRetired) void this.close()
      },
    }
  }

  /** Ends it as soon as nobody uses it. */
  retire(): void {
    this.#isRetired = true
    if (this.isIdle) void this.close()
  }

  /** Ends every session in it, and then itself: a runtime whose sessions are not over takes five seconds to end. */
  close(): Promise<void> {
    this.#lose(closed())
    this.#closing ??= held(this.#idle().then(() => this.#hosted.close()))
      .catch(() => undefined)
      .then(this.#onClosed)
    return this.#closing
  }

  #idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onIdle = resolve
      setTimeout(resolve, graceMs).unref()
    })
  }

  async #ask(): Promise<void> {
    if (this.#isAsked) return
    this.#isAsked = true
    try {
      await this.#hosted.client.ping()
    } catch (cause) {
      this.#lose(new AttemptError('network', 'The Copilot runtime has ended during the call.', { cause }))
    } finally {
      this.#isAsked = false
    }
  }

  #lose(lost: AttemptError): void {
    this.#isRetired = true
    this.#rest()
    for (const { onLost } of this.#users) onLost(lost)
  }

  #rest(): void {
    clearInterval(this.#beat)
    this.#beat = undefined
  }
}

/** The error for a call that `close()` has come before. */
export function closed(): AttemptError {
  return new AttemptError('unusable', 'The provider was closed.')
}

/** Waits for the work and keeps the application alive for it, as the handles of an idle runtime do not. */
async function held<Result>(work: Promise<Result>): Promise<Result> {
  const alive = setInterval(() => undefined, patienceMs)
  try {
    return await work
  } finally {
    clearInterval(alive)
  }
}
