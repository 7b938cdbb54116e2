import type { Clock } from '../../contracts/clock.ts'
import type { Dialect, ProblemContext, Stamp } from './dialect.ts'
import type { Turn, WireRequest } from './turn.ts'
import { json } from './exchange.ts'
import type { Exchange, Piece } from './exchange.ts'
import { refusal, retryMs } from './fault.ts'
import type { FaultContext } from './fault.ts'
import type { Strike } from './outages.ts'
import { fullReply } from './full-reply.ts'
import type { FullReply, Latency, Reply } from './reply.ts'

/** What the simulator knows when it answers. */
export interface Surroundings {
  readonly clock: Clock
  readonly elsewhere: string
  /** `undefined`: any. */
  readonly models: readonly string[] | undefined
  /** `undefined`: any but none. */
  readonly keys: readonly string[] | undefined
  readonly validate: boolean
  /** Whether a request without a key is answered: `fetch` takes the key off when it follows to another origin. */
  readonly keyless: boolean
  readonly latency: (turn: Turn) => Latency
  readonly stamp: Stamp
  readonly strike: (turn: Turn) => Strike | undefined
  readonly reply: (turn: Turn) => Reply
}

/** A response, and what it came from. */
export interface Response {
  readonly exchange: Exchange
  readonly turn: Turn | undefined
  readonly fault: string | undefined
}

/** Decides what a request is answered with. Faults come before everything: a server that is down checks no keys. */
export function respond(request: WireRequest, dialect: Dialect, around: Surroundings): Response {
  const turn = dialect.read(request)
  const context = problemContext(request, turn, dialect)
  const headers = dialect.headers(around.stamp)
  if (turn === undefined) {
    const error = dialect.status(404, { ...context, message: `Invalid URL (${request.method} ${request.path})` })
    return { exchange: headed(refusal({ parameters: {} }, error), headers), turn, fault: undefined }
  }
  const strike = around.strike(turn)
  const healthy = (): Exchange =>
    headed(refused(request, { dialect, turn, context, around }) ?? answered(request, { dialect, turn, around }), headers)
  if (strike === undefined) return { exchange: healthy(), turn, fault: undefined }
  const { fault, name, parameters } = strike
  const spoiling: FaultContext = {
    dialect,
    turn,
    parameters,
    problem: { ...context, message: parameters.message, code: parameters.code, retryAfterMs: retryMs(parameters.retryAfter) },
    elsewhere: `${around.elsewhere}/${dialect.vendor}${request.path}`,
    unary: () => headed(whole({ dialect, turn, around }), headers),
  }
  const exchange = 'replace' in fault ? fault.replace(spoiling) : fault.bend(healthy(), spoiling)
  return { exchange: headed(exchange, { ...headers, ...parameters.headers }), turn, fault: name }
}

function problemContext(request: WireRequest, turn: Turn | undefined, dialect: Dialect): ProblemContext {
  return { model: turn?.model ?? '', key: dialect.key(request) ?? '', promptTokens: turn?.promptTokens ?? 0 }
}

interface Asked {
  readonly dialect: Dialect
  readonly turn: Turn
  readonly around: Surroundings
}

function refused(
  request: WireRequest,
  { dialect, turn, context, around }: Asked & { readonly context: ProblemContext },
): Exchange | undefined {
  const unknown = turn.operation !== 'models' && around.models?.includes(turn.model) === false
  const error =
    context.key === '' && !around.keyless
      ? dialect.problem('no-key', context)
      : around.keys?.includes(context.key) === false
        ? dialect.problem('bad-key', context)
        : ((around.validate ? dialect.check(request, turn) : undefined) ??
          (unknown ? dialect.problem('model-not-found', context) : undefined))
  return error === undefined ? undefined : refusal({ parameters: {} }, error)
}

function answered(request: WireRequest, asked: Asked): Exchange {
  const { dialect, turn, around } = asked
  switch (turn.operation) {
    case 'models':
      return json(200, dialect.models?.(around.models ?? ['simulated-model']) ?? {})
    case 'model':
      return json(200, {
        id: turn.model,
        name: `models/${turn.model}`,
        object: 'model',
        type: 'model',
        created: 1_767_225_600,
        owned_by: 'system',
      })
    case 'embeddings':
      return json(200, dialect.embeddings?.(turn) ?? {})
    case 'chat':
      return turn.stream ? streamed(request, asked) : whole(asked)
  }
}

function whole({ dialect, turn, around }: Asked): Exchange {
  const given = around.reply(turn)
  const reply = fullReply(given, turn)
  const { headersMs = 0, firstTokenMs = 0, tokenMs = 0 } = { ...around.latency(turn), ...given.latency }
  const exchange = json(200, given.body ?? dialect.whole(reply, turn, around.stamp), given.headers)
  return {
    ...exchange,
    headMs: headersMs + firstTokenMs + tokenMs * Math.max(0, reply.deltas.length - 1),
    chunking: given.chunking ?? 'events',
  }
}

function streamed(request: WireRequest, { dialect, turn, around }: Asked): Exchange {
  const given = around.reply(turn)
  const reply = fullReply(given, turn)
  const latency = { ...around.latency(turn), ...given.latency }
  const own = given.events === undefined ? eventsOf(reply, { dialect, turn, around }) : verbatim(given.events, dialect)
  const { contentType, pieces } = dialect.envelope?.(own, request) ?? {
    contentType: 'text/event-stream; charset=utf-8',
    pieces: own,
  }
  return {
    head: { status: 200, headers: { 'content-type': contentType, 'cache-control': 'no-cache', ...given.headers } },
    headMs: latency.headersMs ?? 0,
    pieces: paced(pieces, latency),
    ending: { how: 'end' },
    chunking: given.chunking ?? 'events',
  }
}

function eventsOf(reply: FullReply, { dialect, turn, around }: Asked): readonly Piece[] {
  return dialect.events(reply, turn, around.stamp)
}

function verbatim(events: readonly unknown[], dialect: Dialect): readonly Piece[] {
  return events.map((event) => ({
    part: 'content',
    data: typeof event === 'string' ? event : dialect.frame(JSON.stringify(event)),
  }))
}

function paced(pieces: readonly Piece[], { firstTokenMs = 0, tokenMs = 0 }: Latency): readonly Piece[] {
  if (firstTokenMs === 0 && tokenMs === 0) return pieces
  const first = pieces.findIndex(({ part }) => part === 'content')
  return pieces.map((piece, index) =>
    piece.part === 'content' ? { ...piece, waitMs: index === first ? firstTokenMs : tokenMs } : piece,
  )
}

function headed(exchange: Exchange, headers: Readonly<Record<string, string>>): Exchange {
  return exchange.head === null
    ? exchange
    : { ...exchange, head: { ...exchange.head, headers: { ...headers, ...exchange.head.headers } } }
}
