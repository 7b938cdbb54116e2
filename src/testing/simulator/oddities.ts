import { gzipSync } from 'node:zlib'

import type { Piece } from './exchange.ts'
import { bytesOf, dripped, keep, onBody, withHeaders } from './fault.ts'
import type { Fault, FaultContext } from './fault.ts'

/** Oddities that a sound client reads through. */
export const oddities = {
  'slow-drip': {
    meaning: 'a few bytes at a time',
    spoils: 'any',
    harmless: true,
    bend: (healthy, { parameters }) => ({ ...healthy, pieces: dripped(healthy.pieces, parameters.everyMs ?? 1) }),
  },
  comments: {
    meaning: 'comments and keep-alives between the events',
    spoils: 'streams',
    harmless: true,
    bend: (healthy, { dialect }) => ({
      ...healthy,
      pieces: healthy.pieces.flatMap((piece): Piece[] => [{ part: 'frame', data: commented(dialect.keepAlive) }, piece]),
    }),
  },
  crlf: {
    meaning: 'events with CRLF line ends',
    spoils: 'streams',
    harmless: true,
    bend: (healthy) => ({
      ...healthy,
      pieces: healthy.pieces.map((piece) => ({ ...piece, data: onText(piece.data, (text) => text.replaceAll(/\r?\n/g, '\r\n')) })),
    }),
  },
  'one-packet': {
    meaning: 'all events in one packet',
    spoils: 'streams',
    harmless: true,
    bend: (healthy) => ({ ...healthy, chunking: 'whole' }),
  },
  'split-bytes': {
    meaning: 'three bytes a packet: characters are split',
    spoils: 'any',
    harmless: true,
    bend: (healthy) => ({ ...healthy, chunking: 'bytes:3' }),
  },
  'stall-after-terminal': {
    meaning: 'a complete stream on a connection that stays open',
    spoils: 'streams',
    harmless: true,
    bend: (healthy) => ({ ...healthy, ending: { how: 'stall' } }),
  },
  'reset-after-terminal': {
    meaning: 'a complete stream, and RST',
    spoils: 'streams',
    harmless: true,
    bend: (healthy) => ({ ...healthy, ending: { how: 'reset' } }),
  },
  'finish-without-terminal': {
    meaning: 'a finish reason, but no terminal event behind it',
    spoils: 'streams',
    harmless: true,
    bend: (healthy) => keep(healthy, ['open', 'content', 'frame', 'finish', 'usage']),
  },
  'leading-newlines': {
    meaning: 'blank lines before the JSON',
    spoils: 'unary',
    harmless: true,
    bend: (healthy) => onBody(healthy, (body) => `\n\n\n${body}`),
  },
  'byte-order-mark': {
    meaning: 'the JSON behind a byte order mark',
    spoils: 'unary',
    harmless: true,
    bend: (healthy) => onBody(healthy, (body) => `\uFEFF${body}`),
  },
  'gzip-good': {
    meaning: 'sound gzip',
    spoils: 'any',
    harmless: true,
    bend: (healthy) =>
      withHeaders(
        { ...healthy, pieces: [{ part: 'body', data: gzipSync(bytesOf(healthy.pieces)) }] },
        { 'content-encoding': 'gzip' },
      ),
  },
  'http-1.0': {
    meaning: 'HTTP/1.0: the body ends with the connection',
    spoils: 'any',
    harmless: true,
    bend: ({ head, ...rest }) => ({ ...rest, head: head === null ? null : { ...head, version: '1.0' } }),
  },
  'early-hints': {
    meaning: 'hints (103) before the response',
    spoils: 'any',
    harmless: true,
    bend: ({ head, ...rest }) => ({ ...rest, head: head === null ? null : { ...head, early: true } }),
  },
  'one-byte': {
    meaning: 'one byte a packet',
    spoils: 'any',
    harmless: true,
    bend: (healthy) => ({ ...healthy, chunking: 'bytes:1' }),
  },
  'split-characters': {
    meaning: 'packets that end inside of every character of several bytes',
    spoils: 'any',
    harmless: true,
    bend: (healthy) => ({ ...healthy, chunking: 'characters' }),
  },
  'invalid-utf8': {
    meaning: 'three bytes that are no UTF-8 at the end of the text: they are read as U+FFFD',
    spoils: 'any',
    harmless: true,
    rewrite: (reply) => ({ ...reply, text: `${reply.text}${placeholder}`, deltas: [...reply.deltas, placeholder] }),
    bend: (healthy, context) => ({
      ...healthy,
      pieces: healthy.pieces.map((piece) => ({ ...piece, data: withoutPlaceholder(piece.data, context) })),
    }),
  },
  'giant-chunk': {
    meaning: 'five megabytes more at the end of the text, in one event',
    spoils: 'any',
    harmless: true,
    rewrite: (reply, { bytes = 5_000_000 }) => {
      const giant = 'x'.repeat(bytes)
      return { ...reply, text: `${reply.text}${giant}`, deltas: [...reply.deltas, giant] }
    },
  },
  'duplicate-start': {
    meaning: 'what comes before any content twice',
    spoils: 'streams',
    harmless: true,
    bend: (healthy) => ({
      ...healthy,
      pieces: healthy.pieces.flatMap((piece) => (piece.part === 'open' ? [piece, piece] : [piece])),
    }),
  },
  'garbage-after-terminal': {
    meaning: 'rubbish behind the end',
    spoils: 'streams',
    harmless: true,
    bend: (healthy) => ({
      ...healthy,
      pieces: [...healthy.pieces, { part: 'end', data: 'data: <!-- x -->\n\nrubbish' }],
    }),
  },
  'multi-line-data': {
    meaning: 'every event in several data lines',
    spoils: 'streams',
    harmless: true,
    bend: (healthy) => ({
      ...healthy,
      pieces: healthy.pieces.map((piece) => ({
        ...piece,
        data: onText(piece.data, (text) => text.replaceAll(/^data: \{/gm, 'data: {\ndata: ')),
      })),
    }),
  },
  'prototype-fields': {
    meaning: '`__proto__` and `constructor` among the fields',
    spoils: 'any',
    harmless: true,
    bend: (healthy) => ({
      ...healthy,
      pieces: healthy.pieces.map((piece) => ({ ...piece, data: onText(piece.data, (text) => text.replace('{"', `{${poison},"`)) })),
    }),
  },
} as const satisfies Record<string, Fault>

const poison = '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}'

/** A character for private use: nobody writes it, and it has as many bytes as take its place. */
const placeholder = '\uE000'

function withoutPlaceholder(data: string | Uint8Array, { dialect, turn }: FaultContext): string | Uint8Array {
  if (typeof data === 'string' || !turn.stream || dialect.altered === undefined) return broken(Buffer.from(data))
  return dialect.altered(data, broken)
}

function broken(json: Buffer): Uint8Array {
  const bytes = Buffer.from(json)
  for (let place = bytes.indexOf(placeholder); place !== -1; place = bytes.indexOf(placeholder)) {
    bytes.fill(0xff, place, place + Buffer.byteLength(placeholder))
  }
  return bytes
}

/** Binary frames know no comments. */
function commented(keepAlive: string | Uint8Array): string | Uint8Array {
  return typeof keepAlive === 'string' ? `: comment\n\n${keepAlive}` : keepAlive
}

/** Nor lines. */
function onText(data: string | Uint8Array, change: (text: string) => string): string | Uint8Array {
  return typeof data === 'string' ? change(data) : data
}
