import type { JsonObject } from '../json.ts'
import type { Chunking } from './exchange.ts'

/** A function call in a simulated answer. */
export interface SimulatedToolCall {
  readonly name: string
  /** An object is written as JSON; a string goes out as it is, where the vendor's format has room for that. */
  readonly arguments?: string | JsonObject
  /** Default: an id as the vendor makes them. */
  readonly id?: string
}

/** Token counts of a simulated answer, in disjoint buckets. */
export interface SimulatedUsage {
  /** Prompt tokens that were neither read from a cache nor written to one. */
  readonly input: number
  readonly cached: number
  readonly cacheWrite: number
  /** Visible output. */
  readonly output: number
  readonly reasoning: number
}

/** When the bytes of an answer go out. */
export interface Latency {
  /** Time to the response head. */
  readonly headersMs?: number
  /** From the head to the first content. */
  readonly firstTokenMs?: number
  /** Between contents. Without `stream` the head waits for all of it. */
  readonly tokenMs?: number
}

/** An answer to be given. Everything left out is filled in plausibly from the request. */
export interface Reply {
  readonly text?: string
  /** The deltas of a streamed text. Default: one per word. */
  readonly deltas?: readonly string[]
  readonly reasoning?: string
  readonly toolCalls?: readonly SimulatedToolCall[]
  readonly refusal?: string
  /** `stop`, `length`, `tool_calls` or `content_filter` in the vendor's word for it; any other word as it is. */
  readonly finish?: string
  readonly usage?: Partial<SimulatedUsage>
  /** The model that says it answered. Default: the one that was asked. */
  readonly model?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly latency?: Latency
  readonly chunking?: Chunking
  /** The vendor's own body, verbatim, for an answer without `stream`. Of a resource also text or bytes. */
  readonly body?: unknown
  /** The data of the vendor's own events, verbatim, for a streamed answer. */
  readonly events?: readonly unknown[]
}

/** An answer with nothing left open. */
export interface FullReply {
  readonly text: string
  readonly deltas: readonly string[]
  readonly reasoning: string | undefined
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string; readonly id: string | undefined }[]
  readonly refusal: string | undefined
  readonly finish: string
  readonly usage: SimulatedUsage
  readonly model: string
}
