import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { finishReason, stateOf, throwFailed, tidyMessage } from './answer.ts'
import type { AnswerContext } from './answer.ts'
import { DetailsSoFar } from './reasoning.ts'
import { tierOf, usageOf } from './usage.ts'

/** What turns the chunks of one stream into OpenAI's. */
export function chunkTidier(context: AnswerContext): (chunk: JsonObject) => JsonObject {
  const known = new Map<unknown, DetailsSoFar>()
  const called = new Set<unknown>()
  const { profile } = context

  function detailsOf(index: unknown): DetailsSoFar {
    const details = known.get(index) ?? new DetailsSoFar()
    known.set(index, details)
    return details
  }

  function tidyChoice(choice: unknown, position: number): unknown {
    if (!isObject(choice)) return choice
    throwFailed(choice, profile)
    const index = choice['index'] ?? position
    const delta = tidyDelta(choice, index)
    const sent = choice['finish_reason']
    if (typeof sent !== 'string' || sent === '') return { ...choice, delta }
    const finish_reason = finishReason(sent, { profile, hasCalls: called.has(index) })
    return { ...choice, delta: { ...delta, ...stateOf(known.get(index)?.all, context) }, finish_reason }
  }

  function tidyDelta({ delta, message }: JsonObject, index: unknown): JsonObject {
    // Some servers stream whole messages.
    const sent = isObject(delta) ? delta : isObject(message) ? message : {}
    const { tool_calls: calls } = sent
    if (Array.isArray(calls) && calls.length > 0) called.add(index)
    if (profile.reasoningDetails) detailsOf(index).add(sent['reasoning_details'])
    return tidyMessage(sent, profile)
  }

  return (chunk) => {
    const { choices } = chunk
    const usage = usageOf(chunk, profile)
    if (usage === undefined && Array.isArray(choices) && isPlainText(choices)) return chunk
    return {
      ...chunk,
      ...(Array.isArray(choices) && { choices: choices.map(tidyChoice) }),
      ...(usage !== undefined && { usage }),
      ...tierOf(chunk, profile),
    }
  }
}

/** By far the commonest chunk: a piece of text and nothing else. */
function isPlainText(choices: readonly unknown[]): boolean {
  const choice = choices[0]
  if (choices.length !== 1 || !isObject(choice) || choice['finish_reason'] !== null || choice['error'] !== undefined) return false
  const { delta } = choice
  if (!isObject(delta) || typeof delta['content'] !== 'string') return false
  for (const field in delta) if (field !== 'content' && field !== 'role') return false
  return true
}
