import { randomUUID } from 'node:crypto'
import type { AdapterCall } from '../../contracts/adapter.ts'
import { abortable } from '../shared/abortable.ts'
import type { Exchanges } from './exchanges.ts'
import { failedSetup } from './failure.ts'
import type { RuntimePool } from './pool.ts'
import type { Lease } from './runtime.ts'
import { isRead } from './events.ts'
import type { RawEvent, SessionEvent } from './events.ts'
import type { RuntimeSession, SessionMessage, SessionSettings } from './sdk.ts'

/** What a turn is made of. */
export interface TurnOptions {
  readonly call: AdapterCall
  /** The session's configuration but for its id and its listener. */
  readonly config: SessionSettings
  readonly message: SessionMessage
  readonly pool: RuntimePool
  /** The model requests of the runtime; absent for a client of the user's own, which sends them itself. */
  readonly exchanges: Exchanges | undefined
}

/** How long a runtime may take to delete a session before nobody waits for it any more, in ms. */
const graceMs = 5000

/** One call: a session of its own, one message to it, its events, and its end. */
export class Turn {
  readonly sessionId = randomUUID()
  readonly #options: TurnOptions
  readonly #events: SessionEvent[] = []
  /** Aborted by whatever ends the turn early; the reason is what went wrong. */
  readonly #stop = new AbortController()
  #wake: (() => void) | undefined
  #leasing: Promise<Lease> | undefined
  #creating: Promise<RuntimeSession> | undefined
  #expected: Disposable | undefined

  constructor(options: TurnOptions) {
    this.#options = options
  }

  /** Creates the session and sends the message. Rejects with what is wrong, or the signal's reason. */
  async begin(): Promise<void> {
    const { call, config, message, pool, exchanges } = this.#options
    call.signal.throwIfAborted()
    call.signal.addEventListener('abort', this.#onAbort)
    const { sessionId } = this
    this.#leasing = pool.lease(call.secret, { promptBytes: bytesOf(message), onLost: this.#fail })
    const { client } = await abortable(this.#leasing, this.#stop.signal)
    this.#expected = exchanges?.expect(sessionId, {
      call: { ...call, signal: this.#stop.signal },
      onFailure: this.#fail,
    })
    this.#creating = client.createSession({ ...config, sessionId, onEvent: this.#take })
    const session = await this.#unlessStopped(this.#creating)
    await this.#unlessStopped(session.send(message))
  }

  /** The next event. Rejects with what went wrong, once every event before it has been taken. */
  async next(): Promise<SessionEvent> {
    for (;;) {
      const event = this.#events.shift()
      if (event !== undefined) return event
      this.#stop.signal.throwIfAborted()
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Ends the turn: stops a session that is not at rest, and deletes it, without keeping anybody waiting. */
  end({ isAtRest }: { readonly isAtRest: boolean }): void {
    this.#options.call.signal.removeEventListener('abort', this.#onAbort)
    this.#expected?.[Symbol.dispose]()
    // A request that is at its end may still have that of its connection to read.
    if (!isAtRest) this.#fail(new Error('Nobody reads on.'))
    void this.#tidy(isAtRest)
  }

  readonly #take = (event: RawEvent): void => {
    if (isRead(event)) this.#events.push(event)
    this.#wake?.()
  }

  readonly #fail = (error: unknown): void => {
    this.#stop.abort(error)
    this.#wake?.()
  }

  readonly #onAbort = (): void => this.#fail(this.#options.call.signal.reason)

  /** The runtime's answer, unless the turn ends before it is there. */
  #unlessStopped<Result>(work: Promise<Result>): Promise<Result> {
    const told = work.catch((error: unknown) => {
      throw failedSetup(error, this.#options.call.secret)
    })
    return abortable(told, this.#stop.signal)
  }

  async #tidy(isAtRest: boolean): Promise<void> {
    const lease = await this.#leasing?.catch(() => undefined)
    if (lease === undefined) return
    using _ = lease
    const grace = AbortSignal.timeout(graceMs)
    await abortable(this.#delete(lease, isAtRest), grace).catch(() => undefined)
  }

  async #delete({ client }: Lease, isAtRest: boolean): Promise<void> {
    // Also one whose creation nobody has waited for.
    const session = await this.#creating
    if (session === undefined) return
    if (!isAtRest) await session.abort().catch(() => undefined)
    await client.deleteSession(this.sessionId).catch(() => session.disconnect())
  }
}

function bytesOf({ prompt, attachments = [] }: SessionMessage): number {
  return attachments.reduce((sum, each) => sum + (each.type === 'blob' ? each.data.length : 0), prompt.length)
}
