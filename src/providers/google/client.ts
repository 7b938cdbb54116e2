import type * as Sdk from '@google/genai'
import type { AdapterCall } from '../../contracts/adapter.ts'
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

/** Sends one request; resolves with a 2xx response whose body nobody has read. */
export type Send = (
  call: AdapterCall,
  request: GenerateContent,
  method: 'generateContent' | 'generateContentStream',
) => Promise<Response>

/**
 * How an adapter with these options sends its requests. The SDK builds the request, its URL and its authorisation; then we
 * send it. What the SDK does with answers is left out on purpose: its errors lose all headers, its event reader loses
 * events that begin with a comment or an id, it leaves a listener on the signal, and it would ask again by itself.
 */
export function sender(options: AdapterOptions<GenAIClient>, service: Service): Send {
  const load = sdkLoader('@google/genai', () => import('@google/genai'))
  const { client: own } = options
  const clients =
    typeof own === 'object'
      ? undefined
      : clientCache<GenAIClient>(own ?? (async (secret) => build(await load(), { secret, service })))
  return async (call, request, method) => {
    call.signal.throwIfAborted()
    const found = typeof own === 'object' ? own : clients?.get(call.secret)
    const client = found instanceof Promise ? await abortable(found, call.signal) : found
    if (client === undefined) throw new AttemptError('internal', 'There is no client.')
    const { url, init } = await abortable(requestOf({ client, request, method, secret: call.secret }), call.signal)
    checkOrigin(url, own === undefined ? service.baseURL : url)
    const headers = withHeaders(init.headers, [options.headers, call.headers])
    const outgoing = {
      fetch: transport(options.fetch, own),
      url,
      init: { ...init, ...bodyOf(init, request), headers },
      refusals: recognisers,
    }
    try {
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
  readonly method: 'generateContent' | 'generateContentStream'
  readonly secret: Secret
}

interface Built {
  readonly url: string
  readonly init: RequestInit
}

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
      config: { ...config, automaticContinuation: false, automaticFunctionCalling: { disable: true }, httpOptions: { fetch } },
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
  if (/only supported in|is required|are required|invalid model|not supported/i.test(message))
    return new AttemptError('invalid_request', message)
  if (isObject(error) && isObject(error['response'])) return new AttemptError('auth', `No access token: ${message}`)
  if (/default credentials|access token|refresh token|metadata server/i.test(message)) return new AttemptError('auth', message)
  return message === error.message ? error : new AttemptError('internal', message)
}

function bodyOf({ body }: RequestInit, { extraBody }: GenerateContent): RequestInit {
  if (extraBody === undefined || typeof body !== 'string') return {}
  const parsed = parseJson(body)
  return { body: JSON.stringify(merged(isObject(parsed) ? parsed : {}, extraBody)) }
}

function withHeaders(built: RequestInit['headers'], changes: readonly AdapterCall['headers'][]): Headers {
  const headers = new Headers(built)
  for (const change of changes) {
    for (const [name, value] of Object.entries(change ?? {})) {
      if (value === null) headers.delete(name)
      else headers.set(name, value)
    }
  }
  return headers
}

/** The adapter's transport, else that of the user's own client, else the global one at the time of the call. */
function transport(fetch: Fetch | undefined, own: unknown): Fetch {
  if (fetch !== undefined) return fetch
  const settings: unknown = isObject(own) ? own['httpOptions'] : undefined
  const theirs: unknown = isObject(settings) ? settings['fetch'] : undefined
  if (isFetch(theirs)) return theirs
  return (input, init) => globalThis.fetch(input, init)
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
