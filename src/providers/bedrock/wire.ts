import type { JsonObject } from '../shared/json.ts'

/*
 * The body of Converse as it goes over the wire: the SDK's own shapes, but for bytes, which are base64 already. So nothing
 * is decoded only to be encoded again, and what is kept as `provider_state` is JSON.
 */

/** A block of a message; one member names its kind. */
export type Block = Readonly<Record<string, unknown>>

/** A cache breakpoint: everything before it is cached. */
export interface CachePoint extends Block {
  readonly cachePoint: { readonly type: 'default'; readonly ttl?: '5m' | '1h' }
}

/** One turn. */
export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly content: readonly Block[]
}

/** A tool, a cache breakpoint among tools, or a tool of the vendor's own. */
export type ToolBlock =
  | { readonly toolSpec: ToolSpec }
  | { readonly cachePoint: CachePoint['cachePoint'] }
  | { readonly systemTool: { readonly name: string } }

/** A function that the model may call. */
export interface ToolSpec {
  readonly name: string
  readonly description: string
  readonly inputSchema: { readonly json: JsonObject }
  readonly strict?: true
}

/** Which tool is to be called. */
export type ToolChoice = { readonly auto: JsonObject } | { readonly any: JsonObject } | { readonly tool: { readonly name: string } }
