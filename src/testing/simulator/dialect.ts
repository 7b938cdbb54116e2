import type { Piece } from './exchange.ts'
import type { FullReply } from './reply.ts'
import type { Sequels } from './sequels.ts'
import type { Turn, WireRequest } from './turn.ts'

/** An error as the vendor says it. */
export interface VendorError {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** What can be wrong at any vendor; each dialect says it in its vendor's words. */
export type ProblemName =
  | 'bad-key'
  | 'no-key'
  | 'no-credit'
  | 'quota'
  | 'permission'
  | 'model-not-found'
  | 'rate-limit'
  | 'overloaded'
  | 'server-error'
  | 'too-large'
  | 'context-length'
  | 'content-filter'
  | 'invalid-request'

/** What an error message may mention. */
export interface ProblemContext {
  readonly model: string
  /** The key that came with the request. */
  readonly key: string
  readonly promptTokens: number
  readonly message?: string | undefined
  readonly code?: string | undefined
  readonly retryAfterMs?: number | undefined
}

/** Identifiers and time of one response. */
export interface Stamp {
  /** A new id with the vendor's prefix, the same on every run. */
  id(prefix: string): string
  readonly seconds: number
}

/** The wire format of one vendor. Write one to let the simulator speak for a vendor of your own. */
export interface Dialect {
  readonly vendor: string
  /** What comes after the simulator's URL and the vendor's prefix to make an SDK's base URL: `/v1`. */
  readonly basePath: string
  /** A model of the vendor that can do everything. */
  readonly exampleModel: string
  /** What the request is for; `undefined` where the vendor has nothing at this path. */
  read(request: WireRequest): Turn | undefined
  /** The key in the request's headers or query. */
  key(request: WireRequest): string | undefined
  /** What the vendor would refuse, as it would refuse it. */
  check(request: WireRequest, turn: Turn): VendorError | undefined
  problem(name: ProblemName, context: ProblemContext): VendorError
  /** The error body for a bare status. */
  status(status: number, context: ProblemContext): VendorError
  /** The body of an answer without `stream`. */
  whole(reply: FullReply, turn: Turn, stamp: Stamp): unknown
  /** The same answer as events. */
  events(reply: FullReply, turn: Turn, stamp: Stamp): readonly Piece[]
  /** How the events travel when it is not as server-sent events. */
  envelope?(pieces: readonly Piece[], request: WireRequest): { readonly contentType: string; readonly pieces: readonly Piece[] }
  /** One event of a stream with this data, as bytes. */
  frame(data: string): string | Uint8Array
  errorFrame(error: VendorError): string | Uint8Array
  /** An event with a change to the JSON in it, where events are more than their bytes: in envelopes, with checksums. */
  altered?(event: Uint8Array, change: (json: Buffer) => Uint8Array): Uint8Array
  /** What the vendor sends to keep a silent stream alive. */
  readonly keepAlive: string | Uint8Array
  embeddings?(turn: Turn): unknown
  moderations?(turn: Turn, stamp: Stamp): unknown
  /** The response to a `prelude`, which a second request of the same call builds on. */
  prelude?(request: WireRequest, stamp: Stamp): { readonly status: number; readonly body: unknown }
  /** For a vendor whose answers are asked for by later requests of the same call. */
  readonly sequels?: Sequels
  models?(names: readonly string[]): unknown
  /** Headers of every response. */
  headers(stamp: Stamp): Readonly<Record<string, string>>
  /** Environment variables by which the vendor's SDK could be led astray, each with a harmful value. */
  readonly environment: (elsewhere: string) => Readonly<Record<string, string>>
}

/** What a request asks for, and with which key; `undefined` where the vendor has nothing at its path. */
export function turnOf(dialect: Dialect, request: WireRequest): Turn | undefined {
  const turn = dialect.read(request)
  return turn && { ...turn, key: dialect.key(request) }
}
