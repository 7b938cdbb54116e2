import type { ServerResponse } from 'node:http'
import type { Operation, Turn, WireRequest } from './turn.ts'

/** How a request ended: answered to the end, left by the client, or broken off by an ordered fault. */
export type Ended = 'answered' | 'aborted' | 'broken'

/** A request that came over the wire. */
export interface RecordedRequest {
  readonly vendor: string
  readonly operation: Operation | 'unknown'
  readonly method: string
  /** With the simulator's prefix and the query. */
  readonly url: string
  /** Without both: `/v1/messages`. */
  readonly path: string
  /** Lower-case names; the key is among them. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  /** The body as it came, for one that is no JSON. */
  readonly bytes: Uint8Array
  /** The key that came with it, wherever the vendor has its place. */
  readonly key: string | undefined
  readonly model: string
  readonly stream: boolean
  /** Tokens of the prompt, as the simulator counts them. */
  readonly promptTokens: number
  /** The fault that struck it. */
  readonly fault: string | undefined
  /** The status it was answered with; `undefined` where no head was sent. */
  readonly status: number | undefined
  /** The client closed the connection before the answer was complete. */
  readonly abortedByClient: boolean
  /** Resolves when the answer is over, one way or another. */
  readonly ended: Promise<Ended>
}

interface Arrival {
  readonly vendor: string
  readonly key: string | undefined
  readonly request: WireRequest
  readonly turn: Turn | undefined
  readonly fault: string | undefined
  readonly url: string
  readonly status: number | undefined
}

/** The requests of one origin. */
export class Recorder {
  #requests: RecordedRequest[] = []
  readonly #running = new Set<Promise<Ended>>()

  get requests(): readonly RecordedRequest[] {
    return this.#requests
  }

  get open(): number {
    return this.#running.size
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  forget(): void {
    this.#requests = []
  }

  /** Records a request; `follow` then watches over its answer. */
  add({ vendor, key, request, turn, fault, url, status }: Arrival): { follow: Follow } {
    let outcome: Ended | undefined
    let finish: ((how: Ended) => void) | undefined
    const ended = new Promise<Ended>((resolve) => {
      finish = resolve
    })
    this.#running.add(ended)
    this.#requests.push({
      vendor,
      operation: turn?.operation ?? 'unknown',
      method: request.method,
      url,
      path: request.path,
      headers: request.headers,
      body: request.body,
      bytes: request.bytes ?? new Uint8Array(),
      key,
      model: turn?.model ?? '',
      stream: turn?.stream ?? false,
      promptTokens: turn?.promptTokens ?? 0,
      fault,
      status,
      get abortedByClient() {
        return outcome === 'aborted'
      },
      ended,
    })
    const settle = (how: Ended): void => {
      outcome = how
      this.#running.delete(ended)
      finish?.(how)
    }
    return { follow: (response, send) => follow(response, send, settle) }
  }
}

type Follow = (response: ServerResponse, send: (gone: AbortSignal) => Promise<void>) => Promise<void>

async function follow(
  response: ServerResponse,
  send: (gone: AbortSignal) => Promise<void>,
  settle: (how: Ended) => void,
): Promise<void> {
  const gone = new AbortController()
  let sent = false
  response.once('close', () => {
    if (!sent && !response.writableFinished) gone.abort()
    settle(response.writableFinished ? 'answered' : sent ? 'broken' : 'aborted')
  })
  try {
    if (response.destroyed) gone.abort()
    await send(gone.signal)
    sent = true
  } catch (error) {
    if (!gone.signal.aborted) throw error
  }
}
