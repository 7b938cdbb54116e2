import type { FailureKind } from '../../src/index.ts'
import type { FaultName, FaultOptions } from '../../src/testing/index.ts'

/** Who has the last word on a struck request, in the caller's eyes. */
export type Verdict =
  /** The struck vendor answers all the same. */
  | 'primary'
  /** The next vendor answers, and the caller notices nothing. */
  | 'fallback'
  /** The fault is the request's own: its error goes to the caller, and nobody else is asked. */
  | 'caller'
  /** Content had been handed over: the caller's loop throws. */
  | 'stream-error'

/** What must come of a fault. Several verdicts: any of them will do. */
export interface Expectation {
  readonly fault: FaultName
  /** Without `stream`; absent where the fault leaves such requests alone. */
  readonly unary?: readonly Verdict[]
  /** With `stream`. */
  readonly stream?: readonly Verdict[]
  /** What the failed attempt may be called; of several names the vendor's own words decide. */
  readonly kinds: readonly FailureKind[]
  /** The breaker takes no notice, although another vendor is asked. */
  readonly neutral?: true
  /** The request never gets as far as the wire. */
  readonly unsent?: true
  /** What the answer has more than usual. */
  readonly adds?: string
  /** The vendor never ends the response: a clock must. */
  readonly silent?: 'before-content' | 'after-content'
  readonly parameters?: FaultOptions
  /** Tells rows with the same fault apart. */
  readonly label?: string
}

const primary = ['primary'] as const
const fallback = ['fallback'] as const
const caller = ['caller'] as const
const streamError = ['stream-error'] as const
const readable = ['primary', 'fallback'] as const

const both = (verdict: readonly Verdict[]) => ({ unary: verdict, stream: verdict })

/** The transport gives up before, or in the middle of, the answer. */
const transport: readonly Expectation[] = [
  { fault: 'connection-refused', ...both(fallback), kinds: ['network'], unsent: true },
  { fault: 'name-not-found', ...both(fallback), kinds: ['network'], unsent: true },
  { fault: 'tls-failed', ...both(fallback), kinds: ['network'], unsent: true },
  { fault: 'reset-before-headers', ...both(fallback), kinds: ['network'] },
  { fault: 'close-before-headers', ...both(fallback), kinds: ['network'] },
  { fault: 'cut-headers', ...both(fallback), kinds: ['network'] },
  { fault: 'close-mid-headers', ...both(fallback), kinds: ['network'] },
  { fault: 'header-overflow', ...both(fallback), kinds: ['network'] },
  { fault: 'garbage-head', ...both(fallback), kinds: ['network'] },
  { fault: 'stall-before-headers', ...both(fallback), kinds: ['timeout'], silent: 'before-content' },
  { fault: 'stall-after-headers', ...both(fallback), kinds: ['timeout'], silent: 'before-content' },
  { fault: 'reset-after-headers', ...both(fallback), kinds: ['network', 'truncated'] },
  { fault: 'stall-mid-body', unary: fallback, stream: streamError, kinds: ['timeout'], silent: 'after-content' },
  { fault: 'stall-then-close', unary: fallback, stream: streamError, kinds: ['network', 'truncated'] },
  { fault: 'reset-mid-body', unary: fallback, stream: streamError, kinds: ['network', 'truncated'] },
  { fault: 'close-mid-body', unary: fallback, stream: streamError, kinds: ['network', 'truncated'] },
  // Where the half of the bytes ends is a matter of the compression: before or after the first content.
  { fault: 'gzip-broken', unary: fallback, stream: ['fallback', 'stream-error'], kinds: ['malformed', 'network', 'truncated'] },
  { fault: 'redirect', ...both(fallback), kinds: ['redirect'] },
  { fault: 'redirect', ...both(fallback), kinds: ['redirect'], parameters: { status: 302 }, label: '302' },
  { fault: 'redirect', ...both(fallback), kinds: ['redirect'], parameters: { status: 308 }, label: '308' },
]

