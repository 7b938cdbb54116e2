import { bindingBeta, boundThinking, unthought } from '../shared/claude/binding.ts'
import { listOf } from '../shared/guards.ts'
import { isObject, type JsonObject } from '../shared/json.ts'

/** A body for a Claude that binds its thinking, with what to do where thinking that comes back no longer fits. */
export function bound(body: JsonObject): JsonObject {
  const messages = listOf(body['messages'])
  const thoughtless = unthought(messages, isThought)
  if (thoughtless === messages) return body
  const fields = isObject(body['additionalModelRequestFields']) ? body['additionalModelRequestFields'] : {}
  const thinking = boundThinking(fields['thinking'])
  if (thinking === undefined) return { ...body, messages: thoughtless }
  const betas = [...new Set([...listOf(fields['anthropic_beta']), bindingBeta])]
  return { ...body, additionalModelRequestFields: { ...fields, thinking, anthropic_beta: betas } }
}

function isThought(block: unknown): boolean {
  return isObject(block) && 'reasoningContent' in block
}
