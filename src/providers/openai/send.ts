import type OpenAI from 'openai'
import type { AdapterCall, EmbedCall } from '../../contracts/adapter.ts'
import { clientCache } from '../shared/clients.ts'
import { Exchange, guardFetch } from '../shared/http.ts'
import type { JsonObject } from '../shared/json.ts'
import type { AdapterOptions } from '../shared/options.ts'
import { isolatedClient } from './client.ts'
import { refusals } from './failure.ts'

/** Sends one request; resolves with a 2xx response whose body nobody has read. */
export type Send = (call: AdapterCall | EmbedCall, path: string, body: JsonObject) => Promise<Response>

/** How an adapter with these options sends its requests. The SDK builds and authorises them; bodies are left to us. */
export function sender({ baseURL = 'https://api.openai.com/v1', headers = {}, fetch, client: own }: AdapterOptions<OpenAI>): Send {
  if (typeof own === 'object') return (call, path, body) => sendByOwn({ client: own, call }, path, body)
  if (own !== undefined) {
    const clients = clientCache(own)
    return async (call, path, body) => sendByOwn({ client: await clients.get(call.secret), call }, path, body)
  }
  const settings = { baseURL, headers, fetch: guardFetch({ fetch, baseURL, refusals }) }
  const clients = clientCache((secret) => isolatedClient(secret, settings))
  return async (call, path, body) => {
    const built = clients.get(call.secret)
    const client = built instanceof Promise ? await built : built
    const exchange = new Exchange(call)
    try {
      return await client.post(path, { body, fetchOptions: exchange.fetchOptions, ...withHeaders(call) }).asResponse()
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
