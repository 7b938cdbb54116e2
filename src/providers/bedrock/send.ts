import { randomUUID } from 'node:crypto'
import type { AdapterCall } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { abortable } from '../shared/abortable.ts'
import { checkOrigin, enclosed, type Envelope } from '../shared/envelopes.ts'
import { callersHeaders, credentialIn } from '../shared/headers.ts'
import { transmit } from '../shared/http.ts'
import type { JsonObject } from '../shared/json.ts'
import type { Connection } from './client.ts'
import { issued, type Command, type Operation } from './command.ts'
import type { Options } from './options.ts'
import { handlerFetch, headersOf, urlOf, type RequestHandler, type SignedRequest } from './transport.ts'

/** One call to be sent. */
export interface Outgoing {
  readonly call: Omit<AdapterCall, 'request'>
  readonly body: JsonObject
  readonly operation: Operation
}

/** How requests travel. */
export interface Wire extends Pick<Options, 'fetch' | 'requestHandler' | 'headers'> {
  /** Requests may go below this URL's origin only; `undefined` for a client of the user's own, which knows where to. */
  readonly baseURL: string | undefined
}

/**
 * Where the requests of a command go and what authorises them, for a connection with an API key: but for a number that each
 * gets, they differ in their bodies alone.
 */
export async function addressed(connection: Connection, command: Command, { headers }: Wire): Promise<Envelope> {
  let envelope: Envelope | undefined
  try {
    await issued(connection, command, {
      body: {},
      transmit: async (request) => {
        envelope = { url: urlOf(request), headers: new Headers(headersOf(request, headers)) }
      },
    })
  } catch (error) {
    if (envelope === undefined) throw error
  }
  if (envelope === undefined) throw new AttemptError('internal', 'The SDK sent nothing.')
  return envelope
}

/** Sends a call in its envelope. */
export function sendEnclosed(envelope: Envelope, { call, body }: Outgoing, { fetch }: Wire): Promise<Response> {
  const own = { 'amz-sdk-invocation-id': randomUUID() }
  return transmit(call, { fetch, ...enclosed(envelope, body, own, callersHeaders(call)), refusals: [] })
}

/**
 * Has the SDK address and sign a request, and sends it as the one request of the call. The body is written and the answer
 * read here: its own serialisers would decode every image only to encode it again, and take most of the time of a call.
 */
export async function send(connection: Connection, outgoing: Outgoing, wire: Wire): Promise<Response> {
  const { call, body, operation } = outgoing
  let response: Response | undefined
  let failed: { readonly error: unknown } | undefined
  const onWire = async (request: SignedRequest): Promise<void> => {
    // A client of the user's own may want to try again: it hears the same once more.
    if (failed !== undefined) throw failed.error
    const { config } = connection.client
    const handler = wire.requestHandler ?? (wire.baseURL === undefined ? config.requestHandler : undefined)
    try {
      response = await dispatch({ request, handler, call, stream: operation === 'converse-stream', wire })
    } catch (error) {
      failed = { error }
      throw error
    }
  }
  try {
    await abortable(issued(connection, { model: call.model, operation }, { body, transmit: onWire }), call.signal)
  } catch (error) {
    // Freed of what the SDK made of it. What becomes of it there after the answer is of no concern.
    if (failed !== undefined) throw failed.error
    if (response === undefined) throw error
  }
  if (response === undefined) throw new AttemptError('internal', 'The SDK sent nothing.')
  return response
}

interface Dispatch {
  readonly request: SignedRequest
  readonly handler: RequestHandler | undefined
  readonly call: Omit<AdapterCall, 'request'>
  readonly stream: boolean
  readonly wire: Wire
}

async function dispatch({ request, handler, call, stream, wire }: Dispatch): Promise<Response> {
  const url = urlOf(request)
  if (wire.baseURL !== undefined) checkOrigin(url, wire.baseURL)
  const fetch = handler === undefined ? wire.fetch : handlerFetch(handler, request, stream)
  const headers = headersOf(request, wire.headers, call.headers)
  const { method, body } = request
  const init = { method, headers, body: typeof body === 'string' ? body : null }
  // A signature that does not match is answered with all that was signed: the session's token must not get into the error.
  return transmit({ ...call, secret: credentialIn(request.headers) ?? call.secret }, { fetch, url, init, refusals: [] })
}
