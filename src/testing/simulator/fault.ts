import type { Dialect, ProblemContext, ProblemName, VendorError } from './dialect.ts'
import type { FullReply } from './reply.ts'
import type { Turn } from './turn.ts'
import { json } from './exchange.ts'
import type { Ending, Exchange, Part, Piece } from './exchange.ts'

/** How `retry-after` is said: whole seconds, milliseconds (`retry-after-ms`), an HTTP date, or any text as it is. */
export type RetryAfter =
  | { readonly seconds: number }
  | { readonly ms: number }
  | { readonly date: Date }
  | { readonly text: string }

/** What a fault can be told. Each fault reads what concerns it. */
export interface FaultParameters {
  /** Cuts, stalls and errors inside a stream: after this many content events. Default: half of them. */
  readonly after?: number
  /** Error responses: how long to wait. */
  readonly retryAfter?: RetryAfter
  /** Error responses: the message in place of the vendor's usual one. */
  readonly message?: string
  /** Error responses: the code, where the vendor's usual one is not fixed. */
  readonly code?: string
  /** Error responses: the whole body in place of the vendor's. */
  readonly body?: unknown
  /** `giant-chunk`: how many characters it has. Default 5,000,000. */
  readonly bytes?: number
  /** Any response: headers besides. */
  readonly headers?: Readonly<Record<string, string>>
  /** Keep-alives and slow bytes: the interval. Default 20. */
  readonly everyMs?: number
  /** `stall-then-close`: how long the silence lasts. Default 100. */
  readonly stallMs?: number
  /** Errors inside a stream: what is wrong. Default `overloaded`. */
  readonly problem?: ProblemName
  /** Redirects: the status. Default 307. */
  readonly status?: number
  /** Redirects: the target. Default: the simulator's second origin. */
  readonly location?: string
}

/** What a fault knows of the request that it spoils. */
export interface FaultContext {
  readonly dialect: Dialect
  readonly turn: Turn
  readonly parameters: FaultParameters
  readonly problem: ProblemContext
  /** Another origin, which answers as if nothing were wrong. */
  readonly elsewhere: string
  /** The answer as if `stream` had not been asked for. */
  readonly unary: () => Exchange
}

/** Changes an answer before it is written, the response afterwards, or both. */
export interface BendingFault {
  readonly rewrite?: (reply: FullReply, parameters: FaultParameters) => FullReply
  readonly bend?: (healthy: Exchange, context: FaultContext) => Exchange
}

/**
 * A way to spoil a response: `replace` takes its place (and uses up no answer of the script), others change it. Where the
 * connection itself is to fail, `connect` does so in the door's own `fetch`, and `replace` comes as near as a server can.
 */
export type Fault = {
  readonly meaning: string
  /** The requests that it can spoil; others are answered as if it were not there. */
  readonly spoils: 'any' | 'streams' | 'unary'
  /** True where a sound client still reads the right answer. */
  readonly harmless?: true
} & (
  | { readonly replace: (context: FaultContext) => Exchange; readonly connect?: (simulator: Origins) => Promise<Response> }
  | BendingFault
)

/** Where a simulator listens, and where nothing does. */
export interface Origins {
  readonly url: string
  readonly unreachable: string
}

/** Nothing at all, for ever. */
export const silence: Exchange = { head: null, headMs: 0, pieces: [], ending: { how: 'stall' }, chunking: 'events' }
/** Bytes that are no HTTP response, or not a whole one. */
export const raw = (data: string, how: 'close' | 'reset'): Exchange => ({
  ...silence,
  pieces: data === '' ? [] : [{ part: 'body', data }],
  ending: { how },
})

/** An error response: the vendor's, as far as the parameters do not say otherwise. */
export function refusal({ parameters }: Pick<FaultContext, 'parameters'>, error: VendorError): Exchange {
  return json(error.status, parameters.body ?? error.body, {
    ...error.headers,
    ...retryHeaders(parameters.retryAfter),
    ...parameters.headers,
  })
}

/** How long a `retry-after` means, in ms; `undefined` where that cannot be said. */
export function retryMs(retryAfter: RetryAfter | undefined): number | undefined {
  if (retryAfter === undefined) return undefined
  if ('seconds' in retryAfter) return retryAfter.seconds * 1000
  return 'ms' in retryAfter ? retryAfter.ms : undefined
}

