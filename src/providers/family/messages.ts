import type { ChatMessage, ChatRequest } from '../../contracts/chat.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import type { Profile } from './profile.ts'
import { toolIds } from './tool-ids.ts'

/** What messages depend on beside the profile. */
export interface MessageContext {
  readonly profile: Profile
  /** The owner of the `provider_state` that goes back. */
  readonly stateOwner: string
  /** What an instruction asks for that the server has no parameter for. */
  readonly instruction: string | undefined
}

/** The messages as the server takes them. */
export function messagesFor(messages: ChatRequest['messages'], context: MessageContext): readonly JsonObject[] {
  const { profile, instruction } = context
  const idOf = toolIds(profile.toolIdPattern, messages)
  const out = messages.map((message) => messageFor(message, { ...context, idOf }))
  const instructed = instruction === undefined ? out : withInstruction(out, instruction)
  if (profile.systemFirstOnly) return merged(instructed.toSorted((one, other) => order(one) - order(other)))
  return profile.multiSystem ? instructed : merged(instructed)
}

type Inner = MessageContext & { readonly idOf: (id: string) => string }

function messageFor(message: ChatMessage, context: Inner): JsonObject {
  const { profile, idOf } = context
  if (message.role === 'assistant') return assistantFor(message, context)
  const content = contentFor(message.content, profile)
  const name = 'name' in message && profile.messageNames && message.name !== undefined ? { name: message.name } : {}
  if (message.role === 'tool') return { role: 'tool', tool_call_id: idOf(message.tool_call_id), content }
  const role = message.role === 'developer' && !profile.developerRole ? 'system' : message.role
  return { role, content, ...name }
}

/**
 * Only what a server may know: fields of OpenAI's answers (`refusal: null`, `annotations`, `audio`) and those of other
 * vendors' turns are refused by servers that check what they get.
 */
function assistantFor(message: Extract<ChatMessage, { role: 'assistant' }>, context: Inner): JsonObject {
  const { profile, idOf } = context
  const { content, refusal, name, tool_calls: calls = [] } = message
  return {
    role: 'assistant',
    content: contentFor(content ?? refusal, profile) ?? null,
    ...(name !== undefined && profile.messageNames && { name }),
    ...(calls.length > 0 && { tool_calls: calls.map((call) => callFor(call, idOf)) }),
    ...reasoningFor(message, context),
  }
}

type Call = NonNullable<Extract<ChatMessage, { role: 'assistant' }>['tool_calls']>[number]

function callFor(call: Call, idOf: Inner['idOf']): JsonObject {
  if (call.type !== 'function') return { ...call, id: idOf(call.id) }
  const { name, arguments: text } = call.function
  // Without arguments some vendors stream nothing, and nothing is no JSON.
  return { id: idOf(call.id), type: 'function', function: { name, arguments: text === '' ? '{}' : text } }
}

function reasoningFor(message: object, { profile, stateOwner }: Inner): JsonObject {
  const { reasoningDetails, echoReasoning, echoField } = profile
  const state: unknown = Reflect.get(message, 'provider_state')
  // Reasoning of a turn that another vendor signed stays away, as its signature does.
  if (isObject(state) && state['provider'] !== stateOwner) return echoReasoning === 'always' ? { [echoField]: '' } : {}
  if (reasoningDetails) {
    const details: unknown = isObject(state) ? state['blocks'] : Reflect.get(message, 'reasoning_details')
    return Array.isArray(details) && details.length > 0 ? { reasoning_details: details } : {}
  }
  const text = textOf(Reflect.get(message, 'reasoning_content'))
  const isEchoed = echoReasoning === 'always' || (echoReasoning === 'given' && text !== undefined)
  return isEchoed ? { [echoField]: text ?? '' } : {}
}

function contentFor(content: unknown, { flatText, imageDetail }: Profile): unknown {
  if (!Array.isArray(content)) return content
  const parts: readonly unknown[] = content
  const texts = parts.map((part) => (isObject(part) ? textOf(part['text'] ?? part['refusal']) : undefined))
  if (flatText && texts.every((text) => text !== undefined)) return texts.join('\n')
  return parts.map((part) => partFor(part, imageDetail))
}

function partFor(part: unknown, imageDetail: boolean): unknown {
  if (!isObject(part)) return part
  if (part['type'] === 'refusal') return { type: 'text', text: part['refusal'] }
  // Where a cached prefix ends is for OpenAI to know.
  const { prompt_cache_breakpoint: _, image_url: image, ...rest } = part
  if (!isObject(image)) return image === undefined ? rest : { ...rest, image_url: image }
  const { detail, ...url } = image
  return { ...rest, image_url: imageDetail && detail !== undefined ? { ...url, detail } : url }
}

function order({ role }: JsonObject): number {
  return role === 'system' ? 0 : 1
}

/** Behind the caller's own instructions, before the conversation. */
function withInstruction(messages: readonly JsonObject[], content: string): readonly JsonObject[] {
  const from = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer')
  const at = from === -1 ? messages.length : from
  const [before, after] = [messages.slice(0, at), messages.slice(at)]
  const last = before.at(-1)
  const text = last === undefined ? undefined : textOf(last['content'])
  if (last === undefined || text === undefined) return [...before, { role: 'system', content }, ...after]
  return [...before.slice(0, -1), { ...last, content: `${text}\n\n${content}` }, ...after]
}

/** System messages that follow each other as one. */
function merged(messages: readonly JsonObject[]): readonly JsonObject[] {
  const out: JsonObject[] = []
  for (const message of messages) {
    const last = out.at(-1)
    if (last?.['role'] !== 'system' || message['role'] !== 'system') out.push(message)
    else out[out.length - 1] = { ...last, content: `${plainText(last['content'])}\n\n${plainText(message['content'])}` }
  }
  return out
}

function plainText(content: unknown): string {
  if (!Array.isArray(content)) return textOf(content) ?? ''
  return content.map((part: unknown) => (isObject(part) ? (textOf(part['text']) ?? '') : '')).join('\n')
}
