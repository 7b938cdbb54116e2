import type OpenAI from 'openai'
import type { AdapterCall, EmbedCall } from '../../contracts/adapter.ts'
import { clientCache } from '../shared/clients.ts'
import { Exchange, guardFetch } from '../shared/http.ts'
import type { JsonObject } from '../shared/json.ts'
import type { AdapterOptions, Fetch } from '../shared/options.ts'
import type { Recogniser } from '../shared/recognise.ts'
import { isolatedClient } from './client.ts'
import { refusals as openaiRefusals } from './failure.ts'

/** Sends one request; resolves with a 2xx response whose body nobody has read. */
export type Send = (call: AdapterCall | EmbedCall, path: string, body: JsonObject) => Promise<Response>

/**
 * How an adapter with these options sends its requests. The SDK builds and authorises them; bodies are left to us. Another
 * vendor behind the same protocol gives its own table of errors.
 */
export function sender(
  { baseURL = 'https://api.openai.com/v1', headers = {}, fetch, client: own }: AdapterOptions<OpenAI>,
  refusals: readonly Recogniser[] = openaiRefusals,
): Send {
  if (typeof own === 'object') return (call, path, body) => sendByOwn({ client: own, call }, path, body)
  if (own !== undefined) {
    const clients = clientCache(own)
    return async (call, path, body) => sendByOwn({ client: await clients.get(call.secret), call }, path, body)
  }
  const guarded = guardFetch({ fetch, baseURL, refusals })
  const desks = clientCache(async (secret) => new Desk(await isolatedClient(secret, { baseURL, headers, fetch: guarded }), guarded))
  return async (call, path, body) => {
    const built = desks.get(call.secret)
    const desk = built instanceof Promise ? await built : built
    return call.headers === undefined ? desk.send(call, path, body) : desk.sendWithHeaders(call, path, body)
  }
}

/** What the SDK puts around a body: where it goes, and its authorised headers. */
interface Envelope {
  readonly url: string
  readonly headers: Headers
}

/**
 * One SDK client and the envelopes it has addressed. They are the same for every call to a path, and building one anew
 * costs more than the rest of the call, so the SDK builds each once.
 */
class Desk {
  readonly #client: OpenAI
  readonly #fetch: Fetch
  readonly #envelopes = new Map<string, Envelope>()

  constructor(client: OpenAI, fetch: Fetch) {
    this.#client = client
    this.#fetch = fetch
  }

  async send(call: AdapterCall | EmbedCall, path: string, body: JsonObject): Promise<Response> {
    const exchange = new Exchange(call)
    const { url, headers } = this.#envelopes.get(path) ?? (await this.#address(path))
    // Fresh headers, for a transport of the user's may add to them.
    return this.#fetch(url, { ...exchange.fetchOptions, method: 'POST', headers: new Headers(headers), body: JSON.stringify(body) })
  }

  async #address(path: string): Promise<Envelope> {
    const { req, url } = await this.#client.buildRequest({ method: 'post', path, body: {} })
    const envelope = { url, headers: new Headers(req.headers) }
    this.#envelopes.set(path, envelope)
    return envelope
  }

  /** A call with headers of its own goes through the SDK whole: it knows how headers are laid over each other. */
  async sendWithHeaders(call: AdapterCall | EmbedCall, path: string, body: JsonObject): Promise<Response> {
    const exchange = new Exchange(call)
    try {
      return await this.#client.post(path, { body, fetchOptions: exchange.fetchOptions, ...withHeaders(call) }).asResponse()
    } catch (error) {
      throw exchange.errorOf(error)
    }
  }
}

/** With the user's own client there is no guard: its transport, its headers and its errors are what they are. */
async function sendByOwn(
  { client, call }: { readonly client: OpenAI; readonly call: AdapterCall | EmbedCall },
  path: string,
  body: JsonObject,
): Promise<Response> {
  const { signal } = call
  try {
    const response = await client.post(path, { body, signal, maxRetries: 0, ...withHeaders(call) }).asResponse()
    call.onHeaders?.(response.headers)
    return response
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

/** The caller's headers, less what would change the credential. */
function withHeaders({ headers }: AdapterCall | EmbedCall): { readonly headers?: Record<string, string | null> } {
  if (headers === undefined) return {}
  return {
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(?:authorization|api-key|x-api-key)$/i.test(name))),
  }
}
