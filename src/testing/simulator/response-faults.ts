import { gzipSync } from 'node:zlib'
import { json, plain } from './exchange.ts'
import { brokenOff, bytesOf, emptied, errorFor, html, onBody, problem, raw, silence, withHeaders } from './fault.ts'
import type { Fault } from './fault.ts'

/** Faults of whole responses and of the transport. */
export const responseFaults = {
  // Before any response.
  'reset-before-headers': { meaning: 'RST once the request is read', spoils: 'any', replace: () => raw('', 'reset') },
  'close-before-headers': { meaning: 'FIN once the request is read', spoils: 'any', replace: () => raw('', 'close') },
  'cut-headers': {
    meaning: 'RST in the middle of the response head',
    spoils: 'any',
    replace: () => raw('HTTP/1.1 200 OK\r\ncontent-type: appl', 'reset'),
  },
  'close-mid-headers': {
    meaning: 'FIN in the middle of the response head',
    spoils: 'any',
    replace: () => raw('HTTP/1.1 200 OK\r\ncontent-type: appl', 'close'),
  },
  'header-overflow': {
    meaning: 'a response head larger than any client takes',
    spoils: 'any',
    replace: () => raw(`HTTP/1.1 200 OK\r\nx-large: ${'x'.repeat(64_000)}\r\ncontent-length: 2\r\n\r\n{}`, 'close'),
  },
  'garbage-head': { meaning: 'bytes that are no HTTP', spoils: 'any', replace: () => raw('SSH-2.0-OpenSSH_9.9\r\n\r\n', 'close') },
  'stall-before-headers': { meaning: 'accepts the request and says nothing', spoils: 'any', replace: () => silence },
  // Errors in the vendor's words.
  'no-key': problem('no-key'),
  'bad-key': problem('bad-key'),
  'no-credit': problem('no-credit'),
  quota: problem('quota'),
  permission: problem('permission'),
  'model-not-found': problem('model-not-found'),
  'rate-limit': problem('rate-limit'),
  overloaded: problem('overloaded'),
  'server-error': problem('server-error'),
  'too-large': problem('too-large'),
  'context-length': problem('context-length'),
  'content-filter': problem('content-filter'),
  'invalid-request': problem('invalid-request'),
  'html-502': {
    meaning: "a proxy's HTML page with status 502",
    spoils: 'any',
    replace: () => plain(502, html('502 Bad Gateway'), { 'content-type': 'text/html' }),
  },
  'html-403': {
    meaning: "a firewall's HTML page with status 403",
    spoils: 'any',
    replace: () => plain(403, html('403 Forbidden'), { 'content-type': 'text/html' }),
  },
  'html-404': {
    meaning: "a proxy's HTML page with status 404",
    spoils: 'any',
    replace: () => plain(404, html('404 Not Found'), { 'content-type': 'text/html' }),
  },
  'empty-503': { meaning: 'status 503 without a body', spoils: 'any', replace: () => plain(503, '', {}) },
  redirect: {
    meaning: 'a redirect to another origin, which would answer',
    spoils: 'any',
    replace: ({ parameters, elsewhere }) => plain(parameters.status ?? 307, '', { location: parameters.location ?? elsewhere }),
  },
  // A 200 that is no answer.
  'html-200': {
    meaning: 'an HTML page with status 200',
    spoils: 'any',
    replace: () => plain(200, html('Welcome'), { 'content-type': 'text/html' }),
  },
  'empty-200': { meaning: 'status 200 without a body', spoils: 'any', bend: (healthy) => ({ ...healthy, pieces: [] }) },
  'no-content-204': { meaning: 'status 204', spoils: 'any', replace: () => plain(204, '', {}) },
  'null-200': { meaning: 'the JSON value null', spoils: 'unary', replace: () => json(200, null) },
  'error-object-200': {
    meaning: "the vendor's error object with status 200",
    spoils: 'any',
    replace: (context) => json(200, errorFor(context, context.parameters.problem ?? 'overloaded').body),
  },
  'no-choices': {
    meaning: 'an answer without choices, content or candidates',
    spoils: 'unary',
    bend: (healthy) => onBody(healthy, emptied),
  },
  'truncated-json': {
    meaning: 'half of the JSON',
    spoils: 'unary',
    bend: (healthy) => onBody(healthy, (body) => body.slice(0, body.length / 2)),
  },
  'text-plain': {
    meaning: 'the answer, but declared as text',
    spoils: 'any',
    bend: (healthy) => withHeaders(healthy, { 'content-type': 'text/plain' }),
  },
  'trailing-garbage': {
    meaning: 'the JSON and more behind it',
    spoils: 'unary',
    bend: (healthy) => onBody(healthy, (body) => `${body}\n<!-- x -->`),
  },
  'gzip-broken': {
    meaning: 'gzip that breaks off',
    spoils: 'any',
    bend: (healthy) => {
      const zipped = gzipSync(bytesOf(healthy.pieces))
      return withHeaders(
        { ...healthy, pieces: [{ part: 'body', data: zipped.subarray(0, zipped.length / 2) }] },
        { 'content-encoding': 'gzip' },
      )
    },
  },
  // The transport, in the middle of the body.
  'stall-after-headers': {
    meaning: 'a head, and then nothing',
    spoils: 'any',
    bend: (healthy) => ({ ...healthy, pieces: [], ending: { how: 'stall' } }),
  },
  'reset-after-headers': {
    meaning: 'a head, and RST',
    spoils: 'any',
    bend: (healthy) => ({ ...healthy, pieces: [], ending: { how: 'reset' } }),
  },
  'stall-mid-body': {
    meaning: 'half of the answer, and then nothing',
    spoils: 'any',
    bend: (healthy, context) => brokenOff(healthy, context, { how: 'stall' }),
  },
  'stall-then-close': {
    meaning: 'half of the answer, silence, and FIN',
    spoils: 'any',
    bend: (healthy, context) => {
      const broken = brokenOff(healthy, context, { how: 'close' })
      return { ...broken, pieces: [...broken.pieces, { part: 'frame', data: '', waitMs: context.parameters.stallMs ?? 100 }] }
    },
  },
  'reset-mid-body': {
    meaning: 'half of the answer, and RST',
    spoils: 'any',
    bend: (healthy, context) => brokenOff(healthy, context, { how: 'reset' }),
  },
  'close-mid-body': {
    meaning: 'half of the answer, and FIN',
    spoils: 'any',
    bend: (healthy, context) => brokenOff(healthy, context, { how: 'close' }),
  },
} as const satisfies Record<string, Fault>
