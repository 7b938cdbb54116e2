import type { AdapterCall, EmbedCall } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { abortable } from '../shared/abortable.ts'
import { clientCache } from '../shared/clients.ts'
import { callersHeaders, credentialIn, laidOver } from '../shared/headers.ts'
import { transmit } from '../shared/http.ts'
import { isObject, parseJson } from '../shared/json.ts'
import { absent, sdkLoader } from '../shared/load-sdk.ts'
import type { AdapterOptions, Fetch } from '../shared/options.ts'
import { errorOf, recognisers, toFailure } from '../shared/google/failure.ts'
import { merged } from './request.ts'
import { build, writerFor, type GenAIClient, type Method, type Service } from './sdk.ts'
import type { GenerateContent } from './wire.ts'

/** Sends one request; resolves with a 2xx response whose body nobody has read. */
export type Send = (call: AdapterCall | EmbedCall, request: GenerateContent, method: Method) => Promise<Response>

/**
 * How an adapter with these options sends its requests. The SDK builds the request, its URL and its authorisation; then we
 * send it. What the SDK does with answers is left out on purpose: its errors lose all headers, its event reader loses
 * events that begin with a comment or an id, it leaves a listener on the signal, and it would ask again by itself.
 */
export function sender(options: AdapterOptions<GenAIClient>, service: Service): Send {
  const { client: own } = options
  const isKeyed = own === undefined && service.googleAuthOptions === undefined
  const load = sdkLoader('@google/genai', () => import('@google/genai').catch(absent))
  const writers = clientCache(async (secret) => {
    if (own === undefined) return writerFor(build(await load(), { secret, service }), secret, service)
    return writerFor(typeof own === 'function' ? await own(secret) : own, secret)
  })
  return async (call, request, method) => {
    const { secret, signal } = call
    signal.throwIfAborted()
    const found = writers.get(secret)
    const writer = found instanceof Promise ? await abortable(found, signal) : found
    // What was merged in from `providerOptions` the SDK has to look at.
    const written = writer.write(request, method, { plain: call.providerOptions === undefined })
    const { url, init } = written instanceof Promise ? await abortable(written, signal) : written
    const headers = laidOver(init.headers, options.headers, callersHeaders(call))
    const fetch = options.fetch ?? (own === undefined ? undefined : fetchOf(writer.client))
    const sent = isKeyed ? call : { ...call, secret: credentialIn(headers) ?? call.secret }
    try {
      return await transmit(sent, { fetch, url, init: { ...init, ...bodyOf(init, request), headers }, refusals: recognisers })
    } catch (error) {
      // The vendor's own fields say more than a status; anything but a classified error is the signal's reason.
      throw error instanceof AttemptError ? errorOf(toFailure(error)) : error
    }
  }
}

function bodyOf({ body }: RequestInit, { extraBody }: GenerateContent): RequestInit {
  if (extraBody === undefined || typeof body !== 'string') return {}
  const parsed = parseJson(body)
  return { body: JSON.stringify(merged(isObject(parsed) ? parsed : {}, extraBody)) }
}

/** The transport of the user's own client, if it has one of its own. */
function fetchOf(client: object): Fetch | undefined {
  const settings: unknown = 'httpOptions' in client ? client.httpOptions : undefined
  const fetch: unknown = isObject(settings) ? settings['fetch'] : undefined
  return isFetch(fetch) ? fetch : undefined
}

function isFetch(value: unknown): value is Fetch {
  return typeof value === 'function'
}
