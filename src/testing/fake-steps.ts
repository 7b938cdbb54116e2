import type OpenAI from 'openai'
import type { ChatCompletion, ChatRequest, CompletionUsage } from '../contracts/chat.ts'
import type { Failure } from '../contracts/failure.ts'
import { kindOfStatus } from '../classification.ts'

/** One call of a function that a scripted answer makes. */
export interface FakeToolCall {
  readonly name: string
  /** An object is written as JSON; a string is taken as it is, also when it is no JSON. Default `{}`. */
  readonly arguments?: string | Readonly<Record<string, unknown>>
  /** Default: `call_1`, `call_2`, ... within the answer. */
  readonly id?: string
}

/** What an answer can have besides its text. */
export interface AnswerDetails {
  readonly toolCalls?: readonly FakeToolCall[]
  readonly reasoning?: string
  readonly refusal?: string
  /** Default: `tool_calls` with tool calls, else `stop`. */
  readonly finish?: OpenAI.ChatCompletion.Choice['finish_reason']
  /** Merged over counts of one token per four characters; `null`: the provider reports none. */
  readonly usage?: Partial<CompletionUsage> | null
  /** The model that says it answered. Default: the one that was asked. */
  readonly model?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Time to the headers, on the fake's clock. */
  readonly delayMs?: number
}

/** What a streamed answer can have besides. */
export interface StreamDetails extends AnswerDetails {
  /** Time before each content chunk. */
  readonly chunkMs?: number
  /** Ends badly after this many content chunks: with `error`, or as a stream that was cut. */
  readonly failAfter?: number
  readonly error?: FakeFailure
  /** Says nothing more after this many content chunks, until aborted. */
  readonly stallAfter?: number
}

/** What went wrong, in the words of a {@link Failure}; `kind` defaults to what the status stands for. */
export interface FailDetails extends Omit<Failure, 'kind' | 'message' | 'headers'> {
  readonly kind?: Failure['kind']
  readonly message?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly delayMs?: number
}

/** A scripted answer. Made by {@link answer}, {@link toolCalls}, {@link stream} and {@link completion}. */
export type FakeAnswer =
  | { readonly step: 'answer'; readonly chunks: readonly string[]; readonly details: StreamDetails }
  | {
      readonly step: 'completion'
      readonly completion: ChatCompletion
      readonly details: Pick<AnswerDetails, 'headers' | 'delayMs'>
    }

/** A scripted failure. Made by {@link fail}. */
export interface FakeFailure {
  readonly step: 'fail'
  readonly failure: Failure
  readonly delayMs: number
}

/** What a fake provider does when it is called. */
export type FakeStep = FakeAnswer | FakeFailure | { readonly step: 'stall' }

/** Answers with a text; streamed, it comes word by word. */
export function answer(text: string, details: AnswerDetails = {}): FakeStep {
  return { step: 'answer', chunks: text.match(/\s*\S+|\s+$/g) ?? [], details }
}

/** Answers with these chunks; asked without `stream`, with all of them joined. */
export function stream(chunks: readonly string[], details: StreamDetails = {}): FakeStep {
  return { step: 'answer', chunks, details }
}

/** Answers with calls of the request's functions. */
export function toolCalls(calls: readonly FakeToolCall[], details: Omit<AnswerDetails, 'toolCalls'> = {}): FakeStep {
  return { step: 'answer', chunks: [], details: { ...details, toolCalls: calls } }
}

/** Answers with exactly this object; streamed, with its content. */
export function completion(body: ChatCompletion, details: Pick<AnswerDetails, 'headers' | 'delayMs'> = {}): FakeStep {
  return { step: 'completion', completion: body, details }
}

/** Fails: `fail({ status: 503 })`, `fail({ kind: 'network' })`, `fail({ status: 429, retryAfterMs: 2000 })`. */
export function fail({ kind, message, headers, delayMs = 0, ...rest }: FailDetails = {}): FakeFailure {
  const resolved = kind ?? (rest.status === undefined ? 'server' : kindOfStatus(rest.status))
  return {
    step: 'fail',
    delayMs,
    failure: {
      ...rest,
      kind: resolved,
      message: message ?? `scripted failure: ${resolved}${rest.status === undefined ? '' : ` (status ${rest.status})`}`,
      ...(headers === undefined ? {} : { headers: new Headers(headers) }),
    },
  }
}

/** Never answers; ends only when the call is aborted. */
export function stall(): FakeStep {
  return { step: 'stall' }
}

/** The model and the request that a scripted function answers. */
export interface FakeRequest {
  readonly model: string
  readonly request: ChatRequest
  readonly streamed: boolean
  /** The number of this call, from 1. */
  readonly number: number
}
