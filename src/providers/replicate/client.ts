import type { AdapterCall } from '../../contracts/adapter.ts'
import type { Secret } from '../../contracts/secret.ts'
import { AttemptError } from '../../errors.ts'
import { clientCache } from '../shared/clients.ts'
import { callersHeaders, laidOver, type HeaderLayer } from '../shared/headers.ts'
import { Exchange, guardFetch, transmit } from '../shared/http.ts'
import type { JsonObject } from '../shared/json.ts'
import type { AdapterOptions, Fetch } from '../shared/options.ts'
import { errorOf, failureOf, refusals } from './failure.ts'
import { replicateSdk, type ReplicateClient } from './sdk.ts'
import { vendorURL } from './urls.ts'

/** What a request takes from the call. */
export type Caller = Pick<AdapterCall, 'signal' | 'secret' | 'headers' | 'onHeaders'>

/** One request to the API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST'
  /** A path below the base URL, or an address of its origin. */
  readonly to: string | URL
  readonly body?: JsonObject
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends requests with one key. Each resolves with a 2xx response whose body nobody has read, or throws an `AttemptError`. */
export interface Desk {
  /** The base URL, without a slash at its end. */
  readonly base: string
  send(call: Caller, request: ApiRequest): Promise<Response>
  /** Asks for events. The key goes along to the base URL's own origin only. */
  events(call: Caller, url: URL): Promise<Response>
}

/** Finds the desk for a call's key. */
export interface Desks {
  of(secret: Secret): Promise<Desk>
  close(): void
}

/** How an adapter with these options sends its requests: the SDK addresses and authorises them, answers are left to us. */
export function desks(options: AdapterOptions<ReplicateClient>): Desks {
  const build = clientBuilder(options)
  const cache = clientCache<Desk>(async (secret) => new SdkDesk(await build(secret), options.headers ?? {}))
  return { of: async (secret) => cache.get(secret), close: () => cache.clear() }
}

function clientBuilder({
  client,
  baseURL = vendorURL,
  fetch,
}: AdapterOptions<ReplicateClient>): (secret: Secret) => Promise<ReplicateClient> {
  if (typeof client === 'function') return async (secret) => client(secret)
  if (client !== undefined) return () => Promise.resolve(client)
  const load = replicateSdk()
  return async (secret) => {
    const { default: Sdk } = await load()
    const auth = secret.reveal()
    const transport: Fetch = fetch ?? ((input, init) => globalThis.fetch(input, init))
    const sdk = new Sdk({ auth, baseUrl: baseURL, fetch: transport, useFileOutput: false })
    // For an empty key the SDK would look into the environment.
    sdk.auth = auth
    return sdk
  }
}

/** A request that the SDK is making, known by its signal: the one thing that the SDK hands on as it is. */
interface Pending {
  readonly exchange: Exchange
  readonly headers: HeaderLayer | undefined
  failed?: { readonly error: unknown }
}

class SdkDesk implements Desk {
  readonly base: string
  readonly #sdk: ReplicateClient
  readonly #transport: Fetch
  readonly #headers: HeaderLayer
  readonly #pending = new WeakMap<AbortSignal, Pending>()

  constructor(client: ReplicateClient, headers: HeaderLayer) {
    this.base = (client.baseUrl ?? vendorURL).replace(/\/+$/, '')
    this.#headers = headers
    this.#transport = (input, init) => client.fetch(input instanceof URL ? input.href : input, init)
    // The client itself stays as it is: it may be the user's own.
    this.#sdk = Object.create(client, { fetch: { value: this.#once() } })
  }

  async send(call: Caller, { method, to, body, headers = {} }: ApiRequest): Promise<Response> {
    call.signal.throwIfAborted()
    checkKey(this.#sdk.auth)
    const signal = AbortSignal.any([call.signal])
    const pending: Pending = { exchange: new Exchange(call), headers: callersHeaders(call) }
    this.#pending.set(signal, pending)
    try {
      const response = await this.#sdk.request(to, { method, headers, signal, ...(body !== undefined && { data: body }) })
      if (pending.failed === undefined) return response
    } catch (error) {
      throw pending.failed === undefined ? error : classified(pending.failed.error)
    }
    throw classified(pending.failed.error)
  }

  async events(call: Caller, url: URL): Promise<Response> {
    const isOwn = url.origin === new URL(this.base).origin
    const auth: HeaderLayer = this.#sdk.auth === '' ? {} : { authorization: `Bearer ${this.#sdk.auth}` }
    const headers = laidOver({ accept: 'text/event-stream' }, ...(isOwn ? [auth, this.#headers, callersHeaders(call)] : []))
    try {
      return await transmit(call, { fetch: this.#transport, url: url.href, init: { headers }, refusals })
    } catch (error) {
      throw classified(error)
    }
  }

  /**
   * The `fetch` for the SDK, which makes each request once. The SDK tries again, six times in all and without waiting, after
   * a 429, a 5xx of a GET and anything thrown, and nothing switches that off (1.4.0, `withAutomaticRetries`). So it never
   * hears of a failure: it gets an empty answer, and {@link send} throws what really happened.
   */
  #once(): Fetch {
    const pendingOf = (init: RequestInit | undefined): Pending | undefined =>
      init?.signal instanceof AbortSignal ? this.#pending.get(init.signal) : undefined
    const guarded = guardFetch({
      fetch: this.#transport,
      baseURL: this.base,
      refusals,
      exchangeOf: (_url, init) => pendingOf(init)?.exchange,
    })
    return async (input, init) => {
      const pending = pendingOf(init)
      try {
        return await guarded(input, { ...init, headers: laidOver(init?.headers, this.#headers, pending?.headers) })
      } catch (error) {
        if (pending === undefined) throw error
        pending.failed = { error }
        return new Response(null, { status: 204 })
      }
    }
  }
}

/** Anything but a classified error is the signal's reason. */
function classified(error: unknown): unknown {
  return error instanceof AttemptError ? errorOf(failureOf(error)) : error
}

/** The runtime's own error would repeat the key. */
function checkKey(key: string): void {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(key)) throw new AttemptError('auth', 'The key has characters that no header may carry.')
}
