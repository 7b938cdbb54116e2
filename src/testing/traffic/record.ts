import { appendFileSync, writeFileSync } from 'node:fs'
import type { Clock } from '../../contracts/clock.ts'
import { systemClock } from '../wait.ts'
import { written } from './exchange.ts'
import type { RecordedAnswer, RecordedEnd, RecordedError, RecordedExchange, RecordedTraffic } from './exchange.ts'
import { Redaction } from './redaction.ts'
import { outgoing } from './outgoing.ts'
import type { WireFetch } from './outgoing.ts'

/** What is recorded, and where. */
export interface RecordOptions {
  /** The file: one exchange a line, as JSON. What was in it is overwritten. */
  readonly path: string
  /** The transport underneath. Default: the global `fetch` at the time of the call. */
  readonly fetch?: WireFetch
  /** Texts that must not be in the file, besides what headers, addresses and well-known fields carry. */
  readonly secrets?: readonly string[]
  /** Whose time is recorded. Default: the system's. */
  readonly clock?: Clock
}

/** A transport that writes down what goes through it. */
export interface TrafficRecorder extends Disposable {
  /** For the `fetch` option of any adapter or SDK. */
  readonly fetch: WireFetch
  /** How many exchanges are in the file. */
  readonly written: number
  /** Writes down what is still open as left by the client, and nothing more from then on. */
  close(): void
}

/**
 * Records wire traffic: requests, responses with the borders of their chunks, broken connections. Nothing is held back on
 * its way. Keys, tokens, cookies and signatures are never written: of request headers only harmless ones have values, and
 * what the others carried is starred out wherever else it turns up, also across the borders of chunks.
 *
 * @example
 * ```ts
 * using recorder = recordTraffic({ path: 'test/traffic/support.jsonl' })
 * const router = createRouter({ providers: [acme({ fetch: recorder.fetch })] })
 * ```
 */
export function recordTraffic({ path, fetch, secrets = [], clock = systemClock }: RecordOptions): TrafficRecorder {
  writeFileSync(path, '')
  const recorder = new Recorder({ path, clock, redaction: new Redaction(secrets) })
  const close = (): void => recorder.close()
  return {
    fetch: async (input, init) => recorder.send(fetch ?? globalThis.fetch, input, init),
    get written() {
      return recorder.written
    },
    close,
    [Symbol.dispose]: close,
  }
}

interface Setting {
  readonly path: string
  readonly clock: Clock
  readonly redaction: Redaction
}

class Recorder {
  readonly #setting: Setting
  readonly #open = new Set<Draft>()
  #requests = 0
  #closed = false
  written = 0

  constructor(setting: Setting) {
    this.#setting = setting
  }

  async send(transport: WireFetch, ...[input, init]: Parameters<WireFetch>): Promise<Response> {
    const sent = await outgoing(input, init)
    const { redaction, clock } = this.#setting
    redaction.look(sent.url, sent.headers)
    const draft = new Draft((this.#requests += 1), clock, {
      method: sent.method,
      url: redaction.url(sent.url),
      headers: redaction.requestHeaders(sent.headers),
      body: sent.body === null ? null : written(redaction.body(sent.body)),
    })
    this.#open.add(draft)
    try {
      const response = await transport(sent.url, sent.init)
      draft.answered(response)
      return this.#watched(response, draft, sent.signal)
    } catch (error) {
      this.#end(draft, sent.signal?.aborted === true ? 'left' : { error: toldError(error) })
      throw error
    }
  }

  close(): void {
    for (const draft of this.#open) this.#end(draft, 'left')
    this.#closed = true
  }

  /** The same response, read through the recorder and no faster than its reader reads. */
  #watched(response: Response, draft: Draft, signal: AbortSignal | null): Response {
    const { body } = response
    if (body === null) {
      this.#end(draft, 'complete')
      return response
    }
    const reader = body.getReader()
    const watched = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull: async (controller) => {
          try {
            const { done, value } = await reader.read()
            if (done) {
              this.#end(draft, 'complete')
              controller.close()
              return
            }
            draft.took(value)
            controller.enqueue(value)
          } catch (error) {
            this.#end(draft, signal?.aborted === true ? 'left' : { error: toldError(error) })
            controller.error(error)
          }
        },
        cancel: async (reason) => {
          this.#end(draft, 'left')
          await reader.cancel(reason)
        },
      },
      { highWaterMark: 0 },
    )
    const { status, statusText, headers, url } = response
    return Object.defineProperty(new Response(watched, { status, statusText, headers }), 'url', { value: url })
  }

  #end(draft: Draft, end: RecordedEnd): void {
    if (!this.#open.delete(draft) || this.#closed) return
    this.written += 1
    appendFileSync(this.#setting.path, `${JSON.stringify(draft.exchange(this.#setting.redaction, end))}\n`)
  }
}

/** An exchange that is going on. */
class Draft {
  readonly #n: number
  readonly #clock: Clock
  readonly #request: RecordedTraffic
  readonly #chunks: { readonly ms: number; readonly bytes: Uint8Array }[] = []
  #head: Pick<Response, 'status' | 'headers'> | undefined
  #headMs = 0
  #since: number

  constructor(n: number, clock: Clock, request: RecordedTraffic) {
    this.#n = n
    this.#clock = clock
    this.#request = request
    this.#since = clock.now()
  }

  answered({ status, headers }: Response): void {
    this.#head = { status, headers }
    this.#headMs = this.#lap()
  }

  took(bytes: Uint8Array): void {
    this.#chunks.push({ ms: this.#lap(), bytes })
  }

  exchange(redaction: Redaction, end: RecordedEnd): RecordedExchange {
    return { v: 1, n: this.#n, request: this.#request, outcome: this.#outcome(redaction, end) }
  }

  #outcome(redaction: Redaction, end: RecordedEnd): RecordedExchange['outcome'] {
    const told = typeof end === 'object' ? { error: { ...end.error, message: redaction.text(end.error.message) } } : end
    const head = this.#head
    if (head === undefined) return typeof told === 'object' ? told : { left: true }
    const clean = redaction.chunks(this.#chunks.map(({ bytes }) => bytes))
    const answer: RecordedAnswer = {
      status: head.status,
      headers: redaction.responseHeaders(head.headers),
      ms: this.#headMs,
      chunks: clean.map((bytes, index) => ({ ms: this.#chunks[index]?.ms ?? 0, ...written(bytes) })),
      end: told,
    }
    return answer
  }

  /** Whole milliseconds since the last time. */
  #lap(): number {
    const now = this.#clock.now()
    const ms = Math.round(now - this.#since)
    this.#since = now
    return ms
  }
}

/** What `fetch` throws says in its cause what broke. */
function toldError(error: unknown): RecordedError {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  const message = error instanceof Error ? error.message : String(error)
  return { message, ...(typeof code === 'string' && { code }) }
}
