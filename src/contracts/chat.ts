import type OpenAI from 'openai'

/** The answer of a unary call, as the `openai` package types it. */
export type ChatCompletion = OpenAI.ChatCompletion

/** One chunk of a streamed answer, as the `openai` package types it. */
export type ChatCompletionChunk = OpenAI.ChatCompletionChunk

/** One message of a conversation, as the `openai` package types it. */
export type ChatMessage = OpenAI.ChatCompletionMessageParam

/** The token counts of an answer in OpenAI's meaning: `prompt_tokens` and `completion_tokens` are totals. */
export type CompletionUsage = OpenAI.CompletionUsage

/**
 * The body of a chat call: a private copy of what the caller passed, in the shape that JSON would have given it.
 * Adapters read it and never write to it; every target of the chain sees the same object.
 */
export type ChatRequest = Readonly<OpenAI.ChatCompletionCreateParams>

/**
 * State that a vendor wants back verbatim in the next turn (thinking signatures, thought signatures). It travels on the
 * assistant message as the JSON-safe extra field `provider_state`; only its owner replays it, anyone else drops it.
 */
export interface ProviderState {
  readonly v: 1
  /** The owner: `ProviderAdapter.stateOwner` of the adapter that wrote it. */
  readonly provider: string
  /** The model that produced the turn. */
  readonly model: string
  /** The vendor's own content blocks of the whole assistant turn, in order. */
  readonly blocks: readonly unknown[]
}

/** What adapters add to an answer's usage beyond OpenAI's own fields. */
export interface UsageExtras {
  /**
   * Set where the vendor counts no tokens and the adapter has estimated them from the texts: costs, ledger and audit trail
   * say `estimated` too.
   */
  readonly estimated?: true
  /** Searches that the vendor made for the answer and charges by the piece. */
  readonly search_requests?: number
  /** Pictures that the vendor made for the answer and charges by the piece. */
  readonly image_count?: number
  /** Where the vendor says that the answer was made. */
  readonly region?: string
}

/** What adapters add to an assistant message (and to a stream's delta) beyond OpenAI's own fields. */
export interface AssistantExtras {
  /** The visible reasoning of the model. */
  readonly reasoning_content?: string | null
  readonly provider_state?: ProviderState
}
