import type OpenAI from 'openai'
import type { ChatMessage, ChatRequest } from '../../../contracts/chat.ts'
import { isObject, textOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { callIds } from './call-ids.ts'
import type { CallIds } from './call-ids.ts'
import { replayable } from './state.ts'
import { objectsOf, present } from './wire.ts'

/** How a vendor wants the items of a conversation. */
export interface InputRules {
  /** Whose state is replayed. */
  readonly owner: string
  /** The role of instructions. Default: as the caller wrote it. */
  readonly instructions?: 'system' | 'developer'
  /** For a vendor that refuses every field it does not know: plain text instead of parts, images without detail. */
  readonly sparse?: boolean
  /** What goes back of an item that the vendor sent; `undefined`: nothing. Default: all of it. */
  readonly replay?: (item: JsonObject) => JsonObject | undefined
}

interface Context {
  readonly rules: InputRules
  readonly ids: CallIds
  /** Ids of calls of custom tools. */
  readonly custom: Set<string>
}

type Assistant = OpenAI.ChatCompletionAssistantMessageParam

/** The messages of a conversation as input items, in order. */
export function inputItems(messages: ChatRequest['messages'], rules: InputRules): readonly JsonObject[] {
  const known = messages.flatMap((message) => ('tool_calls' in message ? (message.tool_calls ?? []).map(({ id }) => id) : []))
  const context: Context = { rules, ids: callIds(known), custom: new Set() }
  return messages.flatMap((message) => itemsOf(message, context))
}

function itemsOf(message: ChatMessage, context: Context): readonly JsonObject[] {
  const { rules } = context
  switch (message.role) {
    case 'system':
    case 'developer':
      return [messageItem(rules.instructions ?? message.role, message.content, rules)]
    case 'user':
      return [messageItem('user', message.content, rules)]
    case 'assistant':
      return assistantItems(message, context)
    case 'tool':
      return [resultItem(message, context)]
    default:
      // Results of the legacy functions are tool results by now.
      return []
  }
}

function messageItem(role: string, content: unknown, { sparse = false }: InputRules): JsonObject {
  if (typeof content === 'string')
    return { type: 'message', role, content: sparse ? content : [{ type: 'input_text', text: content }] }
  return { type: 'message', role, content: objectsOf(content).flatMap((part) => inputPart(part, sparse)) }
}

function inputPart(part: JsonObject, sparse: boolean): readonly JsonObject[] {
  // Where a cached prefix ends is said on the part itself, in the same words.
  const breakpoint = sparse ? {} : { prompt_cache_breakpoint: part['prompt_cache_breakpoint'] }
  switch (part['type']) {
    case 'text':
      return [present({ type: 'input_text', text: part['text'], ...breakpoint })]
    case 'image_url':
      return [present({ type: 'input_image', ...imageOf(part['image_url'], sparse), ...breakpoint })]
    case 'file':
      return [present({ type: 'input_file', ...(isObject(part['file']) ? part['file'] : {}), ...breakpoint })]
    default:
      return []
  }
}

function imageOf(image: unknown, sparse: boolean): JsonObject {
  if (!isObject(image)) return {}
  return sparse ? { image_url: image['url'] } : { image_url: image['url'], detail: image['detail'] ?? 'auto' }
}

function assistantItems(message: Assistant, context: Context): readonly JsonObject[] {
  const { rules, custom } = context
  for (const call of message.tool_calls ?? []) if (call.type === 'custom') custom.add(call.id)
  const replayed = replayable({ ...message }, rules.owner)
  if (replayed !== undefined) {
    const { replay } = rules
    return replay === undefined ? replayed : replayed.map(replay).filter((item) => item !== undefined)
  }
  return [...spokenItems(message, rules), ...(message.tool_calls ?? []).map((call) => callItem(call, context))]
}

function spokenItems({ content, refusal }: Assistant, { sparse = false }: InputRules): readonly JsonObject[] {
  const parts = spokenParts(content)
  if (typeof refusal === 'string' && refusal !== '') parts.push({ type: 'refusal', refusal })
  if (parts.length === 0) return []
  if (!sparse) return [{ type: 'message', role: 'assistant', content: parts }]
  const text = parts.map((part) => textOf(part['text']) ?? textOf(part['refusal']) ?? '').join('')
  return [{ type: 'message', role: 'assistant', content: text }]
}

function spokenParts(content: Assistant['content']): JsonObject[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'output_text', text: content }]
  return (content ?? []).map((part) =>
    part.type === 'text' ? { type: 'output_text', text: part.text } : { type: 'refusal', refusal: part.refusal },
  )
}

function callItem(call: OpenAI.ChatCompletionMessageToolCall, { ids }: Context): JsonObject {
  const call_id = ids.wire(call.id)
  if (call.type === 'custom') return { type: 'custom_tool_call', call_id, name: call.custom.name, input: call.custom.input }
  const { name, arguments: json } = call.function
  return { type: 'function_call', call_id, name, arguments: json === '' ? '{}' : json }
}

function resultItem(
  { tool_call_id: id, content }: OpenAI.ChatCompletionToolMessageParam,
  { ids, custom, rules }: Context,
): JsonObject {
  const { sparse = false } = rules
  const parts = typeof content === 'string' ? content : objectsOf(content).flatMap((part) => inputPart(part, sparse))
  const output = sparse && typeof parts !== 'string' ? parts.map((part) => textOf(part['text']) ?? '').join('') : parts
  return { type: custom.has(id) ? 'custom_tool_call_output' : 'function_call_output', call_id: ids.wire(id), output }
}
