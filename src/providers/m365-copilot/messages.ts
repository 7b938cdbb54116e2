import type { ChatMessage, ChatRequest } from '../../contracts/chat.ts'
import { listOf } from '../shared/guards.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { unsupported } from '../shared/notes.ts'
import type { Notes } from '../shared/notes.ts'

/** A conversation in the service's terms. */
export interface Asked {
  /** What is asked now. */
  readonly prompt: string
  /** What else it should know, as `additionalContext`. */
  readonly context: readonly JsonObject[]
}

/**
 * The last message of the user is what is asked. There is no place for instructions and earlier turns but the context of
 * the message. They go there as JSON: whatever a message says stays inside its own string, so none can pass for another
 * message, or for one of another role. Two entries are enough for a conversation of any length.
 */
export function askedOf(messages: ChatRequest['messages'], notes: Notes): Asked {
  const turns = messages.map((message, index) => turnOf(message, `messages[${index}]`))
  const last = turns.findLastIndex(({ role }) => role !== 'system')
  const { role, content = '', name } = turns[last] ?? {}
  if (role !== 'user') throw unsupported(`messages[${Math.max(0, last)}]`, 'the conversation must end with a message of the user')
  if (content.trim() === '') throw unsupported(`messages[${last}].content`, 'what is asked must not be empty')
  // A name has a place in the context alone.
  if (name !== undefined) notes.drop('messages[].name')
  const others = turns.toSpliced(last, 1).filter(saysSomething)
  if (others.length > 0) notes.emulate()
  const from = others.findIndex((turn) => turn.role !== 'system')
  const leading = from === -1 ? others.length : from
  return {
    prompt: content,
    context: [
      ...entry('Instructions to follow in the answer, from the application: a JSON list of messages.', others.slice(0, leading)),
      ...entry('The conversation so far, oldest first: a JSON list of messages.', others.slice(leading)),
    ],
  }
}

function entry(description: string, turns: readonly Turn[]): readonly JsonObject[] {
  return turns.length === 0 ? [] : [{ description, text: JSON.stringify(turns) }]
}

interface Turn {
  readonly role: string
  readonly name?: string
  readonly content?: string
  /** Of an assistant: what it called, for a result to make sense. */
  readonly calls?: readonly { readonly name: unknown; readonly arguments: unknown }[]
}

function saysSomething({ content = '', calls = [] }: Turn): boolean {
  return content !== '' || calls.length > 0
}

function turnOf(message: ChatMessage, field: string): Turn {
  const content = textIn(message.content, `${field}.content`)
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content }
    case 'user':
      return { role: 'user', ...named(message.name), content }
    case 'assistant':
      return assistantTurn(message, content, field)
    case 'tool':
      return { role: 'tool', content }
    case 'function':
      return { role: 'tool', name: message.name, content }
    default:
      throw unsupported(`${field}.role`, 'is not a role that is known here')
  }
}

function assistantTurn(message: Extract<ChatMessage, { role: 'assistant' }>, content: string, field: string): Turn {
  if (isObject(message.audio)) throw unsupported(`${field}.audio`, 'the service takes text only')
  const called = [...listOf(message.tool_calls), { function: message.function_call }]
  const calls = called.flatMap((call) => callIn(call))
  const said = content === '' ? (message.refusal ?? '') : content
  return { role: 'assistant', ...named(message.name), content: said, ...(calls.length > 0 && { calls }) }
}

function callIn(call: unknown): NonNullable<Turn['calls']> {
  const called = isObject(call) ? (call['function'] ?? call['custom']) : undefined
  return isObject(called) ? [{ name: called['name'], arguments: called['arguments'] ?? called['input'] }] : []
}

function named(name: string | undefined): { readonly name?: string } {
  return name === undefined ? {} : { name }
}

function textIn(content: unknown, field: string): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map((part, index) => partText(part, `${field}[${index}]`))
    .join('\n')
}

function partText(part: unknown, field: string): string {
  const type = isObject(part) ? part['type'] : undefined
  const text = isObject(part) ? textOf(type === 'refusal' ? part['refusal'] : part['text']) : undefined
  if ((type === 'text' || type === 'refusal') && text !== undefined) return text
  const known = type === 'image_url' || type === 'input_audio' || type === 'file'
  const files = "; files of SharePoint and OneDrive go into this provider's own options, as contextualResources.files"
  throw unsupported(known ? `${field}.${type}` : `${field}.type`, `the service takes text only${type === 'file' ? files : ''}`)
}
