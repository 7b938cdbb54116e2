import type OpenAI from 'openai'
import type { AssistantExtras, ChatCompletion } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { annotationsOf } from './annotations.ts'
import { calledOf, callId, finishReason, headOf, isLegacy, type AnswerStyle } from './answer.ts'
import { ContentReader } from './content.ts'
import { listOf, numberOf } from '../shared/guards.ts'
import { stateOf } from './state.ts'
import { servedTier, usageOf } from './usage.ts'

/** The vendor's answer as a completion. */
export function completion(answer: JsonObject, style: AnswerStyle): ChatCompletion {
  const head = headOf(answer, style.model)
  const { usage } = answer
  const tier = isObject(usage) ? servedTier(usage) : undefined
  return {
    ...head,
    object: 'chat.completion',
    choices: choicesIn(answer).map((choice, position) => choiceOf(choice, { position, style, model: head.model })),
    ...(isObject(usage) && { usage: usageOf(usage) }),
    ...(tier !== undefined && { service_tier: tier }),
  }
}

/** The choices of an answer that has what no caller can do without: a message in each. */
function choicesIn({ choices }: JsonObject): readonly (JsonObject & { readonly message: JsonObject })[] {
  const found = listOf(choices).filter(hasMessage)
  if (found.length === 0) throw new AttemptError('malformed', 'The answer has no choices[0].message.')
  return found
}

function hasMessage(choice: unknown): choice is JsonObject & { readonly message: JsonObject } {
  return isObject(choice) && isObject(choice['message'])
}

interface Context {
  readonly position: number
  readonly style: AnswerStyle
  readonly model: string
}

function choiceOf(
  choice: JsonObject & { readonly message: JsonObject },
  { position, style, model }: Context,
): OpenAI.ChatCompletion.Choice {
  const message = assistantMessage(choice.message, style, model)
  const calls = message.function_call !== undefined ? 'function' : message.tool_calls === undefined ? 'none' : 'tools'
  return {
    index: numberOf(choice['index']) ?? position,
    message,
    logprobs: null,
    finish_reason: finishReason(textOf(choice['finish_reason']) ?? 'stop', calls),
  }
}

type Answer = OpenAI.ChatCompletionMessage & AssistantExtras

function assistantMessage(message: JsonObject, style: AnswerStyle, model: string): Answer {
  const reader = new ContentReader()
  const { text, reasoning } = reader.take(message['content'])
  const calls = listOf(message['tool_calls']).filter(isObject).map(toolCall)
  const [first] = calls
  const annotations = annotationsOf(reader.references, style.request.messages)
  const state = stateOf(reader.chunks, { owner: style.owner, model })
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(annotations.length > 0 && { annotations }),
    ...(first !== undefined && (isLegacy(style) ? { function_call: first.function } : { tool_calls: calls })),
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(state !== undefined && { provider_state: state }),
  }
}

function toolCall(call: JsonObject): OpenAI.ChatCompletionMessageFunctionToolCall {
  const { name, json } = calledOf(call)
  return { id: callId(call['id']), type: 'function', function: { name, arguments: json === '' ? '{}' : json } }
}
