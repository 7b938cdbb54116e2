import type { AdapterCall } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { bodyText } from '../shared/body-text.ts'
import { answerObject } from '../shared/completion.ts'
import { Exchange, guardFetch } from '../shared/http.ts'
import { textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import type { AdapterOptions } from '../shared/options.ts'
import type { Access } from './access.ts'
import { refusals, withoutContent } from './failure.ts'

/** How a message is answered: whole, or as a stream of snapshots. */
export type Action = 'chat' | 'chatOverStream'

/** An answer that the service has begun, in a conversation of its own. */
export interface Answering {
  readonly response: Response
  readonly conversation: string
}

export const graphURL = 'https://graph.microsoft.com/beta'

/** Sends a message. */
export type Ask = (call: AdapterCall, action: Action, body: JsonObject) => Promise<Answering>

/**
 * How an adapter with these options asks. A conversation is made for every call, for the service keeps what was said in one;
 * so a call is two requests, each made once, and the second one is the call's proper: its headers are those of the answer.
 */
export function asker(
  { baseURL = graphURL, fetch, headers }: Pick<AdapterOptions, 'baseURL' | 'fetch' | 'headers'>,
  access: Access,
): Ask {
  const root = `${baseURL.replace(/\/+$/, '')}/copilot/conversations`
  const send = guardFetch({ fetch, baseURL, refusals })

  async function post(call: AdapterCall, path: string, body: JsonObject): Promise<Response> {
    const exchange = new Exchange(call)
    const init = { ...exchange.fetchOptions, method: 'POST', body: JSON.stringify(body) }
    try {
      return await send(`${root}${path}`, { ...init, headers: headersOf(call, path, headers) })
    } catch (error) {
      access.failed(call, error)
      throw withoutContent(error)
    }
  }

  return async (call, action, body) => {
    call.signal.throwIfAborted()
    const authorised = await access.authorised(call)
    const created = await post({ ...authorised, onHeaders: noHeaders }, '', {})
    const conversation = await idIn(created, call.signal)
    return { response: await post(authorised, `/${encodeURIComponent(conversation)}/${action}`, body), conversation }
  }
}

/** A new conversation is no answer yet. */
function noHeaders(): void {}

async function idIn(response: Response, signal: AbortSignal): Promise<string> {
  const id = textOf(answerObject(await bodyText(response, signal), refusals)['id'])
  if (id === undefined || id === '') throw new AttemptError('malformed', 'The new conversation has no id.')
  return id
}

/** The caller's headers go over the adapter's own, and the token over both. */
function headersOf(call: AdapterCall, path: string, own: AdapterOptions['headers']): Headers {
  const accept = path.endsWith('/chatOverStream') ? 'text/event-stream' : 'application/json'
  const headers = new Headers({ accept, 'content-type': 'application/json' })
  for (const [name, value] of Object.entries({ ...own, ...call.headers })) {
    if (value === null) headers.delete(name)
    else headers.set(name, value)
  }
  const token = call.secret.reveal()
  // What `fetch` says of a header that cannot be sent would repeat it.
  if (!/^[!-~]+$/.test(token)) throw new AttemptError('auth', 'The token has characters that no token has.')
  headers.set('authorization', `Bearer ${token}`)
  return headers
}
