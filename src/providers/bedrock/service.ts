import { runtimeOf } from '../shared/aws/access.ts'
import { clientCache } from '../shared/clients.ts'
import { Envelopes } from '../shared/envelopes.ts'
import { connector, type Connection } from './client.ts'
import type { Operation } from './command.ts'
import type { Options } from './options.ts'
import { addressed, send, sendEnclosed, type Outgoing, type Wire } from './send.ts'

/** The service of one region, with a connection for each key. */
export interface Service {
  readonly ask: (outgoing: Outgoing) => Promise<Response>
  readonly close: () => void
}

type Asking = (outgoing: Outgoing) => Promise<Response>

/** The service that these options name. */
export function service(options: Options): Service {
  const { region = '', client, credentials, fetch, requestHandler, headers, baseURL = runtimeOf(region) } = options
  const connect = connector(options, baseURL)
  // What is signed is signed anew for every body; a client or a transport of the user's own may do so too.
  const isKeyed = client === undefined && credentials === undefined && requestHandler === undefined
  const wire = { fetch, requestHandler, headers, baseURL: client === undefined ? baseURL : undefined }
  const connections = clientCache(async (secret): Promise<Asking> => {
    const connection = await connect(secret)
    return isKeyed ? enclosing(connection, wire, baseURL) : (outgoing) => send(connection, outgoing, wire)
  })
  return {
    async ask(outgoing) {
      const { signal, secret } = outgoing.call
      signal.throwIfAborted()
      const cached = connections.get(secret)
      const asking = cached instanceof Promise ? await cached : cached
      return asking(outgoing)
    },
    close: () => connections.clear(),
  }
}

/** Asks with a key, which authorises every request in the same way. */
function enclosing(connection: Connection, wire: Wire, baseURL: string): Asking {
  const of = (operation: Operation): Envelopes =>
    new Envelopes(baseURL, (model) => addressed(connection, { model, operation }, wire))
  const envelopes = { converse: of('converse'), 'converse-stream': of('converse-stream'), invoke: of('invoke') }
  return async (outgoing) => {
    const { call, operation } = outgoing
    const found = envelopes[operation].of(call.model)
    return sendEnclosed(found instanceof Promise ? await found : found, outgoing, wire)
  }
}
