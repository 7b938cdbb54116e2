import type { JsonObject } from '../json.ts'

/** A request as it came over the wire, the vendor's prefix taken off its path. */
export interface WireRequest {
  readonly method: string
  /** Without query: `/v1/messages`. */
  readonly path: string
  readonly query: URLSearchParams
  /** Where the client sees the vendor: scheme, host and prefix, without a slash at the end. */
  readonly base: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** Parsed JSON; `undefined` for a body that is none. */
  readonly body: unknown
  /** The body as it came. */
  readonly bytes?: Uint8Array
}

/**
 * What a path of the vendor's API is for. A `prelude` is what has to be asked for before the request that is answered: a
 * conversation. A `sequel` is what is asked for after it: the events of the answer, its state, its end. A `resource` is
 * anything else that the vendor has: files, images, batches.
 */
export type Operation = 'chat' | 'embeddings' | 'moderations' | 'models' | 'model' | 'prelude' | 'sequel' | 'resource'

/** A function that the model could call. */
export interface ToolShape {
  readonly name: string
  readonly schema: JsonObject
}

/** What a request asks for, whatever the vendor. */
export interface Turn {
  readonly operation: Operation
  /** Of a resource: method and path, `GET /v1/files`. */
  readonly resource?: string
  readonly model: string
  readonly stream: boolean
  readonly body: JsonObject
  /** Counted from the real request: see `estimateTokens`. */
  readonly promptTokens: number
  readonly maxTokens: number | undefined
  /** How many answers are asked for. */
  readonly choices: number
  /** The key that came with it. */
  readonly key?: string | undefined
  /** The text of the last message. */
  readonly lastText: string
  /** The function that the request forces the model to call. */
  readonly mustCall: ToolShape | undefined
  /** The schema that the answer must have; `{}` for any JSON. */
  readonly schema: JsonObject | undefined
}

/** A turn that asks for no generation. */
export const silentTurn: Turn = {
  operation: 'models',
  model: '',
  stream: false,
  body: {},
  promptTokens: 0,
  maxTokens: undefined,
  choices: 1,
  lastText: '',
  mustCall: undefined,
  schema: undefined,
}
