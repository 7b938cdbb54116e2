import type { AdapterCall } from '../../contracts/adapter.ts'
import type { Secret } from '../../contracts/secret.ts'
import { AttemptError, ModelyardError } from '../../errors.ts'
import { abortable } from '../shared/abortable.ts'
import { clientCache } from '../shared/clients.ts'
import { checkOrigin } from '../shared/envelopes.ts'
import { credentialIn } from '../shared/headers.ts'
import { redact, transmit } from '../shared/http.ts'
import type { AdapterOptions, Fetch } from '../shared/options.ts'
import type { Recogniser } from '../shared/recognise.ts'
import type { Send } from './adapter.ts'
import { messagesPath, requestOf, sentBy, type MessagesClient } from './client.ts'
import type { Translation } from './request.ts'

/** How requests reach a cloud. */
export interface CloudWire extends Pick<AdapterOptions<MessagesClient>, 'client' | 'fetch'> {
  /** Requests may go to this URL's origin only. */
  readonly baseURL: string
  /** Builds the SDK's client for a key, with {@link collecting} as its `fetch`. */
  readonly build: (secret: Secret) => Promise<MessagesClient>
  readonly refusals: readonly Recogniser[]
  /** What an error of the SDK's is before anything was sent: credentials that could not be had, for one. */
  readonly buildError: (message: string) => AttemptError | undefined
}

/**
 * How requests are sent to a cloud. The SDK addresses, authorises and signs them; then they are sent from here, as the one
 * request of their call. What the SDK does with answers is left out on purpose: it makes text of AWS's frames only for us
 * to read it again, and errors of its own of a stream that breaks.
 */
export function cloudSender(wire: CloudWire): { readonly send: Send; readonly close: () => void } {
  const { client: own } = wire
  const clients = clientCache<MessagesClient>(typeof own === 'function' ? own : wire.build)
  const send: Send = async (call, translation) => {
    const { secret, signal } = call
    signal.throwIfAborted()
    const found = typeof own === 'object' ? own : clients.get(secret)
    const client = found instanceof Promise ? await abortable(found, signal) : found
    if (own !== undefined) return sentBy(client, call, translation)
    const request = built(client, { call, translation, wire }).catch((error: unknown) => {
      // A client remembers credentials that it failed to get.
      clients.clear()
      throw error
    })
    return transmitted(await abortable(request, signal), call, wire)
  }
  return { send, close: () => clients.clear() }
}

interface Outgoing {
  readonly call: AdapterCall
  readonly translation: Translation
}

function transmitted({ url, init }: Built, call: AdapterCall, { baseURL, fetch, refusals }: CloudWire): Promise<Response> {
  checkOrigin(url, baseURL)
  // What authorises it must not get into an error, also where the vendor repeats it.
  return transmit({ ...call, secret: credentialIn(init.headers) ?? call.secret }, { fetch, url, init, refusals })
}

interface Built {
  readonly url: string
  readonly init: RequestInit
}

/** The request that the SDK would send. */
async function built(client: MessagesClient, { call, translation, wire }: Outgoing & { readonly wire: CloudWire }): Promise<Built> {
  const requests: Built[] = []
  const fetchOptions = { [collector]: (request: Built) => requests.push(request) }
  try {
    await client.post(messagesPath, { ...requestOf(call, translation), fetchOptions }).asResponse()
  } catch (error) {
    throw notBuilt(error, call.secret, wire)
  }
  const [only, second] = requests
  if (only !== undefined && second === undefined) return only
  throw new AttemptError('internal', `The SDK made ${requests.length} requests of one call.`)
}

const collector = Symbol('modelyard.collector')

/** The `fetch` to build a client with: a request goes to whoever asked for it, and nowhere else. The SDK gets no answer. */
export const collecting: Fetch = (input, init = {}) => {
  const collect: unknown = Reflect.get(init, collector)
  if (typeof collect !== 'function')
    return Promise.reject(new AttemptError('internal', 'A request outside of any call was stopped.'))
  collect({ url: input instanceof Request ? input.url : String(input), init })
  return Promise.resolve(new Response('{}', { headers: { 'content-type': 'application/json' } }))
}

function notBuilt(error: unknown, secret: Secret, { buildError }: Pick<CloudWire, 'buildError'>): unknown {
  const chain = chainOf(error)
  const known = chain.find((each) => each instanceof AttemptError || ModelyardError.is(each))
  if (known !== undefined || chain.length === 0) return known ?? error
  // The SDK says what it could not get, its causes say why.
  const message = redact(chain.map((each) => each.message).join(' '), secret)
  if (/header value|invalid character/i.test(message))
    return new AttemptError('auth', 'The key has characters that no header may carry.')
  if (/path parameter/i.test(message)) return new AttemptError('not_found', 'The name of the model cannot be part of a path.')
  return buildError(message) ?? new AttemptError('internal', message)
}

function chainOf(error: unknown): readonly Error[] {
  const chain: Error[] = []
  for (let inner = error; inner instanceof Error && chain.length < 6; inner = inner.cause) chain.push(inner)
  return chain
}
