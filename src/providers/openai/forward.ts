import type OpenAI from 'openai'
import type { ForwardCall } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { clientCache } from '../shared/clients.ts'
import { failureFromThrown } from '../shared/failure.ts'
import { callersHeaders, laidOver } from '../shared/headers.ts'
import { Exchange, guardFetch } from '../shared/http.ts'
import type { AdapterOptions } from '../shared/options.ts'
import type { Recogniser } from '../shared/recognise.ts'
import { defaultBaseURL, isolatedClient } from './client.ts'
import { refusals as openaiRefusals } from './failure.ts'

/** Sends a request of the OpenAI client as it is; resolves with a 2xx response whose body nobody has read. */
export type Forward = (call: ForwardCall) => Promise<Response>

/** How an adapter with these options hands requests on: with its own key and headers, and otherwise byte for byte. */
export function forwarder(
  { baseURL = defaultBaseURL, headers = {}, fetch, client: own }: AdapterOptions<OpenAI>,
  refusals: readonly Recogniser[] = openaiRefusals,
): Forward {
  const forward = own === undefined ? viaFetch() : byOwn(own)
  return async (call) => {
    try {
      return await forward(call)
    } catch (error) {
      throw callersFault(error, refusals)
    }
  }

  function viaFetch(): Forward {
    const guarded = guardFetch({ fetch, baseURL, refusals })
    // What the SDK says of a request is the same for all of one key.
    const authorised = clientCache(async (secret) => {
      const client = await isolatedClient(secret, { baseURL, headers, fetch: guarded })
      const { req } = await client.buildRequest({ method: 'get', path: '/' })
      return new Headers(req.headers)
    })
    const root = baseURL.replace(/\/+$/, '')
    return async (call) => {
      const { method, path, body = null } = call
      const { fetchOptions } = new Exchange(call)
      const init = { ...fetchOptions, method, body, headers: laidOver(await authorised.get(call.secret), callersHeaders(call)) }
      return guarded(`${root}${path}`, body instanceof ReadableStream ? { ...init, duplex: 'half' } : init)
    }
  }
}

/** With the user's own client there is no guard: its transport, its headers and its errors are what they are. */
function byOwn(own: NonNullable<AdapterOptions<OpenAI>['client']>): Forward {
  const clients = typeof own === 'function' ? clientCache(own) : undefined
  return async ({ method, path, body, headers, secret, signal, onHeaders }) => {
    const client = typeof own === 'function' ? await clients?.get(secret) : own
    const verb = methods[method]
    if (client === undefined || verb === undefined) throw new AttemptError('invalid_request', `The OpenAI client has no ${method}.`)
    try {
      const response = await client
        .request({ method: verb, path, body, headers: callersHeaders({ headers }), signal, maxRetries: 0 })
        .asResponse()
      onHeaders?.(response.headers)
      return response
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  }
}

const methods: Readonly<Record<string, 'get' | 'post' | 'put' | 'patch' | 'delete'>> = {
  GET: 'get',
  POST: 'post',
  PUT: 'put',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** What is not found here is what the caller asked for, a file or a job, and no model: it says nothing about the provider. */
function callersFault(error: unknown, refusals: readonly Recogniser[]): unknown {
  const { kind, message, ...details } = failureFromThrown(error, refusals)
  return kind === 'not_found' || kind === 'rejected' ? new AttemptError('invalid_request', message, details) : error
}
