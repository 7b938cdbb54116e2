import { APIError } from 'openai'
import type { FailedAttempt } from './caller-error.ts'
import { harmless, isTransport, withAttempts } from './caller-error.ts'
import type { Failure, FailureKind } from './contracts/failure.ts'
import type { Usage } from './contracts/usage.ts'
import type { PartialToolCall } from './progress.ts'
import type { Reading } from './reading.ts'
import type { Account } from './runtime.ts'

/** What of the answer had arrived. */
export interface PartialAnswer {
  readonly text: string
  readonly toolCalls: readonly PartialToolCall[]
  readonly usage: Usage | null
}

/**
 * The stream broke after content had been handed over, so no other target can take its place without garbling the
 * answer. Carries what had arrived. `code`, `type` and `error` are the vendor's own where the vendor reported an error.
 */
export class StreamInterruptedError extends APIError {
  /** What broke it. */
  readonly kind: FailureKind
  /** The text so far. Not enumerable: printing the error prints no content. */
  declare readonly partialText: string
  /** The tool calls so far, none of them complete. Not enumerable. */
  declare readonly partialToolCalls: readonly PartialToolCall[]
  /** Every attempt of the request, this one last. Not enumerable. */
  declare readonly attempts: readonly FailedAttempt[]
  /** The tokens so far, where the vendor had told them. */
  readonly usageSoFar: Usage | null

  constructor(failure: Failure, partial: PartialAnswer, attempts: readonly FailedAttempt[]) {
    const { message, code, type, param, body, headers, cause } = failure
    const own = typeof body === 'object' && body !== null ? body : {}
    super(
      undefined,
      { ...own, message, code: code ?? 'stream_interrupted', type: type ?? 'stream_error', param: param ?? null },
      undefined,
      harmless(headers),
    )
    this.kind = failure.kind
    this.usageSoFar = partial.usage
    if (cause !== undefined && isTransport(failure)) this.cause = cause
    Object.defineProperty(this, 'partialText', { value: partial.text })
    Object.defineProperty(this, 'partialToolCalls', { value: partial.toolCalls })
    withAttempts(this, attempts)
  }
}

/** A stream's break, and what the caller had been given by then. */
export interface Cut {
  readonly reading: Reading
  readonly failure: Failure
  readonly account: Account
  /** The text of the targets before, where this one went on with it. */
  readonly textBefore: string
}

/** The error for a stream that broke after its first content, with all that had arrived. */
export function interruption(
  { reading: { attempt, progress }, failure, account, textBefore }: Cut,
  { attempts, cause }: { readonly attempts: readonly FailedAttempt[]; readonly cause?: unknown },
): StreamInterruptedError {
  const headers = failure.headers ?? attempt.headers?.all()
  const usage = account.source === 'provider' ? account.usage : null
  const partial = { text: textBefore + progress.text, toolCalls: progress.toolCalls, usage }
  const error = new StreamInterruptedError(headers === undefined ? failure : { ...failure, headers }, partial, attempts)
  if (cause !== undefined) error.cause = cause
  return error
}
