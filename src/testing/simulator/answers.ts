import type { Dialect, Stamp } from './dialect.ts'
import { json } from './exchange.ts'
import type { Exchange, Piece } from './exchange.ts'
import { fullReply } from './full-reply.ts'
import type { FullReply, Latency, Reply } from './reply.ts'
import type { Turn, WireRequest } from './turn.ts'

/** What an answer is made with. */
export interface Answering {
  readonly stamp: Stamp
  readonly latency: (turn: Turn) => Latency
  readonly reply: (turn: Turn) => Reply
  /** What a fault makes of every answer. */
  readonly rewrite?: ((reply: FullReply) => FullReply) | undefined
}

/** A request that is answered. */
export interface Asked {
  readonly dialect: Dialect
  readonly turn: Turn
  readonly around: Answering
}

/** An answer with nothing left open, as it goes out. */
export function finalReply(given: Reply, { turn, around }: Pick<Asked, 'turn' | 'around'>): FullReply {
  const reply = fullReply(given, turn)
  return around.rewrite?.(reply) ?? reply
}

/** The answer in one body. */
export function whole({ dialect, turn, around }: Asked): Exchange {
  const given = around.reply(turn)
  const reply = finalReply(given, { turn, around })
  const exchange = json(200, given.body ?? dialect.whole(reply, turn, around.stamp), given.headers)
  return {
    ...exchange,
    headMs: durationMs(given, { turn, around, deltas: reply.deltas.length }),
    chunking: given.chunking ?? 'events',
  }
}

/** How long an answer takes that is given in one piece. */
export function durationMs(
  given: Reply,
  { turn, around, deltas }: Pick<Asked, 'turn' | 'around'> & { readonly deltas: number },
): number {
  const { headersMs = 0, firstTokenMs = 0, tokenMs = 0 } = { ...around.latency(turn), ...given.latency }
  return headersMs + firstTokenMs + tokenMs * Math.max(0, deltas - 1)
}

/** The answer as events. */
export function streamed(request: WireRequest, { dialect, turn, around }: Asked, given = around.reply(turn)): Exchange {
  const latency = { ...around.latency(turn), ...given.latency }
  const own =
    given.events === undefined
      ? dialect.events(finalReply(given, { turn, around }), turn, around.stamp)
      : given.events.map((event): Piece => {
          const data = typeof event === 'string' ? event : dialect.frame(JSON.stringify(event))
          return { part: 'content', data }
        })
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

function paced(pieces: readonly Piece[], { firstTokenMs = 0, tokenMs = 0 }: Latency): readonly Piece[] {
  if (firstTokenMs === 0 && tokenMs === 0) return pieces
  const first = pieces.findIndex(({ part }) => part === 'content')
  return pieces.map((piece, index) =>
    piece.part === 'content' ? { ...piece, waitMs: index === first ? firstTokenMs : tokenMs } : piece,
  )
}
