import type { ChatMessage, ChatRequest } from '../../contracts/chat.ts'
import { legacyCallId } from '../shared/history.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import type { Traits } from './models.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import { arranged, type Wire } from './order.ts'
import { contentOf, textContent, type Place } from './parts.ts'
import { replayable } from './state.ts'
import { toolIds, type ToolIds } from './tool-ids.ts'

/** What messages are translated with. */
interface Translating {
  readonly traits: Traits
  readonly notes: Notes
  /** Whose `provider_state` is replayed. */
  readonly owner: string
}

interface Work extends Translating {
  readonly ids: ToolIds
}

/** OpenAI's messages as the vendor accepts them, in an order that it accepts. */
export function conversation(messages: ChatRequest['messages'], translating: Translating): readonly JsonObject[] {
  const work: Work = { ...translating, ids: toolIds() }
  const wire = messages.flatMap((message, index): readonly Wire[] => {
    const translated = translate(message, `messages[${index}]`, work)
    return translated === undefined ? [] : [translated]
  })
  return arranged(wire, translating.notes)
}

function translate(message: ChatMessage, field: string, work: Work): Wire | undefined {
  const place = { field: `${field}.content`, notes: work.notes }
  // An unknown field of a message is refused.
  if (message.role !== 'tool' && message.role !== 'function' && message.name !== undefined) work.notes.drop('messages[].name')
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: textContent(message.content, place) }
    case 'user':
      return { role: 'user', content: contentOf(message.content, place) }
    case 'tool':
      return toolResult(message.tool_call_id, message.content, { place, work })
    case 'function':
      return toolResult(legacyCallId(message.name), message.content, { place, work })
    case 'assistant':
      return assistant(message, field, work)
    default:
      throw unsupported(`${field}.role`, 'is not a role that this provider knows')
  }
}

function toolResult(id: string, content: unknown, { place, work }: { readonly place: Place; readonly work: Work }): Wire {
  return { role: 'tool', tool_call_id: work.ids.resolve(id), content: contentOf(content ?? '', place) }
}

type AssistantMessage = Extract<ChatMessage, { role: 'assistant' }>

/** `undefined` for a turn that says nothing: it would be refused. */
function assistant(message: AssistantMessage, field: string, work: Work): Wire | undefined {
  if (isObject(message.audio)) throw unsupported(`${field}.audio`, 'spoken answers cannot be sent back to this provider')
  const tool_calls = toolCalls(message, field, work)
  // A model that cannot think does not know what a thinking chunk is.
  const chunks = work.traits.thinks ? replayable({ ...message }, work.owner) : undefined
  const content = chunks ?? said(message, { field: `${field}.content`, notes: work.notes })
  if (tool_calls.length === 0) return isEmpty(content) ? undefined : { role: 'assistant', content }
  return { role: 'assistant', content, tool_calls }
}

function said({ content, refusal }: AssistantMessage, place: Place): string | readonly JsonObject[] {
  const spoken = textContent(content ?? '', place)
  return isEmpty(spoken) ? (refusal ?? '') : spoken
}

function isEmpty(content: string | readonly JsonObject[]): boolean {
  return typeof content === 'string' ? content === '' : content.every(({ type, text }) => type === 'text' && text === '')
}

function toolCalls(message: AssistantMessage, field: string, { ids }: Work): readonly JsonObject[] {
  const calls = (message.tool_calls ?? []).map((call, index) => {
    if (call.type !== 'function') throw unsupported(`${field}.tool_calls[${index}]`, 'custom tools are not known here')
    return toolCall(ids.declare(call.id), call.function)
  })
  const legacy: unknown = message.function_call
  if (!isObject(legacy)) return calls
  return [...calls, toolCall(ids.declare(legacyCallId(textOf(legacy['name']) ?? '')), legacy)]
}

function toolCall(id: string, called: object): JsonObject {
  const { name, arguments: given } = { name: '', arguments: '', ...called }
  return { id, type: 'function', function: { name, arguments: given === '' ? '{}' : given } }
}
