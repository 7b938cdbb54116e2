import type OpenAI from 'openai'
import type { AdapterCall } from '../../contracts/adapter.ts'
import { clientCache } from '../shared/clients.ts'
import { enclosed, Envelopes } from '../shared/envelopes.ts'
import { callersHeaders } from '../shared/headers.ts'
import { guardFetch, transmit } from '../shared/http.ts'
import type { JsonObject } from '../shared/json.ts'
import type { AdapterOptions } from '../shared/options.ts'
import type { Recogniser } from '../shared/recognise.ts'
import { defaultBaseURL, isolatedClient } from './client.ts'
import { refusals as openaiRefusals } from './failure.ts'

/** A call whose body is written already. */
type SentCall = Omit<AdapterCall, 'request'>

/** Sends one request; resolves with a 2xx response whose body nobody has read. */
export type Send = (call: SentCall, path: string, body: JsonObject) => Promise<Response>

/**
 * How an adapter with these options sends its requests. The SDK builds and authorises them; bodies are left to us. Another
 * vendor behind the same protocol gives its own table of errors.
 */
export function sender(
  { baseURL = defaultBaseURL, headers = {}, fetch, client: own }: AdapterOptions<OpenAI>,
  refusals: readonly Recogniser[] = openaiRefusals,
): Send {
  if (typeof own === 'object') return (call, path, body) => sendByOwn({ client: own, call }, path, body)
  if (own !== undefined) {
    const clients = clientCache(own)
    return async (call, path, body) => sendByOwn({ client: await clients.get(call.secret), call }, path, body)
  }
  const guarded = guardFetch({ fetch, baseURL, refusals })
  const envelopes = clientCache(async (secret) => {
    const client = await isolatedClient(secret, { baseURL, headers, fetch: guarded })
    return new Envelopes(baseURL, async (path) => {
      const { req, url } = await client.buildRequest({ method: 'post', path, body: {} })
      return { url, headers: new Headers(req.headers) }
    })
  })
  return async (call, path, body) => {
    const built = envelopes.get(call.secret)
    const addressed = (built instanceof Promise ? await built : built).of(path)
    const envelope = addressed instanceof Promise ? await addressed : addressed
    return transmit(call, { fetch, ...enclosed(envelope, body, callersHeaders(call)), refusals })
  }
}

/** With the user's own client there is no guard: its transport, its headers and its errors are what they are. */
async function sendByOwn(
  { client, call }: { readonly client: OpenAI; readonly call: SentCall },
  path: string,
  body: JsonObject,
): Promise<Response> {
  const { signal } = call
  try {
    const headers = callersHeaders(call)
    const response = await client.post(path, { body, signal, maxRetries: 0, ...(headers && { headers }) }).asResponse()
    call.onHeaders?.(response.headers)
    return response
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
