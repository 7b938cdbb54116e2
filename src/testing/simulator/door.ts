import { parseJson } from '../json.ts'
import { outgoing } from '../traffic/outgoing.ts'
import type { Outgoing, WireFetch } from '../traffic/outgoing.ts'
import type { Dialect } from './dialect.ts'
import { turnOf } from './dialect.ts'
import type { Fault, Origins } from './fault.ts'
import type { Strike } from './outages.ts'
import type { Turn, WireRequest } from './turn.ts'

/** By this header the simulator knows who came through a door; it is not among those that it shows. */
export const doorMark = 'x-simulator-door'

/** Whether a fault strikes before anybody could answer. */
export function breaksConnection(fault: Fault): boolean {
  return 'connect' in fault
}

/** What a door leads to. */
interface Doorway {
  readonly dialect: Dialect
  readonly origins: Origins & { readonly elsewhere: string }
  /** The fault of the connection that strikes a request, if one does. */
  readonly strike: (turn: Turn) => Strike | undefined
}

/**
 * A transport to a simulated vendor. What is meant for another host goes there as well, as through a reverse proxy; only
 * the simulator's second origin is left as it is, for nobody should go there.
 */
export function doorFetch({ dialect, origins, strike }: Doorway): WireFetch {
  return async (input, init) => {
    const sent = await outgoing(input, init)
    const url = new URL(sent.url)
    if (url.origin === origins.elsewhere) return fetch(sent.url, sent.init)
    const home = `${origins.url}/${dialect.vendor}`
    const target = sent.url.startsWith(`${home}/`) ? sent.url : `${home}${url.pathname}${url.search}`
    const turn = turnOf(dialect, requestOf(sent, target.slice(home.length), home))
    const struck = turn === undefined ? undefined : strike(turn)
    if (struck !== undefined && 'connect' in struck.fault && struck.fault.connect !== undefined) {
      sent.signal?.throwIfAborted()
      return struck.fault.connect(origins)
    }
    const headers = new Headers(sent.headers)
    headers.set(doorMark, '1')
    if (target !== sent.url) headers.set('x-forwarded-host', url.host)
    return fetch(target, { ...sent.init, headers })
  }
}

/** The request as the vendor would read it. */
function requestOf({ method, headers, body }: Outgoing, pathAndQuery: string, base: string): WireRequest {
  const { pathname, searchParams } = new URL(pathAndQuery, 'http://localhost')
  const bytes = Buffer.from(body ?? [])
  return {
    method,
    path: pathname,
    query: searchParams,
    base,
    headers: Object.fromEntries(headers),
    body: parseJson(bytes.toString()),
    bytes,
  }
}
