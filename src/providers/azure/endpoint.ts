import type OpenAI from 'openai'
import type { Secret } from '../../contracts/secret.ts'
import { sender } from '../openai/send.ts'
import type { Send } from '../openai/send.ts'
import { clientCache } from '../shared/clients.ts'
import type { AdapterOptions } from '../shared/options.ts'
import { refusals } from './failure.ts'

/** Where and how requests go. */
export interface Endpoint extends AdapterOptions<OpenAI> {
  /** With a version: the deployments' own paths. Without: the v1 API, which has one path for all and no versions. */
  readonly apiVersion?: string | undefined
  /** Whether calls bring a key of the resource; otherwise they bring an access token. */
  readonly keyed: boolean
}

/**
 * How requests are sent to this endpoint. A user's own client, `AzureOpenAI` among them, knows its paths itself; otherwise
 * they are built here, for `AzureOpenAI` would read what is not given from the environment.
 */
export function endpointSender({ apiVersion, keyed, ...options }: Endpoint): Send {
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
