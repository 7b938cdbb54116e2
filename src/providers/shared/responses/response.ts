import type { ChatCompletion } from '../../../contracts/chat.ts'
import { AttemptError } from '../../../errors.ts'
import type { ChunkHead } from '../chunks.ts'
import { answerObject } from '../completion.ts'
import { isObject, parseJson, textOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { foundPages } from './annotations.ts'
import { failedError, finishReasonOf, isAnswered, logprobsOf, messageOf } from './answer.ts'
import { usageOf } from './usage.ts'
import type { ResponsesStyle } from './wire.ts'
import { objectsOf } from './wire.ts'

/**
 * The completion in the body of a 2xx answer.
 *
 * @throws {@link AttemptError} for a response that failed, in its own words, and `malformed` for what is no answer.
 */
export function completionOfResponse(text: string, style: ResponsesStyle): ChatCompletion {
  const response = responseIn(text, style)
  const items = objectsOf(response['output'])
  const { id, created, model } = headOf(response, style)
  const message = messageOf(items, { owner: style.owner, model })
  const usage = usageOf(response['usage'], items)
  const finish_reason = finishReasonOf(response, message.tool_calls !== undefined)
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs: logprobsOf(items), finish_reason }],
    ...(usage !== undefined && { usage }),
    ...extrasOf(response, items),
  }
}

function responseIn(text: string, { refusals }: ResponsesStyle): JsonObject {
  const value = parseJson(text)
  const failed = isObject(value) ? failedError(value, refusals) : undefined
  if (failed !== undefined) throw failed
  const response = answerObject(text, refusals)
  const { output, status } = response
  if (!Array.isArray(output)) throw new AttemptError('malformed', 'The answer has no output.', { body: response })
  if (status === 'queued' || status === 'in_progress')
    throw new AttemptError('malformed', `The response is ${status}, not an answer.`)
  if (status !== 'incomplete' && !isAnswered(objectsOf(output)))
    throw new AttemptError('malformed', 'The output has neither a message nor a call.', { body: response })
  return response
}

/** Who answers. */
export function headOf({ id, created_at: created, model }: JsonObject, style: Pick<ResponsesStyle, 'model'>): ChunkHead {
  return {
    id: textOf(id) || `resp_${crypto.randomUUID()}`,
    created: Math.trunc(typeof created === 'number' && Number.isFinite(created) ? created : Date.now() / 1000),
    model: textOf(model) || style.model,
  }
}

/** What a completion has besides choices and usage: who served it at what price, and the pages that a search found. */
export function extrasOf({ service_tier: tier }: JsonObject, items: readonly JsonObject[]): Extras {
  const pages = foundPages(items)
  return {
    ...(isTier(tier) && { service_tier: tier }),
    ...(pages.length > 0 && { citations: pages.flatMap(({ url }) => textOf(url) ?? []), search_results: pages }),
  }
}

interface Extras {
  readonly service_tier?: NonNullable<ChatCompletion['service_tier']>
  readonly citations?: readonly string[]
  readonly search_results?: readonly JsonObject[]
}

function isTier(value: unknown): value is NonNullable<ChatCompletion['service_tier']> {
  return typeof value === 'string'
}
