import type { ChatCompletion, CompletionUsage } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import type { ChunkHead } from '../shared/chunks.ts'
import { errorDetails } from '../shared/error-body.ts'
import { numberOf } from '../shared/guards.ts'
import { isObject, parseJson, textOf, type JsonObject } from '../shared/json.ts'
import { predictionError } from './failure.ts'

/** A prediction, as far as it is read here. Shape: `Prediction` of the SDK, 1.4.0. */
export interface Prediction {
  readonly id: string
  readonly status: string
  readonly model: string | undefined
  /** When it was created, in seconds since 1970. */
  readonly created: number
  /** What has been written so far; `undefined` where there is nothing that could be read as text. */
  readonly text: string | undefined
  readonly error: string
  readonly urls: JsonObject
  readonly metrics: JsonObject
}

/** Reads the body of an answer; anything but a prediction throws an {@link AttemptError} `malformed`. */
export function predictionIn(body: string): Prediction {
  const value = parseJson(body)
  if (!isObject(value) || typeof value['id'] !== 'string' || typeof value['status'] !== 'string')
    throw new AttemptError('malformed', `The answer is no prediction: ${errorDetails(body).message.slice(0, 200) || 'it is empty'}`)
  const { id, status, error, urls, metrics } = value
  const created = Date.parse(textOf(value['created_at']) ?? '')
  return {
    id,
    status,
    model: textOf(value['model']),
    created: Math.trunc((Number.isNaN(created) ? Date.now() : created) / 1000),
    text: textIn(value['output']),
    error: textOf(error) ?? (isObject(error) ? (textOf(error['detail']) ?? '') : ''),
    urls: isObject(urls) ? urls : {},
    metrics: isObject(metrics) ? metrics : {},
  }
}

/** Language models write a list of pieces, some of them one text. */
function textIn(output: unknown): string | undefined {
  if (typeof output === 'string') return output
  return Array.isArray(output) && output.every((piece) => typeof piece === 'string') ? output.join('') : undefined
}

/** Whether nothing more will come (replicate.com/docs/topics/predictions/lifecycle, read 2026-11). */
export function isOver({ status }: Prediction): boolean {
  return over.has(status)
}

const over: ReadonlySet<string> = new Set(['succeeded', 'failed', 'canceled', 'aborted'])

/** Who answers. Official models run under internal names, which say nothing to anybody: then it is the one that was asked. */
export function headOf({ id, created, model }: Prediction, asked: string): ChunkHead {
  return { id, created, model: model === undefined || model === '' || model.startsWith('replicate-internal/') ? asked : model }
}

type FinishReason = ChatCompletion['choices'][number]['finish_reason']

/** The vendor gives no reason: an answer that has as many tokens as it may have was cut. */
export function finishOf({ metrics }: Prediction, limit: number | undefined): FinishReason {
  const written = numberOf(metrics['output_token_count'])
  return limit !== undefined && written !== undefined && written >= limit ? 'length' : 'stop'
}

/** Counted for language models that are billed by the token; others are billed by the second and count nothing. */
export function usageOf({ metrics }: Prediction): CompletionUsage | undefined {
  const prompt = numberOf(metrics['input_token_count'])
  const completion = numberOf(metrics['output_token_count'])
  if (prompt === undefined || completion === undefined) return undefined
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
}

/** Why a prediction that is over has no answer; `undefined` where it has one. */
export function faultOf({ status, error }: Prediction): AttemptError | undefined {
  if (status === 'succeeded' || !over.has(status)) return undefined
  if (status === 'failed') return predictionError(error)
  if (status === 'aborted') return new AttemptError('overloaded', error || 'The prediction was not begun before its deadline.')
  return new AttemptError('server', error || 'The prediction was canceled at the vendor.')
}
