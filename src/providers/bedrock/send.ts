import type { AdapterCall } from '../../contracts/adapter.ts'
import { Secret } from '../../contracts/secret.ts'
import { AttemptError } from '../../errors.ts'
import { Exchange, guardFetch } from '../shared/http.ts'
import type { JsonObject } from '../shared/json.ts'
import type { Connection } from './client.ts'
import type { Options } from './options.ts'
import { handlerFetch, headersOf, isSignedRequest, urlOf, type RequestHandler, type SignedRequest } from './transport.ts'

/** One call to be sent. */
export interface Outgoing {
  readonly call: AdapterCall
  readonly body: JsonObject
  readonly stream: boolean
}

/** How requests travel. */
export interface Wire extends Pick<Options, 'fetch' | 'requestHandler' | 'headers'> {
  /** Requests may go below this URL's origin only; `undefined` for a client of the user's own, which knows where to. */
  readonly baseURL: string | undefined
}

/**
 * Has the SDK address and sign a request, and sends it as the one request of the call. The body is written and the answer
 * read here: its own serialisers would decode every image only to encode it again, and take most of the time of a call.
 */
export async function send({ sdk, client }: Connection, { call, body, stream }: Outgoing, wire: Wire): Promise<Response> {
  let response: Response | undefined
  let failed: { readonly error: unknown } | undefined
  const write: Step = (next) => (args) => {
    const { request } = args
    if (isSignedRequest(request)) {
      request.body = JSON.stringify(body)
      request.headers['content-type'] = 'application/json'
    }
    return next(args)
  }
  const transmit =
    () =>
    async ({ request }: { readonly request: unknown }) => {
      // A client of the user's own may want to try again: it hears the same once more.
      if (failed !== undefined) throw failed.error
      if (!isSignedRequest(request)) throw new AttemptError('internal', 'The SDK made a request of an unknown kind.')
      const handler = wire.requestHandler ?? (wire.baseURL === undefined ? client.config.requestHandler : undefined)
      try {
        response = await dispatch({ request, handler, call, stream, wire })
      } catch (error) {
        failed = { error }
        throw error
      }
      return { response: undefined, output: nothing }
    }
  const writing = { step: 'build', priority: 'high', name: 'modelyardBody' } as const
  const transmitting = { step: 'deserialize', priority: 'high', name: 'modelyardTransport' } as const
  try {
    if (stream) {
      const command = new sdk.ConverseStreamCommand({ modelId: call.model })
      command.middlewareStack.add(write, writing)
      command.middlewareStack.add(transmit, transmitting)
      await unlessAborted(client.send(command), call.signal)
    } else {
      const command = new sdk.ConverseCommand({ modelId: call.model })
      command.middlewareStack.add(write, writing)
      command.middlewareStack.add(transmit, transmitting)
      await unlessAborted(client.send(command), call.signal)
    }
  } catch (error) {
    // Freed of what the SDK made of it.
    throw failed === undefined ? error : failed.error
  }
  if (response === undefined) throw new AttemptError('internal', 'The SDK sent nothing.')
  return response
}

/** A step of the SDK's on a request's way, whatever the command. */
type Step = <Args extends { readonly request: unknown }, Sent>(next: (args: Args) => Promise<Sent>) => (args: Args) => Promise<Sent>

/** What the SDK hears of the answer. */
const nothing = {
  $metadata: {},
  output: undefined,
  stopReason: undefined,
  usage: undefined,
  metrics: undefined,
  stream: undefined,
}

interface Dispatch {
  readonly request: SignedRequest
  readonly handler: RequestHandler | undefined
  readonly call: AdapterCall
  readonly stream: boolean
  readonly wire: Wire
}

function dispatch({ request, handler, call, stream, wire }: Dispatch): Promise<Response> {
  const url = urlOf(request)
  // A signature that does not match is answered with all that was signed: the session's token must not get into the error.
  const token = request.headers['x-amz-security-token']
  const exchange = new Exchange(token === undefined ? call : { ...call, secret: new Secret(token) })
  const fetch = handler === undefined ? wire.fetch : handlerFetch(handler, request, stream)
  const guarded = guardFetch({ fetch, baseURL: wire.baseURL ?? url })
  const headers = headersOf(request, wire.headers, call.headers)
  const { method, body } = request
  return guarded(url, { ...exchange.fetchOptions, method, headers, body: typeof body === 'string' ? body : null })
}

/** Credentials may take their time; an abort does not wait for them. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    const settle = (): void => signal.removeEventListener('abort', abort)
    promise.then(resolve, reject).finally(settle)
  })
}
