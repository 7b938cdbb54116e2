import type { JsonObject } from '../json.ts'

/** A request as it came over the wire, the vendor's prefix taken off its path. */
export interface WireRequest {
  readonly method: string
  /** Without query: `/v1/messages`. */
  readonly path: string
  readonly query: URLSearchParams
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** Parsed JSON; `undefined` for a body that is none. */
  readonly body: unknown
}

/** What a path of the vendor's API is for. */
export type Operation = 'chat' | 'embeddings' | 'models' | 'model'

/** A function that the model could call. */
export interface ToolShape {
  readonly name: string
  readonly schema: JsonObject
}

/** What a request asks for, whatever the vendor. */
export interface Turn {
  readonly operation: Operation
  readonly model: string
  readonly stream: boolean
  readonly body: JsonObject
  /** Counted from the real request: see `estimateTokens`. */
  readonly promptTokens: number
  readonly maxTokens: number | undefined
  /** How many answers are asked for. */
  readonly choices: number
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
