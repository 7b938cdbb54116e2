/**
 * What a piece of a response is for, whatever the vendor: `open` comes before any content, `frame` is structure between
 * content, `finish` carries the finish reason, `end` is the terminal event, `body` a whole unary body.
 */
export type Part = 'body' | 'open' | 'content' | 'frame' | 'finish' | 'usage' | 'end'

/** One write to the socket. */
export interface Piece {
  readonly part: Part
  readonly data: string | Uint8Array
  /** Time before it is written. */
  readonly waitMs?: number
}

/** How a response ends: as HTTP wants it, by FIN without an end, by RST, never, or with one piece repeated for ever. */
export type Ending =
  | { readonly how: 'end' | 'close' | 'reset' | 'stall' }
  | { readonly how: 'repeat'; readonly data: string | Uint8Array; readonly everyMs: number }

/** The status and headers of a response. */
export interface Head {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** `1.0`: the body ends with the connection. Default: HTTP/1.1. */
  readonly version?: '1.0'
  /** Whether hints (103) come before it. */
  readonly early?: true
}

/** A response as it goes over the wire, before it is sent. Faults are functions from one of these to another. */
export interface Exchange {
  /** `null`: no response head is written, and the pieces go to the bare socket. */
  readonly head: Head | null
  /** Time until the head is written. */
  readonly headMs: number
  readonly pieces: readonly Piece[]
  readonly ending: Ending
  readonly chunking: Chunking
}

/**
 * How the bytes are cut into packets: one write per event, everything in one write, at most so many bytes, inside of every
 * character of several bytes, or pieces of random sizes from a seed.
 */
export type Chunking = 'events' | 'whole' | `bytes:${number}` | 'characters' | { readonly random: number }

/** A response with a body and nothing special about it. */
export function plain(status: number, body: string | Uint8Array, headers: Readonly<Record<string, string>>): Exchange {
  const pieces: readonly Piece[] = body.length === 0 ? [] : [{ part: 'body', data: body }]
  return { head: { status, headers }, headMs: 0, pieces, ending: { how: 'end' }, chunking: 'events' }
}

/** A JSON response. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Exchange {
  return plain(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers })
}
