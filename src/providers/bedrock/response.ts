import type OpenAI from 'openai'
import type { AssistantExtras, ChatCompletion } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { allAnnotations, answerId, finishReason, servedModel, type AnswerStyle } from './answer.ts'
import { blockText, isCall, stateOf } from './state.ts'
import { servedTier, usageOf } from './usage.ts'

/** The answer of Converse as a completion. */
export function completion(answer: JsonObject, style: AnswerStyle, headers?: Headers): ChatCompletion {
  const { output, usage } = answer
  const message = isObject(output) ? output['message'] : undefined
  const content = isObject(message) ? message['content'] : undefined
  const stopReason = textOf(answer['stopReason'])
  if (!Array.isArray(content) || stopReason === undefined) throw new AttemptError('malformed', 'The answer has no message.')
  const model = servedModel(answer, style.model)
  const tier = servedTier(answer)
  const said = assistantMessage(content.filter(isObject), model, style)
  const calls = said.function_call === undefined ? (said.tool_calls === undefined ? 'none' : 'tools') : 'function'
  return {
    id: answerId(headers),
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model,
    choices: [{ index: 0, message: said, logprobs: null, finish_reason: finishReason(stopReason, calls) }],
    ...(isObject(usage) && { usage: usageOf(usage) }),
    ...(tier !== undefined && { service_tier: tier }),
  }
}

type Answer = OpenAI.ChatCompletionMessage & AssistantExtras

function assistantMessage(blocks: readonly JsonObject[], model: string, { legacy, single }: AnswerStyle): Answer {
  const text = blocks.map(blockText).join('')
  const reasoning = blocks.map(reasoningText).join('')
  const calls = blocks.filter(isCall).map(toolCall)
  const annotations = allAnnotations(blocks)
  const state = stateOf(model, blocks)
  const [first] = calls
  return {
    role: 'assistant',
    content: text === '' && first !== undefined ? null : text,
    refusal: null,
    ...(annotations.length > 0 && { annotations }),
    ...(first !== undefined && (legacy ? { function_call: first.function } : { tool_calls: single ? [first] : calls })),
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(state !== undefined && { provider_state: state }),
  }
}

function reasoningText({ reasoningContent: reasoning }: JsonObject): string {
  const text = isObject(reasoning) ? reasoning['reasoningText'] : undefined
  return isObject(text) ? (textOf(text['text']) ?? '') : ''
}

function toolCall({ toolUse: call }: JsonObject): OpenAI.ChatCompletionMessageFunctionToolCall {
  const { toolUseId, name, input } = isObject(call) ? call : {}
  const json = JSON.stringify(input ?? {})
  return { id: textOf(toolUseId) ?? '', type: 'function', function: { name: textOf(name) ?? '', arguments: json } }
}
