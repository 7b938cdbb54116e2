import type { ChatCompletionChunk, ChatMessage, ChatRequest } from './contracts/chat.ts'
import { chatRequest } from './chat-body.ts'
import type { Progress } from './progress.ts'
import type { Target } from './resolve.ts'

/** What of an answer had been handed over when its stream broke. */
export interface Unfinished {
  /** The messages that were asked. */
  readonly messages: readonly ChatMessage[]
  /** The text so far, over all targets that have contributed. */
  readonly text: string
}

/** The target that would go on. */
export interface Successor {
  /** `provider/model`. */
  readonly target: string
  readonly provider: string
  readonly model: string
  /** Whether it goes on with an assistant message that stands last; where not, only a user's message can ask it to. */
  readonly prefill: boolean
}

/**
 * Gives the messages that make a target go on where another broke off, in the caller's own words; none of ours are added.
 * `undefined`: nobody is asked, the stream fails.
 */
export type ContinueWith = (
  unfinished: Unfinished,
  successor: Successor,
) => readonly ChatMessage[] | undefined | Promise<readonly ChatMessage[] | undefined>

/** What happens when a stream breaks after its first content has been handed over. */
export type AfterCommit = 'fail' | 'buffer' | 'restart' | { readonly continueWith: ContinueWith }

/** Who is asked to go on, as the caller's function is told. */
export function successorOf({ id, provider, model, adapter, card }: Target): Successor {
  return { target: id, provider, model, prefill: adapter.prefill?.(model, card) === true }
}

/** Whether text alone is missing: arguments of tools, several choices and JSON that is checked cannot be pieced together. */
export function canBeContinued({ n, response_format }: ChatRequest, { toolCalls }: Progress): boolean {
  const isText = response_format === undefined || response_format.type === 'text'
  return isText && (n ?? 1) === 1 && toolCalls.length === 0
}

/**
 * The request of a continuation.
 *
 * @throws BadRequestError naming the field where the caller's messages have the wrong shape.
 */
export function continuation(request: ChatRequest, messages: readonly ChatMessage[]): ChatRequest {
  return chatRequest({ ...request, messages })
}

type Head = Pick<ChatCompletionChunk, 'id' | 'created' | 'model'>

/** A continuation's chunk as one of the stream that it goes on with: of the same id, without a second beginning. */
export function joined(chunk: ChatCompletionChunk, { id, created, model }: Head): ChatCompletionChunk {
  return { ...chunk, id, created, model, choices: chunk.choices.map((choice) => ({ ...choice, delta: following(choice.delta) })) }
}

type Delta = ChatCompletionChunk['choices'][number]['delta']

/** The state that a vendor wants back belongs to a whole answer of its own, which this is not. */
function following(delta: Delta): Delta {
  return Object.fromEntries(Object.entries(delta).filter(([field]) => field !== 'role' && field !== 'provider_state'))
}
