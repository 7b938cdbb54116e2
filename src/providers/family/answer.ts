import { AttemptError } from '../../errors.ts'
import { failureFromBody } from '../shared/failure.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import type { Profile } from './profile.ts'
import { reasoningText } from './reasoning.ts'
import { tierOf, usageOf } from './usage.ts'

/** Who answers: what the `provider_state` says of itself. */
export interface AnswerContext {
  readonly profile: Profile
  readonly stateOwner: string
  readonly model: string
}

/** A complete answer as OpenAI would have written it. Throws where a choice tells of a failure. */
export function wholeAnswer(answer: JsonObject, context: AnswerContext): JsonObject {
  const { choices, id, ...rest } = answer
  const usage = usageOf(answer, context.profile)
  return {
    ...(id !== '' && { id }),
    ...rest,
    ...(Array.isArray(choices) && { choices: choices.map((choice: unknown) => wholeChoice(choice, context)) }),
    ...(usage !== undefined && { usage }),
    ...tierOf(answer, context.profile),
  }
}

function wholeChoice(choice: unknown, context: AnswerContext): unknown {
  if (!isObject(choice)) return choice
  throwFailed(choice, context.profile)
  const { message } = choice
  if (!isObject(message)) return choice
  const { tool_calls: calls, ...rest } = tidyMessage(message, context.profile)
  const hasCalls = Array.isArray(calls) && calls.length > 0
  return {
    ...choice,
    finish_reason: finishReason(choice['finish_reason'], { profile: context.profile, hasCalls }),
    message: { ...rest, ...(hasCalls && { tool_calls: calls }), ...stateOf(rest['reasoning_details'], context) },
  }
}

/** An error beside the message, or a finish reason that means one. */
export function throwFailed({ error, finish_reason: reason }: JsonObject, { finishFailures, refusals }: Profile): void {
  if (isObject(error) || (typeof error === 'string' && error !== '')) {
    const { kind, message, ...details } = failureFromBody({ error }, refusals)
    throw new AttemptError(kind, message, details)
  }
  const kind = typeof reason === 'string' ? finishFailures[reason] : undefined
  if (kind !== undefined) throw new AttemptError(kind, `The answer ended with '${String(reason)}'.`)
}

/** A finish reason in OpenAI's words; one that nobody knows stays as it is. `stop` after tool calls is `tool_calls`. */
export function finishReason(
  reason: unknown,
  { profile, hasCalls }: { readonly profile: Profile; readonly hasCalls: boolean },
): unknown {
  if (typeof reason !== 'string') return reason
  const word = profile.finishMap[reason] ?? reason
  return word === 'stop' && hasCalls ? 'tool_calls' : word
}

/** A message or delta with its text in `content` and its reasoning in `reasoning_content`. */
export function tidyMessage(message: JsonObject, profile: Profile): JsonObject {
  const { content } = message
  const parts = Array.isArray(content) ? content.filter(isObject) : undefined
  const reasoning = reasoningText(message, { fields: profile.reasoningFields, parts })
  const aliases = profile.reasoningFields.filter((field) => field in message)
  if (parts === undefined && aliases.length === 0 && reasoning === undefined) return message
  const out: Record<string, unknown> = { ...message }
  for (const field of aliases) delete out[field]
  if (parts !== undefined) out['content'] = parts.map((part) => textOf(part['text']) ?? '').join('')
  if (reasoning !== undefined) out['reasoning_content'] = reasoning
  return out
}

/** What the server wants back verbatim in the next turn. */
export function stateOf(details: unknown, { profile, stateOwner, model }: AnswerContext): JsonObject {
  if (!profile.reasoningDetails || !Array.isArray(details) || details.length === 0) return {}
  return { provider_state: { v: 1, provider: stateOwner, model, blocks: details } }
}
