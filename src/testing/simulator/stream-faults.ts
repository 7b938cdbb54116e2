import type { Piece } from './exchange.ts'
import { brokenOff, cutAt, interrupted, keep, repeated } from './fault.ts'
import type { Fault } from './fault.ts'

/** Streams that break, before and after their first content. */
export const streamFaults = {
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
  'reset-before-content': {
    meaning: 'RST behind what comes before any content',
    spoils: 'streams',
    bend: (healthy) => ({ ...keep(healthy, ['open']), ending: { how: 'reset' } }),
  },
  'stall-before-content': {
    meaning: 'what comes before any content, and then nothing',
    spoils: 'streams',
    bend: (healthy) => ({ ...keep(healthy, ['open']), ending: { how: 'stall' } }),
  },
  'endless-stream': {
    meaning: 'content, for ever',
    spoils: 'streams',
    bend: (healthy, context) => {
      const begun = brokenOff(healthy, context, { how: 'stall' })
      const data = begun.pieces.findLast(({ part }) => part === 'content')?.data ?? ''
      return { ...begun, ending: { how: 'repeat', data, everyMs: context.parameters.everyMs ?? 20 } }
    },
  },
} as const satisfies Record<string, Fault>
