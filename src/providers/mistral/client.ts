import type { AdapterCall } from '../../contracts/adapter.ts'
import type { Secret } from '../../contracts/secret.ts'
import { AttemptError } from '../../errors.ts'
import { abortable } from '../shared/abortable.ts'
import { clientCache } from '../shared/clients.ts'
import { buildError, enclosed, Envelopes, type Envelope } from '../shared/envelopes.ts'
import { callersHeaders } from '../shared/headers.ts'
import { transmit } from '../shared/http.ts'
import type { JsonObject } from '../shared/json.ts'
import type { AdapterOptions, Fetch } from '../shared/options.ts'
import { errorOf, failureOf, refusals } from './failure.ts'
import { mistralSdk, type MistralClient, type MistralSdk } from './sdk.ts'

/** What the SDK is asked to address. */
export type Operation = 'chat' | 'stream' | 'embeddings' | 'moderations'

type Call = Omit<AdapterCall, 'request'>

/** Sends one request; resolves with a 2xx response whose body nobody has read. */
export type Send = (call: Call, operation: Operation, body: JsonObject) => Promise<Response>

/** Addresses requests with one key, and says what sends them. */
interface Desk {
  readonly fetch: Fetch | undefined
  readonly address: (operation: Operation) => Envelope | Promise<Envelope>
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
    if (own === undefined) return deskFor(await load(), { secret, baseURL })
    return ownDesk(await load(), typeof own === 'function' ? await own(secret) : own)
  })
  return async (call, operation, body) => {
    const { secret, signal } = call
    signal.throwIfAborted()
    const found = desks.get(secret)
    const desk = found instanceof Promise ? await abortable(found, signal) : found
    const made = desk.address(operation)
    const envelope = made instanceof Promise ? await abortable(made, signal) : made
    try {
      return await transmit(call, {
        fetch: options.fetch ?? desk.fetch,
        ...enclosed(envelope, body, added, callersHeaders(call)),
        refusals,
      })
    } catch (error) {
      // The vendor's own fields say more than a status; anything but a classified error is the signal's reason.
      throw error instanceof AttemptError ? errorOf(failureOf(error)) : error
    }
  }
}

/** A desk with an SDK client of ours. */
function deskFor(sdk: MistralSdk, { secret, baseURL }: { readonly secret: Secret; readonly baseURL: string }): Desk {
  // Every option is given: what is left out, the SDK would take from the environment.
  const settings = { apiKey: secret.reveal(), serverURL: baseURL }
  const envelopes = new Envelopes<Operation>(baseURL, (operation) =>
    addressed(sdk, settings, operation).catch((error: unknown) => {
      throw buildError(error, secret)
    }),
  )
  return { fetch: undefined, address: (operation) => envelopes.of(operation) }
}

/**
 * A desk with the user's own client: its settings, its transport. Its key may be a function that gives another one every
 * time, so every call is addressed anew.
 */
function ownDesk(sdk: MistralSdk, { _options: settings }: MistralClient): Desk {
  const { httpClient } = settings
  return {
    fetch: httpClient === undefined ? undefined : (url, init) => httpClient.request(new Request(url, init)),
    address: (operation) => addressed(sdk, settings, operation),
  }
}

/** The part of the SDK that builds the request of an operation, and how it is told to. */
const operations: Readonly<
  Record<Operation, (client: MistralClient) => { readonly part: object; readonly call: () => Promise<unknown> }>
> = {
  chat: ({ chat }) => ({ part: chat, call: () => chat.complete({ model: '', messages: [] }) }),
  stream: ({ chat }) => ({ part: chat, call: () => chat.stream({ model: '', messages: [] }) }),
  embeddings: ({ embeddings }) => ({ part: embeddings, call: () => embeddings.create({ model: '', inputs: '' }) }),
  moderations: ({ classifiers }) => ({ part: classifiers, call: () => classifiers.moderate({ model: '', inputs: '' }) }),
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
