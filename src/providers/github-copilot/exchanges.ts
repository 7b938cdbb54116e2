import type { AdapterCall } from '../../contracts/adapter.ts'
import { Exchange } from '../shared/http.ts'
import type { Fetch } from '../shared/options.ts'
import { refusals } from './failure.ts'

/** The one model request of a session. */
export interface Expected {
  readonly call: Pick<AdapterCall, 'signal' | 'onHeaders' | 'secret'>
  /** Told what went wrong with the request, as soon as it is known. */
  readonly onFailure: (error: unknown) => void
}

/** A request that the runtime hands over instead of sending it itself. */
export interface Outgoing {
  readonly request: Request
  readonly sessionId: string | undefined
  readonly signal: AbortSignal
}

/**
 * The model requests of a runtime, sent from here: each session may send one, nothing follows a redirect, and what comes back
 * is read before the runtime can make anything else of it. Other requests (the list of models) are let through.
 */
export class Exchanges {
  readonly #open = new Map<string, Expected>()
  readonly #fetch: Fetch

  /** `fetch` is the user's transport; default: the global one, looked up at each request. */
  constructor(fetch: Fetch | undefined) {
    this.#fetch = fetch ?? ((input, init) => globalThis.fetch(input, init))
  }

  /** Allows a session its request, until what is returned is disposed. */
  expect(sessionId: string, expected: Expected): Disposable {
    this.#open.set(sessionId, expected)
    return { [Symbol.dispose]: () => void this.#open.delete(sessionId) }
  }

  async send({ request, sessionId, signal }: Outgoing): Promise<Response> {
    const { url, method, headers } = request
    const body = method === 'GET' || method === 'HEAD' ? null : await request.arrayBuffer()
    if (!isModelRequest(url)) return decoded(await this.#fetch(url, { method, headers, body, signal, redirect: 'manual' }))
    const { call, onFailure } = this.#taken(sessionId)
    // The runtime lets a request go when its session is deleted.
    const exchange = new Exchange({ ...call, signal: AbortSignal.any([call.signal, signal]) })
    try {
      return decoded(await exchange.send({ fetch: this.#fetch, url, init: { method, headers, body }, refusals }))
    } catch (error) {
      onFailure(error)
      throw error
    }
  }

  /** What a session may send, once: the runtime would try again by itself. */
  #taken(sessionId = ''): Expected {
    const expected = this.#open.get(sessionId)
    this.#open.delete(sessionId)
    if (expected === undefined) throw new Error('A model request beyond the one of each call was stopped.')
    return expected
  }
}

/** Paths of the formats that the runtime speaks. */
function isModelRequest(url: string): boolean {
  return /\/(?:chat\/completions|responses|messages)$/.test(new URL(url).pathname)
}

/** `fetch` has decoded the body: its headers must not say otherwise to whoever reads it next. */
function decoded(response: Response): Response {
  const headers = new Headers(response.headers)
  for (const name of ['content-encoding', 'content-length']) headers.delete(name)
  const { status, statusText } = response
  return new Response(response.body, { status, statusText, headers })
}
