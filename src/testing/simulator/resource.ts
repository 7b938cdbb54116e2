import { streamed } from './answers.ts'
import type { Asked } from './answers.ts'
import { json, plain } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { silentTurn } from './turn.ts'
import type { Turn, WireRequest } from './turn.ts'

/** A request for what is neither an answer nor a model. */
export function resourceTurn({ method, path }: WireRequest): Turn {
  return { ...silentTurn, operation: 'resource', resource: `${method} ${path}` }
}

/** What was scripted for it: JSON, text, bytes or events; else an echo that says what came. */
export function resource(request: WireRequest, asked: Asked): Exchange {
  const { around, turn } = asked
  const given = around.reply(turn)
  if (given.events !== undefined) return streamed(request, asked, given)
  const exchange = bodied(given.body ?? echo(request), given.headers)
  return { ...exchange, headMs: { ...around.latency(turn), ...given.latency }.headersMs ?? 0, chunking: given.chunking ?? 'events' }
}

function bodied(body: unknown, headers: Readonly<Record<string, string>> = {}): Exchange {
  if (typeof body === 'string') return plain(200, body, { 'content-type': 'text/plain; charset=utf-8', ...headers })
  if (body instanceof Uint8Array) return plain(200, body, { 'content-type': 'application/octet-stream', ...headers })
  return json(200, body, headers)
}

function echo({ method, path, query, headers, body, bytes }: WireRequest): object {
  const { 'content-type': type } = headers
  return { object: 'echo', method, path, query: Object.fromEntries(query), content_type: type, bytes: bytes?.length ?? 0, body }
}
