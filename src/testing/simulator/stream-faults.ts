import { gzipSync } from 'node:zlib'

import type { Piece } from './exchange.ts'
import { brokenOff, bytesOf, cutAt, interrupted, keep, onBody, repeated, withHeaders } from './fault.ts'
import type { Fault } from './fault.ts'

/** Faults inside streams, and oddities that a sound client reads through. */
export const streamFaults = {
  // Streams.
  'empty-stream': { meaning: 'a stream without events', spoils: 'streams', bend: (healthy) => ({ ...healthy, pieces: [] }) },
  'only-terminal': {
    meaning: 'a stream of its terminal event alone',
    spoils: 'streams',
    bend: (healthy) => keep(healthy, ['end']),
  },
  'cut-before-content': { meaning: 'ends before any content', spoils: 'streams', bend: (healthy) => keep(healthy, ['open']) },
  'cut-stream': {
    meaning: 'ends in the middle, cleanly as HTTP goes',
    spoils: 'streams',
    bend: (healthy, context) => brokenOff(healthy, context, { how: 'end' }),
  },
  'cut-mid-event': {
    meaning: 'ends in the middle of an event',
    spoils: 'streams',
    bend: (healthy, context) => {
      const { pieces } = brokenOff(healthy, context, { how: 'end' })
      const next = Buffer.from(healthy.pieces[pieces.length]?.data ?? '')
      return { ...healthy, pieces: [...pieces, { part: 'frame', data: next.subarray(0, next.length / 2) }] }
    },
  },
  'terminal-without-finish': {
    meaning: 'ends with its terminal event, but without a finish reason',
    spoils: 'streams',
    bend: (healthy) => keep(healthy, ['open', 'content', 'frame', 'end']),
  },
  'error-before-content': {
    meaning: 'an error event in place of the first content',
    spoils: 'streams',
    bend: (healthy, context) => interrupted(healthy, context, 0),
  },
  'error-first': {
    meaning: 'an error event and nothing else',
    spoils: 'streams',
    bend: (healthy, context) => ({
      ...interrupted(healthy, context, 0),
      pieces: interrupted(healthy, context, 0).pieces.slice(-1),
    }),
  },
  'error-mid-stream': {
    meaning: 'an error event in the middle',
    spoils: 'streams',
    bend: (healthy, context) => interrupted(healthy, context, cutAt(healthy, context)),
  },
  'malformed-event': {
    meaning: 'an event with broken JSON in the middle',
    spoils: 'streams',
    bend: (healthy, context) => {
      const { pieces } = brokenOff(healthy, context, { how: 'end' })
      const broken: Piece = { part: 'frame', data: context.dialect.frame('{"id":"chunk","choices":[{"del') }
      return { ...healthy, pieces: [...pieces, broken, ...healthy.pieces.slice(pieces.length)] }
    },
  },
  'unary-for-stream': { meaning: 'a whole JSON answer to a stream request', spoils: 'streams', replace: ({ unary }) => unary() },
  'keep-alive-forever': {
    meaning: 'keep-alives and nothing else, for ever',
    spoils: 'streams',
    bend: (healthy, context) => ({ ...keep(healthy, ['open']), ending: repeated(context) }),
  },
  'keep-alive-after-content': {
    meaning: 'half of the answer, then keep-alives for ever',
    spoils: 'streams',
    bend: (healthy, context) => brokenOff(healthy, context, repeated(context)),
  },
  // Oddities that a sound client reads through.
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
      pieces: healthy.pieces.map((piece) => ({ ...piece, data: withReturns(piece.data) })),
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
} as const satisfies Record<string, Fault>

/** Binary frames know no comments. */
function commented(keepAlive: string | Uint8Array): string | Uint8Array {
  return typeof keepAlive === 'string' ? `: comment\n\n${keepAlive}` : keepAlive
}

/** Nor line ends. */
function withReturns(data: string | Uint8Array): string | Uint8Array {
  return typeof data === 'string' ? data.replaceAll(/\r?\n/g, '\r\n') : data
}
