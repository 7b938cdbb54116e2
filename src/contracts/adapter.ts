import type OpenAI from 'openai'
import type { ChatCompletion, ChatCompletionChunk, ChatRequest, CompletionUsage } from './chat.ts'
import type { ModelCard } from './catalog.ts'
import type { Failure } from './failure.ts'
import type { Secret } from './secret.ts'

/** Whether a target can do what a request asks, known before any call. */
export type Support =
  | {
      readonly level: 'yes' | 'emulated'
      /** Fields that only tune and that this target lacks: left out with a warning, an error under `strict`. */
      readonly dropped: readonly string[]
      /**
       * What the request promises of the answer's JSON and the vendor does not see to, as paths in the request: the router
       * checks it when the answer is there. `response_format`: that it is JSON at all;
       * `response_format.json_schema.schema.properties.age.minimum`, `tools[0].function.parameters`: that it keeps to this
       * part of a `strict` schema. Absent: nothing is checked.
       */
      readonly unenforced?: readonly string[]
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
  /** To be told of what the request is sent with in place of `secret`: it is then kept out of errors and records as that is. */
  onSecret?(secret: Secret): void
}

/** The body of an embeddings call. */
export type EmbeddingRequest = Readonly<OpenAI.EmbeddingCreateParams>

/** An embeddings call. */
export interface EmbedCall extends Omit<AdapterCall, 'request'> {
  readonly request: EmbeddingRequest
}

/** The body of a moderation call. */
export type ModerationRequest = Readonly<OpenAI.ModerationCreateParams>

/** A moderation call. `model` is the one that was asked for, or the adapter's `moderationModel`. */
export interface ModerateCall extends Omit<AdapterCall, 'request'> {
  readonly request: ModerationRequest
}

/** A call that is handed on as it came: files, images, the vendor's own ways to ask a model, and whatever else it has. */
export interface ForwardCall extends Pick<AdapterCall, 'secret' | 'signal' | 'onHeaders' | 'onSecret'> {
  /** In capitals: `POST`. */
  readonly method: string
  /** Below the vendor's base URL, with its query: `/files?limit=2`. */
  readonly path: string
  /** The caller's own headers (never a credential), `accept` and `content-type` among them; `null` removes a default one. */
  readonly headers: Readonly<Record<string, string | null>>
  /** To be sent byte for byte. */
  readonly body: RequestInit['body']
}

/** Who is asked, as telemetry names it. */
export interface Service {
  /** Its `gen_ai.provider.name`: a value of OpenTelemetry's where it has one. */
  readonly name: string
  /** The host that calls go to, where it is known. */
  readonly address?: string
  readonly port?: number
}

/**
 * Our code for one vendor. Stateless as far as requests go: everything about a call is in the call. It makes exactly one
 * HTTP request to its vendor per call (where that wants several, such as a conversation before the message in it, each of them
 * once), never retries, never follows a redirect and reads no environment.
 */
export interface ProviderAdapter {
  /** The provider's id in model strings; unique in a router. */
  readonly id: string
  /** The name of its key in the key store, or several of which one is used at a time; `null` where the adapter needs none. */
  readonly key: string | readonly string[] | null
  /** The catalog's provider whose models it serves. Default: `id`. */
  readonly catalog?: string
  /** The owner tag of the `provider_state` it writes and replays; absent where it has none. */
  readonly stateOwner?: string
  /** Models that the catalog does not know. */
  readonly models?: readonly ModelCard[]
  /** The catalog's name of the model behind each name of the user's own: features, window and price follow it. */
  readonly deployments?: Readonly<Record<string, string>>
  /**
   * Who has to be up for its calls to be answered, in words of the adapters' own: a vendor, or a cloud and its region after a
   * colon. Targets of the same word are taken to go down together. Default: `catalog`.
   */
  readonly outageDomain?: string
  /** Who its calls go to, in the words of OpenTelemetry. Absent: known by `catalog` alone. */
  readonly service?: Service
  /** Where it processes data, for residency rules: `'eu'`, `'us'`. Absent: not declared. */
  readonly region?: string
  /**
   * Whether the model goes on with an assistant message that stands last, word by word. Absent: it does not, or nobody knows.
   */
  prefill?(model: string, card: ModelCard | undefined): boolean
  /** Loads what the other methods need; awaited once, before the first plan that may come to this adapter. */
  load?(): Promise<void>
  /**
   * Loads the vendor's SDK, as the first call does; rejects with `MISSING_SDK` where it is not installed. Absent: none is needed
   * beyond what modelyard needs itself.
   */
  loadSdk?(): Promise<unknown>
  /** Pure and quick: it is asked for every candidate of every request. */
  supports(request: ChatRequest, card: ModelCard | undefined, model: string): Support
  complete(call: AdapterCall): Promise<ChatCompletion>
  /**
   * Chunks in OpenAI's grammar; the last one carries usage. Ends only after a finish reason, else throws. An iterator that
   * rejects its pending `next()` when the signal fires may say so by `endsOnAbort: true`; others are watched over.
   */
  stream(call: AdapterCall): AsyncIterable<ChatCompletionChunk>
  embed?(call: EmbedCall): Promise<OpenAI.CreateEmbeddingResponse>
  /** As `supports`, for `embed`. Absent: every field of the request is served. */
  supportsEmbedding?(request: EmbeddingRequest, card: ModelCard | undefined, model: string): Support
  moderate?(call: ModerateCall): Promise<OpenAI.ModerationCreateResponse>
  /** The model that judges where the caller names none. Absent: one has to be named. */
  readonly moderationModel?: string
  /** As `supports`, for `moderate`. Absent: every field of the request is served. */
  supportsModeration?(request: ModerationRequest, card: ModelCard | undefined, model: string): Support
  /**
   * Sends a request of the OpenAI client as it is, with the vendor's own key. Resolves with a 2xx response whose body nobody
   * has read; anything else is thrown. Absent: the vendor does not have OpenAI's other endpoints.
   */
  forward?(call: ForwardCall): Promise<Response>
  /**
   * What the vendor says an answer with this usage cost, in US dollars: it goes before every price. `undefined` where it says
   * nothing, `NaN` where that is no amount of dollars: then the price list counts, and the usage is flagged `implausible`.
   */
  billed?(usage: CompletionUsage): number | undefined
  /** Puts whatever the calls above threw into our words. Must not throw. */
  failure(error: unknown): Failure
  /** Frees sockets and SDK clients. */
  close?(): void | Promise<void>
}