/** The vendor refuses, in its own words, or something in between does. */
const refusals: readonly Expectation[] = [
  { fault: 'no-key', ...both(fallback), kinds: ['auth', 'permission'] },
  { fault: 'bad-key', ...both(fallback), kinds: ['auth'] },
  { fault: 'no-credit', ...both(fallback), kinds: ['quota'] },
  { fault: 'quota', ...both(fallback), kinds: ['quota'] },
  // "No access to this model" is a 403 with the code of a model that is not there.
  { fault: 'permission', ...both(fallback), kinds: ['permission', 'not_found'] },
  { fault: 'model-not-found', ...both(fallback), kinds: ['not_found'] },
  { fault: 'rate-limit', ...both(fallback), kinds: ['rate_limit'] },
  { fault: 'overloaded', ...both(fallback), kinds: ['overloaded'] },
  { fault: 'server-error', ...both(fallback), kinds: ['server'] },
  { fault: 'html-502', ...both(fallback), kinds: ['server'] },
  { fault: 'html-403', ...both(fallback), kinds: ['permission'] },
  { fault: 'html-404', ...both(fallback), kinds: ['not_found'] },
  { fault: 'empty-503', ...both(fallback), kinds: ['server'] },
  { fault: 'too-large', ...both(caller), kinds: ['too_large'] },
  { fault: 'context-length', ...both(caller), kinds: ['context_length'] },
  { fault: 'content-filter', ...both(caller), kinds: ['content_filter'] },
  { fault: 'invalid-request', ...both(caller), kinds: ['invalid_request'] },
  {
    fault: 'http-400',
    ...both(fallback),
    kinds: ['auth'],
    parameters: { message: 'API key not valid. Please pass a valid API key.' },
    label: 'about the key',
  },
  {
    fault: 'http-400',
    ...both(fallback),
    kinds: ['quota'],
    parameters: { message: 'Your credit balance is too low to access the API.' },
    label: 'about the balance',
  },
  {
    fault: 'http-400',
    ...both(fallback),
    kinds: ['not_found'],
    parameters: { message: 'The model `some-model` is no longer available; it was retired.' },
    label: 'about a retired model',
  },
]

/** Bare statuses. */
const statuses: readonly Expectation[] = [
  { fault: 'http-400', ...both(caller), kinds: ['invalid_request'] },
  { fault: 'http-401', ...both(fallback), kinds: ['auth'] },
  { fault: 'http-402', ...both(fallback), kinds: ['quota'] },
  { fault: 'http-403', ...both(fallback), kinds: ['permission', 'not_found'] },
  { fault: 'http-404', ...both(fallback), kinds: ['not_found'] },
  { fault: 'http-405', ...both(fallback), kinds: ['rejected'] },
  { fault: 'http-408', ...both(fallback), kinds: ['server'] },
  { fault: 'http-409', ...both(fallback), kinds: ['conflict'], neutral: true },
  { fault: 'http-410', ...both(fallback), kinds: ['not_found'] },
  { fault: 'http-413', ...both(caller), kinds: ['too_large'] },
  { fault: 'http-415', ...both(fallback), kinds: ['rejected'] },
  { fault: 'http-422', ...both(caller), kinds: ['invalid_request'] },
  { fault: 'http-424', ...both(fallback), kinds: ['server'] },
  { fault: 'http-425', ...both(fallback), kinds: ['server'] },
  { fault: 'http-429', ...both(fallback), kinds: ['rate_limit'] },
  { fault: 'http-451', ...both(fallback), kinds: ['rejected'] },
  { fault: 'http-500', ...both(fallback), kinds: ['server'] },
  { fault: 'http-501', ...both(fallback), kinds: ['server'] },
  { fault: 'http-502', ...both(fallback), kinds: ['server'] },
  { fault: 'http-503', ...both(fallback), kinds: ['server', 'overloaded'] },
  { fault: 'http-504', ...both(fallback), kinds: ['server'] },
  { fault: 'http-520', ...both(fallback), kinds: ['server'] },
  { fault: 'http-529', ...both(fallback), kinds: ['overloaded'] },
]

/** Status 200, and no answer. */
const emptyPromises: readonly Expectation[] = [
  { fault: 'html-200', ...both(fallback), kinds: ['malformed', 'truncated'] },
  { fault: 'empty-200', ...both(fallback), kinds: ['malformed', 'truncated'] },
  { fault: 'no-content-204', ...both(fallback), kinds: ['malformed', 'truncated'] },
  { fault: 'error-object-200', ...both(fallback), kinds: ['malformed', 'overloaded'] },
  { fault: 'null-200', unary: fallback, kinds: ['malformed'] },
  { fault: 'no-choices', unary: fallback, kinds: ['malformed'] },
  { fault: 'truncated-json', unary: fallback, kinds: ['malformed'] },
  { fault: 'text-plain', ...both(readable), kinds: ['malformed', 'truncated'] },
  { fault: 'trailing-garbage', unary: readable, kinds: ['malformed'] },
]