function retryHeaders(retryAfter: RetryAfter | undefined): Readonly<Record<string, string>> {
  if (retryAfter === undefined) return {}
  if ('seconds' in retryAfter) return { 'retry-after': String(retryAfter.seconds) }
  if ('ms' in retryAfter) return { 'retry-after-ms': String(retryAfter.ms) }
  return { 'retry-after': 'date' in retryAfter ? retryAfter.date.toUTCString() : retryAfter.text }
}

/** A fault that is one of the vendor's own errors. */
export function problem(name: ProblemName): Fault {
  return {
    meaning: `the vendor's own error: ${name}`,
    spoils: 'any',
    replace: (context) => refusal(context, errorFor(context, name)),
  }
}

/** The vendor's error for what is wrong. */
export function errorFor({ dialect, problem: context }: FaultContext, name: ProblemName): VendorError {
  return dialect.problem(name, context)
}

/** After how many content events a stream breaks off. */
export function cutAt({ pieces }: Exchange, { parameters }: FaultContext): number {
  return parameters.after ?? Math.floor(pieces.filter(({ part }) => part === 'content').length / 2)
}

/** What is there up to the given number of content events; of a unary body, its first half. */
export function brokenOff(healthy: Exchange, context: FaultContext, ending: Ending): Exchange {
  if (!context.turn.stream) {
    const bytes = bytesOf(healthy.pieces)
    const sized = withHeaders(healthy, { 'content-length': String(bytes.length) })
    return { ...sized, pieces: [{ part: 'body', data: bytes.subarray(0, bytes.length / 2) }], ending }
  }
  const limit = cutAt(healthy, context)
  let contents = 0
  const end = healthy.pieces.findIndex(({ part }) => {
    if (part === 'content') contents += 1
    return contents > limit || part === 'finish' || part === 'end'
  })
  return { ...healthy, pieces: healthy.pieces.slice(0, end === -1 ? undefined : end), ending }
}

/** A stream that an error event ends after so many content events. */
export function interrupted(healthy: Exchange, context: FaultContext, after: number): Exchange {
  const before = brokenOff(healthy, { ...context, parameters: { ...context.parameters, after } }, { how: 'end' })
  const error = errorFor(context, context.parameters.problem ?? 'overloaded')
  return { ...before, pieces: [...before.pieces, { part: 'frame', data: context.dialect.errorFrame(error) }] }
}

/** Only the pieces of these kinds. */
export function keep(healthy: Exchange, parts: readonly Part[]): Exchange {
  return { ...healthy, pieces: healthy.pieces.filter(({ part }) => parts.includes(part)) }
}

/** Keep-alives for ever. */
export function repeated({ dialect, parameters }: FaultContext): Ending {
  return { how: 'repeat', data: dialect.keepAlive, everyMs: parameters.everyMs ?? 20 }
}

/** All bytes of a body. */
export function bytesOf(pieces: readonly Piece[]): Buffer {
  return Buffer.concat(pieces.map(({ data }) => Buffer.from(data)))
}

/** The same response with another body. */
export function onBody(healthy: Exchange, change: (body: string) => string): Exchange {
  return { ...healthy, pieces: [{ part: 'body', data: change(bytesOf(healthy.pieces).toString()) }] }
}

/** The JSON without what an answer consists of. */
export function emptied(body: string): string {
  return JSON.stringify(
    JSON.parse(body, (key, value: unknown) =>
      ['choices', 'candidates', 'content', 'messages', 'output'].includes(key) ? undefined : value,
    ),
  )
}

/** The same response with headers besides. */
export function withHeaders(exchange: Exchange, headers: Readonly<Record<string, string>>): Exchange {
  return exchange.head === null
    ? exchange
    : { ...exchange, head: { ...exchange.head, headers: { ...exchange.head.headers, ...headers } } }
}

/** The same bytes in about forty packets. */
export function dripped(pieces: readonly Piece[], waitMs: number): readonly Piece[] {
  const bytes = bytesOf(pieces)
  const size = Math.max(1, Math.ceil(bytes.length / 40))
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => ({
    part: 'body',
    data: bytes.subarray(index * size, (index + 1) * size),
    waitMs,
  }))
}

/** A page as proxies send it. */
export function html(title: string): string {
  return `<html>\n<head><title>${title}</title></head>\n<body>\n<center><h1>${title}</h1></center>\n<hr><center>proxy</center>\n</body>\n</html>\n`
}
