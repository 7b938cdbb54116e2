import { randomUUID } from 'node:crypto'
import type OpenAI from 'openai'
import type { AssistantExtras, ChatCompletion } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { finishReason } from '../shared/claude/finish.ts'
import { allAnnotations, ownReasons, refusalOf } from './answer.ts'
import { stateOf } from './state.ts'
import { servedTier, usageOf } from './usage.ts'

/** What the answer takes from the call. */
export interface AnswerStyle {
  /** The model that was asked, where the vendor does not name the one that answered. */
  readonly model: string
  /** The caller declared functions, not tools, and wants the function call of old. */
  readonly legacy: boolean
}

/** The vendor's message as a completion. */
export function completion(message: JsonObject, { model, legacy }: AnswerStyle): ChatCompletion {
  const { content, usage } = message
  if (!Array.isArray(content)) throw new AttemptError('malformed', 'The answer has no content.')
  const counts = isObject(usage) ? usage : {}
  const tier = servedTier(counts)
  const stopReason = textOf(message['stop_reason']) ?? ''
  const answer = assistantMessage(message, content.filter(isObject), legacy)
  const calls = answer.function_call === undefined ? (answer.tool_calls === undefined ? 'none' : 'tools') : 'function'
  return {
    id: textOf(message['id']) ?? `msg_${randomUUID()}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: textOf(message['model']) ?? model,
    choices: [{ index: 0, message: answer, logprobs: null, finish_reason: finishReason(stopReason, calls, ownReasons) }],
    ...(isObject(usage) && { usage: usageOf(counts) }),
    ...(tier !== undefined && { service_tier: tier }),
  }
}

type Answer = OpenAI.ChatCompletionMessage & AssistantExtras

function assistantMessage(message: JsonObject, blocks: readonly JsonObject[], legacy: boolean): Answer {
  const text = joined(blocks, 'text')
  const reasoning = joined(blocks, 'thinking')
  const refusal = refusalOf(textOf(message['stop_reason']) ?? '', message['stop_details']) ?? null
  const calls = blocks.filter(({ type }) => type === 'tool_use').map(toolCall)
  const annotations = allAnnotations(blocks)
  const state = stateOf(textOf(message['model']) ?? '', blocks)
  const [first] = calls
  return {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || refusal !== null) ? null : text,
    refusal,
    ...(annotations.length > 0 && { annotations }),
    ...(first !== undefined && (legacy ? { function_call: first.function } : { tool_calls: calls })),
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(state !== undefined && { provider_state: state }),
  }
}

function joined(blocks: readonly JsonObject[], type: 'text' | 'thinking'): string {
  return blocks.map((block) => (block['type'] === type ? (textOf(block[type]) ?? '') : '')).join('')
}

function toolCall(block: JsonObject): OpenAI.ChatCompletionMessageFunctionToolCall {
  const input = JSON.stringify(block['input'] ?? {})
  return { id: textOf(block['id']) ?? '', type: 'function', function: { name: textOf(block['name']) ?? '', arguments: input } }
}