/** Streams that break, before and after the first content. */
const streams: readonly Expectation[] = [
  // The same bytes as those of an empty body.
  { fault: 'empty-stream', stream: fallback, kinds: ['truncated', 'malformed'] },
  { fault: 'only-terminal', stream: fallback, kinds: ['truncated'] },
  { fault: 'cut-before-content', stream: fallback, kinds: ['truncated'] },
  { fault: 'reset-before-content', stream: fallback, kinds: ['network', 'truncated'] },
  { fault: 'stall-before-content', stream: fallback, kinds: ['timeout'], silent: 'before-content' },
  { fault: 'error-first', stream: fallback, kinds: ['overloaded'] },
  { fault: 'error-before-content', stream: fallback, kinds: ['overloaded'] },
  {
    fault: 'error-first',
    stream: fallback,
    kinds: ['rate_limit'],
    parameters: { problem: 'rate-limit' },
    label: 'a rate limit',
  },
  {
    fault: 'error-first',
    stream: caller,
    kinds: ['invalid_request'],
    parameters: { problem: 'invalid-request' },
    label: "the request's own fault",
  },
  { fault: 'unary-for-stream', stream: readable, kinds: ['malformed', 'truncated'] },
  {
    fault: 'malformed-event',
    stream: fallback,
    kinds: ['malformed', 'truncated'],
    parameters: { after: 0 },
    label: 'the first one',
  },
  { fault: 'keep-alive-forever', stream: fallback, kinds: ['timeout'], silent: 'before-content' },
  { fault: 'cut-stream', stream: streamError, kinds: ['truncated'] },
  { fault: 'cut-mid-event', stream: streamError, kinds: ['truncated', 'malformed'] },
  { fault: 'terminal-without-finish', stream: streamError, kinds: ['truncated'] },
  { fault: 'error-mid-stream', stream: streamError, kinds: ['overloaded'] },
  { fault: 'malformed-event', stream: streamError, kinds: ['malformed', 'truncated'] },
  { fault: 'keep-alive-after-content', stream: streamError, kinds: ['timeout'], silent: 'after-content' },
]

// Many packets, and a small part of what the fault gives by itself: this table is long.
const giantBytes = 300_000

/** Oddities that a sound client reads through. */
const oddities: readonly Expectation[] = [
  { fault: 'http-1.0', ...both(primary), kinds: [] },
  { fault: 'early-hints', ...both(primary), kinds: [] },
  { fault: 'slow-drip', ...both(primary), kinds: [] },
  { fault: 'one-byte', ...both(primary), kinds: [] },
  { fault: 'split-characters', ...both(primary), kinds: [] },
  { fault: 'invalid-utf8', ...both(primary), kinds: [], adds: '\uFFFD'.repeat(3) },
  { fault: 'giant-chunk', ...both(primary), kinds: [], parameters: { bytes: giantBytes }, adds: 'x'.repeat(giantBytes) },
  { fault: 'prototype-fields', ...both(primary), kinds: [] },
  { fault: 'byte-order-mark', unary: primary, kinds: [] },
  { fault: 'split-bytes', ...both(primary), kinds: [] },
  { fault: 'gzip-good', ...both(primary), kinds: [] },
  { fault: 'leading-newlines', unary: primary, kinds: [] },
  { fault: 'comments', stream: primary, kinds: [] },
  { fault: 'crlf', stream: primary, kinds: [] },
  { fault: 'one-packet', stream: primary, kinds: [] },
  { fault: 'multi-line-data', stream: primary, kinds: [] },
  { fault: 'duplicate-start', stream: primary, kinds: [] },
  { fault: 'finish-without-terminal', stream: primary, kinds: [] },
  { fault: 'garbage-after-terminal', stream: primary, kinds: [] },
  { fault: 'stall-after-terminal', stream: primary, kinds: [] },
  { fault: 'reset-after-terminal', stream: primary, kinds: [] },
]

/** What is the same for all vendors: bytes below their formats, and statuses without their words. */
export const belowVendors: ReadonlySet<Expectation> = new Set([...transport, ...statuses, ...oddities])

/** Bare statuses. */
export const bareStatuses: ReadonlySet<Expectation> = new Set(statuses)

/** Everything that can go wrong at a vendor, and what a caller may notice of it. */
export const expectations: readonly Expectation[] = [
  ...transport,
  ...refusals,
  ...statuses,
  ...emptyPromises,
  ...streams,
  ...oddities,
]
