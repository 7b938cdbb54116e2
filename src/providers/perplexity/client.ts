import type Perplexity from '@perplexity-ai/perplexity_ai'
import type { AdapterCall } from '../../contracts/adapter.ts'
import type { Secret } from '../../contracts/secret.ts'
import { clientCache } from '../shared/clients.ts'
import { callersHeaders } from '../shared/headers.ts'
import { Exchange, guardFetch } from '../shared/http.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { absent, sdkLoader } from '../shared/load-sdk.ts'
import type { AdapterOptions } from '../shared/options.ts'
import { refusals } from './failure.ts'

/** Longest that a timer can wait, in ms. The router's clocks end calls, not the SDK's. */
const never = 2 ** 31 - 1

type Call = Omit<AdapterCall, 'request'>

/** Sends requests, and forgets the clients that it has built for them. */
export interface Sender {
  send(call: Call, path: '/v1/responses' | '/v1/embeddings', body: JsonObject): Promise<Response>
  close(): void
}

/** How an adapter with these options sends its requests. The SDK addresses and authorises them; answers are left to us. */
export function sender(options: AdapterOptions<Perplexity>): Sender {
  const clients = clientCache(clientBuilder(options))
  const guarded = options.client === undefined
  return {
    async send(call, path, body) {
      call.signal.throwIfAborted()
      const cached = clients.get(call.secret)
      const client = cached instanceof Promise ? await cached : cached
      const exchange = new Exchange(call)
      const tied = guarded ? { fetchOptions: exchange.fetchOptions } : { signal: call.signal }
      const headers = { ...(body['stream'] === true && { accept: 'text/event-stream' }), ...callersHeaders(call) }
      try {
        // `stream` is said in the body alone: with it as an option the SDK would read the events itself.
        const request = client.post(path, { body, headers, maxRetries: 0, timeout: never, ...tied })
        const response = await request.asResponse()
        if (!guarded) call.onHeaders?.(response.headers)
        return response
      } catch (error) {
        throw exchange.errorOf(error)
      }
    },
    close: () => clients.clear(),
  }
}

export const defaultBaseURL = 'https://api.perplexity.ai'

function clientBuilder({
  client,
  baseURL = defaultBaseURL,
  fetch,
  headers,
}: AdapterOptions<Perplexity>): (secret: Secret) => Promise<Perplexity> {
  if (typeof client === 'function') return async (secret) => client(secret)
  if (client !== undefined) return () => Promise.resolve(client)
  const load = sdkLoader('@perplexity-ai/perplexity_ai', () => import('@perplexity-ai/perplexity_ai').catch(absent))
  // The SDK's paths begin with the version.
  const root = baseURL.replace(/\/+$/, '').replace(/\/v1$/, '')
  return async (secret) => {
    const { default: Sdk } = await load()
    // Every option is given: what is left out, the SDK would take from the environment.
    const sdk = new Sdk({
      apiKey: secret.reveal(),
      baseURL: root,
      maxRetries: 0,
      timeout: never,
      logLevel: 'off',
      fetch: guardFetch({ fetch, baseURL: root, refusals }),
    })
    return withHeaders(sdk, { ...headers })
  }
}

/**
 * Sets the client's headers. PERPLEXITY_CUSTOM_HEADERS is the one variable that no option of the SDK switches off, and it
 * may even replace the key; so the headers that the constructor made of it are replaced in turn.
 */
function withHeaders(sdk: Perplexity, headers: Readonly<Record<string, string | null>>): Perplexity {
  const settled: unknown = Reflect.get(sdk, '_options')
  if (isObject(settled) && Reflect.set(settled, 'defaultHeaders', headers)) return sdk
  throw new TypeError('This version of @perplexity-ai/perplexity_ai keeps its headers where they cannot be set.')
}
