import type { Secret } from '../../contracts/secret.ts'
import { AttemptError } from '../../errors.ts'
import { laidOver, type HeaderLayer } from './headers.ts'
import { redact } from './http.ts'
import type { JsonObject } from './json.ts'

/** What an SDK puts around a body: where it goes, and its authorised headers. */
export interface Envelope {
  readonly url: string
  readonly headers: Headers
}

/** A caller may name any model: what is remembered of them is bounded. */
const most = 200

/**
 * The envelopes of one SDK client with one key, by what tells them apart: a path, a model. They are the same for every call
 * of that kind, and building one costs more than the rest of a call, so the SDK builds each once.
 */
export class Envelopes<Kind extends string = string> {
  readonly #baseURL: string
  readonly #address: (kind: Kind) => Promise<Envelope>
  readonly #known = new Map<Kind, Envelope>()

  /** Requests may go to the origin of `baseURL` only; `address` has the SDK build one. */
  constructor(baseURL: string, address: (kind: Kind) => Promise<Envelope>) {
    this.#baseURL = baseURL
    this.#address = address
  }

  /** At once where the envelope is known: awaiting it would cost a turn. */
  of(kind: Kind): Envelope | Promise<Envelope> {
    return this.#known.get(kind) ?? this.#addressed(kind)
  }

  async #addressed(kind: Kind): Promise<Envelope> {
    const envelope = await this.#address(kind)
    checkOrigin(envelope.url, this.#baseURL)
    if (this.#known.size >= most) this.#known.clear()
    this.#known.set(kind, envelope)
    return envelope
  }
}

/** Stops a request that would leave the origin of `baseURL` and take the key along. */
export function checkOrigin(url: string, baseURL: string): void {
  const { origin } = new URL(baseURL)
  if (new URL(url).origin !== origin) throw new AttemptError('internal', `A request to another host than ${origin} was stopped.`)
}

/** A body in its envelope, with more headers laid over each other. */
export function enclosed(
  { url, headers }: Envelope,
  body: JsonObject,
  ...layers: readonly (HeaderLayer | undefined)[]
): { readonly url: string; readonly init: RequestInit } {
  return { url, init: { method: 'POST', headers: laidOver(headers, ...layers), body: JSON.stringify(body) } }
}

/** What an SDK could not build: the runtime's errors repeat a header's value, which is the key. */
export function buildError(error: unknown, secret: Secret): unknown {
  if (!(error instanceof Error) || error instanceof AttemptError) return error
  if (/header value|invalid character/i.test(error.message))
    return new AttemptError('auth', 'The key has characters that no header may carry.')
  const message = redact(error.message, secret)
  return message === error.message ? error : new AttemptError('internal', message)
}
