import type OpenAI from 'openai'
import type { ChatCompletion, ChatCompletionChunk, ChatRequest } from './chat.ts'
import type { ModelCard } from './catalog.ts'
import type { Failure } from './failure.ts'
import type { Secret } from './secret.ts'

/** Whether a target can do what a request asks, known before any call. */
export type Support =
  | {
      readonly level: 'yes' | 'emulated'
      /** Fields that only tune and that this target lacks: left out with a warning, an error under `strict`. */
      readonly dropped: readonly string[]
    }
  | {
      readonly level: 'no'
      /** The field of the request that cannot be served, `'tools[0]'`. */
      readonly field: string
      readonly reason: string
    }

/** Everything an adapter gets for one wire call. */
export interface AdapterCall {
  /** The model id at the vendor. */
  readonly model: string
  /** What the catalog knows of it. */
  readonly card: ModelCard | undefined
  readonly request: ChatRequest
  readonly secret: Secret
  /** Ends the call: every limit and the caller's abort arrive here. A signal of this attempt alone. */
  readonly signal: AbortSignal
  /** The caller's own headers (never a credential); `null` removes a default one. */
  readonly headers?: Readonly<Record<string, string | null>>
  /** Vendor-only parameters for this provider, to be merged into the vendor's body last. */
  readonly providerOptions?: Readonly<Record<string, unknown>>
  /** Called once with the response's headers, as soon as the vendor has accepted the call (2xx); refusals carry theirs in the failure. */
  onHeaders?(headers: Headers): void
}

/** An embeddings call. */
export interface EmbedCall extends Omit<AdapterCall, 'request'> {
  readonly request: Readonly<OpenAI.EmbeddingCreateParams>
}

/**
 * Our code for one vendor. Stateless as far as requests go: everything about a call is in the call. It makes exactly one
 * HTTP request per call, never retries, never follows a redirect and reads no environment.
 */
export interface ProviderAdapter {
  /** The provider's id in model strings; unique in a router. */
  readonly id: string
  /** The name of its key in the key store; `null` where the adapter needs none. */
  readonly key: string | null
  /** The catalog's provider whose models it serves. Default: `id`. */
  readonly catalog?: string
  /** The owner tag of the `provider_state` it writes and replays; absent where it has none. */
  readonly stateOwner?: string
  /** Models that the catalog does not know. */
  readonly models?: readonly ModelCard[]
  /** Where it processes data, for residency rules: `'eu'`, `'us'`. Absent: not declared. */
  readonly region?: string
  /** Loads what the other methods need; awaited once, before the first plan that may come to this adapter. */
  load?(): Promise<void>
  /** Pure and quick: it is asked for every candidate of every request. */
  supports(request: ChatRequest, card: ModelCard | undefined, model: string): Support
  complete(call: AdapterCall): Promise<ChatCompletion>
  /**
   * Chunks in OpenAI's grammar; the last one carries usage. Ends only after a finish reason, else throws. An iterator that
   * rejects its pending `next()` when the signal fires may say so by `endsOnAbort: true`; others are watched over.
   */
  stream(call: AdapterCall): AsyncIterable<ChatCompletionChunk>
  embed?(call: EmbedCall): Promise<OpenAI.CreateEmbeddingResponse>
  /** Puts whatever `complete`, `stream` or `embed` threw into our words. Must not throw. */
  failure(error: unknown): Failure
  /** Frees sockets and SDK clients. */
  close?(): void | Promise<void>
}
