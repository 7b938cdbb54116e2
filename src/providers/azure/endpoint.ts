import type OpenAI from 'openai'
import type { Secret } from '../../contracts/secret.ts'
import { forwarder } from '../openai/forward.ts'
import type { Forward } from '../openai/forward.ts'
import { sender } from '../openai/send.ts'
import type { Send } from '../openai/send.ts'
import type { TokenProvider } from '../shared/access-token.ts'
import { clientCache } from '../shared/clients.ts'
import type { AdapterOptions } from '../shared/options.ts'
import { refusals } from './failure.ts'
import { withTokens } from '../shared/tokens.ts'

/** Where and how requests go. */
export interface Endpoint extends AdapterOptions<OpenAI> {
  /** With a version: the deployments' own paths. Without: the v1 API, which has one path for all and no versions. */
  readonly apiVersion?: string | undefined
  /** Gives access tokens in place of a key. */
  readonly tokens: TokenProvider | undefined
}

/** How requests are sent to an endpoint, and how they are handed on as they are where it has more than models. */
export interface Access {
  readonly send: Send
  readonly forward?: Forward
}

/** The way to this endpoint, with a key of the resource or with access tokens. */
export function endpointAccess({ tokens, ...endpoint }: Endpoint): Access {
  const send = endpointSender(endpoint, tokens === undefined)
  const { apiVersion, client, baseURL, headers, fetch } = endpoint
  // The deployments' paths have few endpoints, and a client of the user's own may be made for them.
  const forward = apiVersion === undefined && client === undefined ? forwarder({ baseURL, headers, fetch }, refusals) : undefined
  if (tokens === undefined) return { send, ...(forward !== undefined && { forward }) }
  const withToken = withTokens(tokens)
  return {
    send: (call, path, body) => withToken(call, (authorised) => send(authorised, path, body)),
    ...(forward !== undefined && { forward: (call) => withToken(call, forward) }),
  }
}

/**
 * How requests are sent to this endpoint. A user's own client, `AzureOpenAI` among them, knows its paths itself; otherwise
 * they are built here, for `AzureOpenAI` would read what is not given from the environment.
 */
function endpointSender({ apiVersion, ...options }: Omit<Endpoint, 'tokens'>, keyed: boolean): Send {
  if (apiVersion === undefined || options.client !== undefined) return sender(options, refusals)
  const send = keyed ? keySender(options) : sender(options, refusals)
  const version = new URLSearchParams({ 'api-version': apiVersion }).toString()
  return (call, path, body) => {
    const deployment = encodeURIComponent(call.model)
    return send(call, `/deployments/${deployment}${path}?${version}`, body)
  }
}

/** The deployments' paths take a key in a header of its own; the v1 API takes it as a bearer too. */
function keySender(options: AdapterOptions<OpenAI>): Send {
  const senders = clientCache((secret: Secret) => {
    const headers = { ...options.headers, authorization: null, 'api-key': secret.reveal() }
    return sender({ ...options, headers }, refusals)
  })
  return async (call, path, body) => (await senders.get(call.secret))(call, path, body)
}
