import type Anthropic from '@anthropic-ai/sdk'
import type { AdapterCall } from '../../contracts/adapter.ts'
import type { Secret } from '../../contracts/secret.ts'
import { clientCache } from '../shared/clients.ts'
import { buildError, enclosed, Envelopes } from '../shared/envelopes.ts'
import { callersHeaders, type HeaderLayer } from '../shared/headers.ts'
import { guardFetch, transmit } from '../shared/http.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { absent, sdkLoader } from '../shared/load-sdk.ts'
import type { AdapterOptions } from '../shared/options.ts'
import type { Send } from './adapter.ts'
import { refusals } from './failure.ts'
import type { Translation } from './request.ts'

export const defaultBaseURL = 'https://api.anthropic.com'

/** Longest that a timer can wait, in ms. The router's clocks end calls, not the SDK's. */
const never = 2 ** 31 - 1

/** Where the Messages API is, below every base URL. */
export const messagesPath = '/v1/messages'

/** Every option of an SDK's client that it would otherwise take from the environment, and what none of ours does. */
export const settled = {
  webhookKey: null,
  maxRetries: 0,
  timeout: never,
  logLevel: 'off',
  openTelemetry: false,
} as const

/** How one request is sent, whichever client sends it. */
const once = { maxRetries: 0, timeout: never } as const

/** How requests are sent to Anthropic's own API, and how its clients are forgotten. */
export function ownSender(options: AdapterOptions<Anthropic>): { readonly send: Send; readonly close: () => void } {
  const { client, fetch } = options
  if (client !== undefined) {
    const clients = clientCache(typeof client === 'function' ? client : () => client)
    const send: Send = async (call, translation) => sentBy(await clients.get(call.secret), call, translation)
    return { send, close: () => clients.clear() }
  }
  const envelopes = clientCache(envelopesBuilder(options))
  const send: Send = async (call, { body, headers: own }) => {
    const built = envelopes.get(call.secret)
    const addressed = (built instanceof Promise ? await built : built).of(messagesPath)
    const envelope = addressed instanceof Promise ? await addressed : addressed
    return transmit(call, { fetch, ...enclosed(envelope, body, headersOf(own, call)), refusals })
  }
  return { send, close: () => envelopes.clear() }
}

/** A client of the user's own sends by itself. */
export async function sentBy(client: MessagesClient, call: AdapterCall, translation: Translation): Promise<Response> {
  const { signal } = call
  signal.throwIfAborted()
  // Not `messages.create`: it prints warnings about models to the console.
  const response = await client.post(messagesPath, { ...requestOf(call, translation), signal }).asResponse()
  call.onHeaders?.(response.headers)
  return response
}

/** What an SDK's client is told of a request. */
export function requestOf(call: AdapterCall, { body, headers }: Translation): PostOptions {
  return { ...once, body, headers: headersOf(headers, call), stream: body['stream'] === true }
}

function envelopesBuilder({
  baseURL = defaultBaseURL,
  fetch,
  headers,
}: AdapterOptions<Anthropic>): (secret: Secret) => Promise<Envelopes> {
  const load = sdkLoader('@anthropic-ai/sdk', () => import('@anthropic-ai/sdk').catch(absent))
  const guard = guardFetch({ fetch, baseURL })
  return async (secret) => {
    const { default: Sdk } = await load()
    const sdk = withHeaders(new Sdk({ ...settled, apiKey: secret.reveal(), authToken: null, baseURL, fetch: guard }), headers)
    return new Envelopes(baseURL, async (path) => {
      try {
        const { req, url } = await sdk.buildRequest({ ...once, method: 'post', path, body: {} })
        return { url, headers: new Headers(req.headers) }
      } catch (error) {
        throw buildError(error, secret)
      }
    })
  }
}

/**
 * Sets a client's headers. ANTHROPIC_CUSTOM_HEADERS is the one variable that no option of the SDK switches off, and it
 * may even replace the key; so the headers that the constructor made of it are replaced in turn.
 */
export function withHeaders<Client extends object>(client: Client, headers: AdapterOptions['headers']): Client {
  const options: unknown = Reflect.get(client, '_options')
  if (isObject(options) && Reflect.set(options, 'defaultHeaders', { ...headers })) return client
  throw new TypeError('This version of the SDK keeps its headers where they cannot be set.')
}

/** What a body needs beside it, and the caller's headers. Betas add up: the caller's do not replace the body's. */
function headersOf(own: HeaderLayer, call: AdapterCall): HeaderLayer {
  const callers = callersHeaders(call)
  if (callers === undefined) return own
  const betas = [own, callers].flatMap((each) => each['anthropic-beta'] ?? [])
  return { ...own, ...callers, ...(betas.length > 1 && { 'anthropic-beta': betas.join(',') }) }
}

/** What the adapters use of an SDK's client: those of Anthropic's three SDKs are ones. */
export interface MessagesClient {
  post(path: string, options: PostOptions): { asResponse(): Promise<Response> }
}

interface PostOptions {
  readonly body: JsonObject
  readonly headers: HeaderLayer
  readonly stream: boolean
  readonly maxRetries: number
  readonly timeout: number
  readonly signal?: AbortSignal
  readonly fetchOptions?: object
}
