import type * as Sdk from '@google/genai'
import type { AdapterCall, EmbedCall } from '../../contracts/adapter.ts'
import type { Secret } from '../../contracts/secret.ts'
import { AttemptError, ModelyardError } from '../../errors.ts'
import { clientCache } from '../shared/clients.ts'
import { Exchange, redact } from '../shared/http.ts'
import { isObject, parseJson } from '../shared/json.ts'
import { sdkLoader } from '../shared/load-sdk.ts'
import type { AdapterOptions, Fetch } from '../shared/options.ts'
import { errorOf, recognisers, toFailure } from './failure.ts'
import { merged } from './request.ts'
import type { GenerateContent } from './wire.ts'

type Parameters = { readonly model: string; readonly contents: unknown; readonly config?: unknown }

/** What the adapter uses of the SDK's client: a `GoogleGenAI` is one. */
export interface GenAIClient {
  readonly models: {
    generateContent(parameters: Parameters): Promise<unknown>
    generateContentStream(parameters: Parameters): Promise<unknown>
    embedContent(parameters: Parameters): Promise<unknown>
  }
}

/** Which service the SDK is told to speak to, all of it explicit. */
export interface Service {
  readonly vertexai: boolean
  readonly baseURL: string
  readonly apiVersion: string
  readonly project?: string | undefined
  readonly location?: string | undefined
  readonly googleAuthOptions?: Sdk.GoogleGenAIOptions['googleAuthOptions']
}

/** The SDK's functions, each of which makes one request. */
export type Method = keyof GenAIClient['models']

/** Sends one request; resolves with a 2xx response whose body nobody has read. */
export type Send = (call: AdapterCall | EmbedCall, request: GenerateContent, method: Method) => Promise<Response>

/**
 * How an adapter with these options sends its requests. The SDK builds the request, its URL and its authorisation; then we
 * send it. What the SDK does with answers is left out on purpose: its errors lose all headers, its event reader loses
 * events that begin with a comment or an id, it leaves a listener on the signal, and it would ask again by itself.
 */
export function sender(options: AdapterOptions<GenAIClient>, service: Service): Send {
  const { client: own } = options
  const load = sdkLoader('@google/genai', () => import('@google/genai'))
  const builder =
    typeof own === 'function' ? own : async (secret: Secret): Promise<GenAIClient> => build(await load(), { secret, service })
  const clients = clientCache(builder)
  return async (call, request, method) => {
    const { secret, signal } = call
    signal.throwIfAborted()
    const found = typeof own === 'object' ? own : clients.get(secret)
    const client = found instanceof Promise ? await abortable(found, signal) : found
    const { url, init } = await abortable(requestOf({ client, request, method, secret }), signal)
    if (own === undefined) checkOrigin(url, service.baseURL)
    const headers = headersOf(init, { added: options.headers, call })
    const fetch = options.fetch ?? (own === undefined ? undefined : fetchOf(client)) ?? globalThis.fetch
    try {
      const outgoing = { fetch, url, init: { ...init, ...bodyOf(init, request), headers }, refusals: recognisers }
      return await new Exchange(call).send(outgoing)
    } catch (error) {
      // The vendor's own fields say more than a status; anything but a classified error is the signal's reason.
      throw error instanceof AttemptError ? errorOf(toFailure(error)) : error
    }
  }
}

/** A client on which no environment variable has any influence: whatever one could set is given. */
function build(
  { GoogleGenAI }: typeof Sdk,
  { secret, service }: { readonly secret: Secret; readonly service: Service },
): GenAIClient {
  const { vertexai, baseURL, apiVersion, project, location, googleAuthOptions } = service
  return new GoogleGenAI({
    vertexai,
    apiVersion,
    httpOptions: { baseUrl: baseURL, apiVersion },
    ...(project === undefined || location === undefined ? {} : { project, location }),
    // The SDK writes into these options.
    ...(googleAuthOptions === undefined ? { apiKey: secret.reveal() } : { googleAuthOptions: { ...googleAuthOptions } }),
  })
}

interface Building {
  readonly client: GenAIClient
  readonly request: GenerateContent
  readonly method: Method
  readonly secret: Secret
}

interface Built {
  readonly url: string
  readonly init: RequestInit
}

/** The SDK would make further requests by itself. */
const alone = { automaticContinuation: false, automaticFunctionCalling: { disable: true } }

/** The request that the SDK would send. It gets an empty answer; for a stream it does not even look at it. */
async function requestOf({ client, request, method, secret }: Building): Promise<Built> {
  const requests: Built[] = []
  const fetch: Fetch = (input, init = {}) => {
    requests.push({ url: input instanceof Request ? input.url : String(input), init })
    return Promise.resolve(new Response('{}', { headers: { 'content-type': 'application/json' } }))
  }
  const { model, contents, config } = request
  try {
    await client.models[method]({
      model,
      contents,
      config: { ...config, ...(method === 'embedContent' ? {} : alone), httpOptions: { fetch } },
    })
  } catch (error) {
    if (requests.length === 0) throw buildError(error, secret)
  }
  const [only, second] = requests
  if (only === undefined || second !== undefined) {
    throw new AttemptError('internal', `The SDK made ${requests.length} requests of one call.`)
  }
  return only
}

/** What went wrong before anything was sent: the credential could not be had, or the SDK refuses what it was given. */
function buildError(error: unknown, secret: Secret): unknown {
  if (ModelyardError.is(error) || !(error instanceof Error)) return error
  const message = redact(error.message, secret)
  if (/only supports|only supported in|is required|are required|invalid model|not supported/i.test(message))
    return new AttemptError('invalid_request', message)
  if (/invalid header value/i.test(message)) return new AttemptError('auth', 'The key has characters that no header may carry.')
  if (isObject(error) && isObject(error['response'])) return new AttemptError('auth', `No access token: ${message}`)
  if (/default credentials|access token|refresh token|metadata server/i.test(message)) return new AttemptError('auth', message)
  return message === error.message ? error : new AttemptError('internal', message)
}

function bodyOf({ body }: RequestInit, { extraBody }: GenerateContent): RequestInit {
  if (extraBody === undefined || typeof body !== 'string') return {}
  const parsed = parseJson(body)
  return { body: JSON.stringify(merged(isObject(parsed) ? parsed : {}, extraBody)) }
}

/** The SDK's headers, those of the options, those of the call; the call's may not change the credential. */
function headersOf(
  { headers: built }: RequestInit,
  { added, call }: { readonly added: AdapterCall['headers']; readonly call: AdapterCall | EmbedCall },
): Headers {
  const headers = new Headers(built)
  const ofCall = Object.entries(call.headers ?? {}).filter(([name]) => !/^(?:authorization|x-goog-api-key)$/i.test(name))
  for (const [name, value] of [...Object.entries(added ?? {}), ...ofCall]) {
    if (value === null) headers.delete(name)
    else headers.set(name, value)
  }
  return headers
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

function checkOrigin(url: string, baseURL: string): void {
  const { origin } = new URL(baseURL)
  if (new URL(url).origin !== origin) throw new AttemptError('internal', `A request to another host than ${origin} was stopped.`)
}

/** The work, or the signal's reason as soon as there is one: neither the SDK nor a token service is told of the signal. */
async function abortable<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted()
  let abort: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort)
  }
}
