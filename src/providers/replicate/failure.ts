import type { Failure } from '../../contracts/failure.ts'
import { AttemptError } from '../../errors.ts'
import { listOf, numberOf } from '../shared/guards.ts'
import { failureFromThrown } from '../shared/failure.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { recognise, type Recogniser } from '../shared/recognise.ts'

/**
 * What only the words of a refusal tell, or those of a prediction that failed. Sources, read 2026-11: the vendor's pages on
 * error codes and rate limits; the error names of its own servers of language models (github.com/replicate/cog-triton); and
 * recorded answers. Codes alone mean nothing: `E1001` is a lack of memory to the one and a missing prompt to the other.
 */
export const refusals: readonly Recogniser[] = [
  {
    kind: 'content_filter',
    text: /\bNSFW\b|flagged as sensitive|\(E005\)|flagged by (?:the |our )?(?:safety|content)|safety system/i,
  },
  { kind: 'context_length', text: /PromptTooLong|prompt length \(?\d+\)? exceeds/i },
  { kind: 'invalid_request', text: /\bE1[01]\d\d (?:PromptRequired|BadPromptTemplate|PromptTemplateError|InvalidArgument)/ },
  { kind: 'quota', text: /insufficient credit|free time limit reached|monthly spend limit/i },
  { kind: 'not_found', status: [404, 422], text: /specified version does not exist|requested resource could not be found/i },
  // The deadline passed before the prediction began, or no machine could be had for it in time.
  { kind: 'overloaded', text: /\bE6716\b|timeout starting prediction|queue is full/i },
  // An interrupted prediction, a machine that was lost, a lack of memory.
  { kind: 'server', text: /\(code: [A-Z]{1,3}\)|\bE(?:1000|1001|8367|8765|9243|9825)\b|out of memory/i },
]

/** Classifies whatever a call threw. */
export function failureOf(error: unknown): Failure {
  return refined(failureFromThrown(error, refusals))
}

/** The failure as an error, for the way to the core. */
export function errorOf({ kind, message, ...details }: Failure): AttemptError {
  return new AttemptError(kind, message, details)
}

/** What the error of a prediction means; a model that breaks for reasons of its own is the provider's fault. */
export function predictionError(words: string): AttemptError {
  const message = words.trim() === '' ? 'The prediction failed without a reason.' : words.trim().slice(0, 2000)
  const code = /\b(E\d{3,4}|PA)\b/.exec(message)?.[1] ?? null
  return new AttemptError(recognise({ message }, undefined, refusals), message, { code })
}

/** The vendor's `{title, detail, status, retry_after, invalid_fields}`: the status is no code, and the wait may be in the words. */
function refined(failure: Failure): Failure {
  const { body, status } = failure
  if (status === undefined) return failure
  const fields: JsonObject = isObject(body) ? body : {}
  const wait = failure.retryAfterMs ?? (status === 429 ? waitMs(failure, fields) : undefined)
  const problem = listOf(fields['invalid_fields']).find(isObject)
  return {
    ...failure,
    message: failure.message.trim(),
    code: textOf(fields['code']) ?? null,
    type: textOf(fields['title']) ?? failure.type ?? null,
    param: (problem === undefined ? undefined : textOf(problem['field'])) || failure.param || null,
    ...(wait !== undefined && { retryAfterMs: wait }),
  }
}

/** How long a throttled account has to wait. */
function waitMs({ message, headers }: Failure, body: JsonObject): number | undefined {
  const words = /(?:expected available in|resets in) ~?(\d+(?:\.\d+)?) ?s/i.exec(message)?.[1]
  // In seconds, as long as it is no time of day.
  const reset = /^\d{1,5}$/.exec(headers?.get('ratelimit-reset') ?? '')?.[0]
  const seconds = numberOf(body['retry_after']) ?? Number(words ?? reset ?? Number.NaN)
  return seconds >= 0 ? seconds * 1000 : undefined
}
