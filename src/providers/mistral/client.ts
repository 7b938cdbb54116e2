import type { AdapterCall, EmbedCall } from '../../contracts/adapter.ts'
import type { Secret } from '../../contracts/secret.ts'
import { AttemptError } from '../../errors.ts'
import { clientCache } from '../shared/clients.ts'
import { Exchange, redact } from '../shared/http.ts'
import type { JsonObject } from '../shared/json.ts'
import type { AdapterOptions, Fetch } from '../shared/options.ts'
import { errorOf, failureOf, refusals } from './failure.ts'
import { mistralSdk, type MistralClient, type MistralSdk } from './sdk.ts'

/** What the SDK is asked to address. */
export type Operation = 'chat' | 'stream' | 'embeddings'

type Call = AdapterCall | EmbedCall

/** Sends one request; resolves with a 2xx response whose body nobody has read. */
export type Send = (call: Call, operation: Operation, body: JsonObject) => Promise<Response>

/** What the SDK puts around a body: where it goes, and its authorised headers. */
interface Envelope {
  readonly url: string
  readonly headers: Headers
}

/** Addresses and sends for one key. */
interface Desk {
  readonly fetch: Fetch | undefined
  address(operation: Operation): Promise<Envelope>
}

/**
 * How an adapter with these options sends its requests. The SDK addresses and authorises them; bodies and answers are left
 * to us, on purpose: its schemas drop every request field that they do not know, put `prefix: false` and an `index` into
 * messages, and throw validation errors at error frames, at an answer without usage and at half of what servers that
 * speak this format send. It would also print
 * prompt and key where MISTRAL_DEBUG is set.
 */
export function sender(options: AdapterOptions<MistralClient>, baseURL: string): Send {
  const { client: own, headers: added } = options
  const load = mistralSdk()
  const desks = clientCache<Desk>(async (secret) => {
    if (own === undefined) return new ClientDesk(await load(), { secret, baseURL })
    return new OwnDesk(await load(), typeof own === 'function' ? await own(secret) : own)
  })
  return async (call, operation, body) => {
    const { secret, signal } = call
    signal.throwIfAborted()
    const found = desks.get(secret)
    const desk = found instanceof Promise ? await abortable(found, signal) : found
    const { url, headers } = await abortable(desk.address(operation), signal)
    const fetch = options.fetch ?? desk.fetch ?? globalThis.fetch
    const init = { method: 'POST', headers: headersOf(headers, added, call), body: JSON.stringify(body) }
    try {
      return await new Exchange(call).send({ fetch, url, init, refusals })
    } catch (error) {
      // The vendor's own fields say more than a status; anything but a classified error is the signal's reason.
      throw error instanceof AttemptError ? errorOf(failureOf(error)) : error
    }
  }
}

/** A desk with an SDK client of ours. An envelope is the same for every call of its kind, so the SDK builds it once. */
class ClientDesk implements Desk {
  readonly fetch = undefined
  readonly #sdk: MistralSdk
  readonly #secret: Secret
  readonly #baseURL: string
  readonly #envelopes = new Map<Operation, Envelope>()

  constructor(sdk: MistralSdk, { secret, baseURL }: { readonly secret: Secret; readonly baseURL: string }) {
    this.#sdk = sdk
    this.#secret = secret
    this.#baseURL = baseURL
  }

  async address(operation: Operation): Promise<Envelope> {
    const known = this.#envelopes.get(operation)
    if (known !== undefined) return known
    // Every option is given: what is left out, the SDK would take from the environment.
    const settings = { apiKey: this.#secret.reveal(), serverURL: this.#baseURL }
    const envelope = await addressed(this.#sdk, settings, operation).catch((error: unknown) => {
      throw buildError(error, this.#secret)
    })
    if (new URL(envelope.url).origin !== new URL(this.#baseURL).origin)
      throw new AttemptError('internal', `A request to another host than ${this.#baseURL} was stopped.`)
    this.#envelopes.set(operation, envelope)
    return envelope
  }
}

/**
 * A desk with the user's own client: its settings, its transport. Its key may be a function that gives another one every
 * time, so every call is addressed anew.
 */
class OwnDesk implements Desk {
  readonly fetch: Fetch | undefined
  readonly #sdk: MistralSdk
  readonly #settings: object

  constructor(sdk: MistralSdk, client: MistralClient) {
    const { httpClient } = client._options
    this.#sdk = sdk
    this.#settings = client._options
    this.fetch = httpClient === undefined ? undefined : (url, init) => httpClient.request(new Request(url, init))
  }

  address(operation: Operation): Promise<Envelope> {
    return addressed(this.#sdk, this.#settings, operation)
  }
}

/** The part of the SDK that builds the request of an operation, and how it is told to. */
const operations: Readonly<
  Record<Operation, (client: MistralClient) => { readonly part: object; readonly call: () => Promise<unknown> }>
> = {
  chat: ({ chat }) => ({ part: chat, call: () => chat.complete({ model: '', messages: [] }) }),
  stream: ({ chat }) => ({ part: chat, call: () => chat.stream({ model: '', messages: [] }) }),
  embeddings: ({ embeddings }) => ({ part: embeddings, call: () => embeddings.create({ model: '', inputs: '' }) }),
}

/**
 * Lets the SDK build a request that goes nowhere, and takes its address and headers. `_do` is where the SDK would send it:
 * in its place nothing of what follows happens, its hooks for telemetry included, which MISTRAL_SDK_TELEMETRY switches on
 * and MISTRAL_OTLP_TRACES_ENDPOINT would lead, with the key, to any host.
 */
async function addressed({ Mistral, HTTPClient }: MistralSdk, settings: object, operation: Operation): Promise<Envelope> {
  const requests: Request[] = []
  const nowhere = new TypeError('This request only shows where the real one goes.')
  const httpClient = new HTTPClient({ fetcher: () => Promise.reject(nowhere) })
  const { part, call } = operations[operation](new Mistral({ ...settings, httpClient, retryConfig: { strategy: 'none' } }))
  Object.defineProperty(part, '_do', {
    value: (request: unknown) => {
      if (request instanceof Request) requests.push(request)
      return Promise.reject(nowhere)
    },
  })
  try {
    await call()
  } catch (error) {
    if (requests.length === 0) throw error
  }
  const [request] = requests
  if (request === undefined) throw new AttemptError('internal', 'The SDK built no request.')
  const headers = new Headers(request.headers)
  // The SDK sends an empty one where it has no cookies.
  if (headers.get('cookie') === '') headers.delete('cookie')
  return { url: request.url, headers }
}

/** Errors of the runtime repeat a header's value, which is the key. */
function buildError(error: unknown, secret: Secret): unknown {
  if (!(error instanceof Error) || error instanceof AttemptError) return error
  if (/header value|invalid character/i.test(error.message))
    return new AttemptError('auth', 'The key has characters that no header may carry.')
  return new AttemptError('internal', redact(error.message, secret))
}

/** The SDK's headers, those of the options, those of the call; the call's may not change the credential. */
function headersOf(envelope: Headers, added: AdapterCall['headers'], { headers: given }: Call): Headers {
  // A copy in any case, for a transport of the user's may add to them.
  const headers = new Headers(envelope)
  const ofCall = Object.entries(given ?? {}).filter(([name]) => !/^(?:authorization|api-key|x-api-key)$/i.test(name))
  for (const [name, value] of [...Object.entries(added ?? {}), ...ofCall]) {
    if (value === null) headers.delete(name)
    else headers.set(name, value)
  }
  return headers
}

/** The work, or the signal's reason as soon as there is one: a user's own client may wait for its key. */
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
