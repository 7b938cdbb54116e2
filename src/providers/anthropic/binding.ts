import { boundThinking, unthought } from '../shared/claude/binding.ts'
import { listOf } from '../shared/guards.ts'
import { isObject, type JsonObject } from '../shared/json.ts'

/** A body for a model that binds its thinking, with what to do where thinking that comes back no longer fits. */
export function bound(body: JsonObject): JsonObject {
  const messages = listOf(body['messages'])
  const thoughtless = unthought(messages, isThought)
  if (thoughtless === messages) return body
  const thinking = boundThinking(body['thinking'])
  return thinking === undefined ? { ...body, messages: thoughtless } : { ...body, thinking }
}

function isThought(block: unknown): boolean {
  return isObject(block) && (block['type'] === 'thinking' || block['type'] === 'redacted_thinking')
}
