import type { ChatMessage, ChatRequest } from '../../contracts/chat.ts'
import { listOf } from '../shared/guards.ts'
import { isObject, parseJson, textOf } from '../shared/json.ts'
import { unknownPart, unsupported, type Notes } from '../shared/notes.ts'
import type { ModelInputs } from './inputs.ts'

/** What somebody said, as text. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant'
  readonly text: string
}

/** A conversation as these models know it. */
export interface Conversation {
  readonly turns: readonly Turn[]
  /** URLs of the images that belong to the last turn. */
  readonly images: readonly string[]
}

interface Work {
  readonly inputs: ModelInputs
  readonly notes: Notes
  /** Names of the functions that were called, by the calls' ids. */
  readonly called: Map<string, string>
  readonly images: string[]
  /** The index of the last message, the only one whose images can be told from others. */
  readonly last: number
}

/**
 * OpenAI's messages as turns of text. What tools did in a conversation that began elsewhere is told in JSON: no model here
 * has a role for it.
 */
export function conversationOf({ messages }: ChatRequest, { inputs, notes }: Pick<Work, 'inputs' | 'notes'>): Conversation {
  const work: Work = { inputs, notes, called: new Map(), images: [], last: messages.length - 1 }
  if (messages.some((message) => 'name' in message && message.role !== 'function')) notes.drop('messages[].name')
  const turns = messages.map((message, index) => turnOf(message, index, work)).filter(({ text }) => text !== '')
  if (turns.length === 0) throw unsupported('messages', 'no message has any text')
  return { turns, images: work.images }
}

function turnOf(message: ChatMessage, index: number, work: Work): Turn {
  const field = `messages[${index}]`
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', text: textIn(message.content, field, work) }
    case 'user':
      return { role: 'user', text: textIn(message.content, field, work) }
    case 'assistant':
      return { role: 'assistant', text: answered(message, field, work) }
    case 'tool':
      return result(work.called.get(message.tool_call_id) ?? message.tool_call_id, textIn(message.content, field, work), work)
    case 'function':
      return result(message.name, message.content ?? '', work)
    default:
      throw unsupported(`${field}.role`, 'is not a role that this provider knows')
  }
}

function answered(message: Extract<ChatMessage, { role: 'assistant' }>, field: string, work: Work): string {
  if (isObject(message.audio)) throw unsupported(`${field}.audio`, 'spoken answers cannot be sent back to this provider')
  const said = textIn(message.content ?? message.refusal ?? '', field, work)
  const calls = [...listOf(message.tool_calls), ...(message.function_call ? [{ function: message.function_call }] : [])]
  if (calls.length === 0) return said
  work.notes.emulate()
  const told = JSON.stringify({ tool_calls: calls.map((call) => callOf(call, work)) })
  return said === '' ? told : `${said}\n${told}`
}

function callOf(call: unknown, work: Work): object {
  if (!isObject(call)) return {}
  const { id, function: own, custom } = call
  const called = isObject(own) ? own : isObject(custom) ? custom : {}
  const name = textOf(called['name']) ?? ''
  if (typeof id === 'string') work.called.set(id, name)
  const given = textOf(called['arguments'] ?? called['input']) ?? ''
  return { name, arguments: parseJson(given) ?? given }
}

function result(name: string, content: string, work: Work): Turn {
  work.notes.emulate()
  return { role: 'user', text: JSON.stringify({ tool_result: { name, content } }) }
}

function textIn(content: unknown, field: string, work: Work): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map((part, index) => textOfPart(part, `${field}.content[${index}]`, work))
    .join('')
}

function textOfPart(part: unknown, field: string, work: Work): string {
  if (!isObject(part)) throw unsupported(field, 'a content part must be an object')
  switch (part['type']) {
    case 'text':
      return textOf(part['text']) ?? ''
    case 'refusal':
      return textOf(part['refusal']) ?? ''
    case 'image_url':
      takeImage(part['image_url'], `${field}.image_url`, work)
      return ''
    default:
      throw unknownPart(part, field)
  }
}

/** Images have an input of their own, so they lose their place among the words. */
function takeImage(value: unknown, field: string, { inputs, notes, images, last }: Work): void {
  if (inputs.image === undefined && inputs.images === undefined) throw unsupported(field, 'this model has no input for images')
  if (!field.startsWith(`messages[${last}].`)) throw unsupported(field, 'images can be sent with the last message only')
  const url = isObject(value) ? textOf(value['url']) : textOf(value)
  if (url === undefined || !/^(?:https?:\/\/|data:)/i.test(url)) throw unsupported(field, 'only http(s) and data URLs can be sent')
  if (images.length > 0 && inputs.images === undefined) throw unsupported(field, 'this model has an input for one image only')
  if (isObject(value) && (value['detail'] ?? 'auto') !== 'auto') notes.drop('messages[].content[].image_url.detail')
  notes.emulate()
  images.push(url)
}
