import type { AdapterCall } from '../../contracts/adapter.ts'
import type { ChatMessage, ChatRequest } from '../../contracts/chat.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { adapt, traitsOf } from './models.ts'
import type { ModelTraits } from './models.ts'

/**
 * The body of `POST /chat/completions`. What we know nothing of passes through. `name` is the vendor's name of the model,
 * where the call has another.
 */
export function chatBody(
  { request, model, card, providerOptions }: AdapterCall,
  { stream, name = model }: { readonly stream: boolean; readonly name?: string },
): JsonObject {
  const traits = traitsOf(name, card)
  const { dropped, effort } = adapt(request, traits, 'chat')
  const { stream: _, stream_options, ...rest } = request
  const body: Record<string, unknown> = { ...rest, model, messages: messagesFor(request.messages, traits) }
  for (const field of dropped) delete body[field]
  if (effort !== undefined) body['reasoning_effort'] = effort
  if (traits.reasoning && 'max_tokens' in body) {
    // A reasoning model knows the limit by its newer name only.
    body['max_completion_tokens'] ??= body['max_tokens']
    delete body['max_tokens']
  }
  if (stream) {
    body['stream'] = true
    // The router needs usage for the bill, and hides it from a caller that did not ask.
    body['stream_options'] = { ...stream_options, include_usage: true }
  }
  return providerOptions === undefined ? body : { ...body, ...providerOptions }
}

/**
 * Fields of other vendors' turns and of ours, and what helpers of the client add (`parse()`, `stream()`): OpenAI refuses a
 * message with a field that it does not know.
 */
const foreignFields = [
  'provider_state',
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'thinking_blocks',
  'parsed',
] as const

function messagesFor(messages: ChatRequest['messages'], { reasoning }: ModelTraits): readonly unknown[] {
  const instructions = reasoning ? 'developer' : 'system'
  const other = reasoning ? 'system' : 'developer'
  if (!messages.some((message) => message.role === other || isForeign(message))) return messages
  return messages.map((message) => {
    if (message.role === other) return { ...message, role: instructions }
    return isForeign(message) ? cleaned(message) : message
  })
}

function isForeign(message: ChatMessage): boolean {
  if (message.role !== 'assistant') return false
  return foreignFields.some((field) => field in message) || (message.tool_calls?.some(isForeignCall) ?? false)
}

function isForeignCall(call: object): boolean {
  if ('extra_content' in call) return true
  return 'function' in call && isObject(call.function) && 'parsed_arguments' in call.function
}

function cleaned(message: ChatMessage): JsonObject {
  const copy: Record<string, unknown> = { ...message }
  for (const field of foreignFields) delete copy[field]
  const calls = copy['tool_calls']
  if (Array.isArray(calls)) copy['tool_calls'] = calls.map(cleanedCall)
  return copy
}

function cleanedCall(call: unknown): unknown {
  if (!isObject(call)) return call
  const { extra_content: _, ...rest } = call
  if (!isObject(rest['function'])) return rest
  const { parsed_arguments: __, ...called } = rest['function']
  return { ...rest, function: called }
}
