import type { ChatMessage, ChatRequest } from '../../contracts/chat.ts'
import { dataOf } from '../shared/data-url.ts'
import { listOf } from '../shared/guards.ts'
import { plainText } from '../shared/history.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { textOnly, unknownPart, unsupported } from '../shared/notes.ts'
import type { Notes } from '../shared/notes.ts'
import type { ImageBlob } from './sdk.ts'

/** A conversation in the form of a session's one message. */
export interface Prompt {
  /** What stood before the first turn; empty where nothing did. */
  readonly system: string
  readonly text: string
  readonly images: readonly ImageBlob[]
}

/**
 * What stands before a conversation. A session takes one message, so what was said before is told in it: a line a message,
 * each a JSON object. JSON writes no line break and no quotation mark of a text as it is, so no content can pass for a turn.
 */
const heading =
  'What follows is a conversation: one message a line, each a JSON object. Answer it with the next message of the assistant, in plain form and not as JSON.'

/** The one message for a conversation. A single question goes as it is; anything longer is put in other words. */
export function promptOf({ messages }: ChatRequest, notes: Notes): Prompt {
  const first = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer')
  const leading = first === -1 ? messages : messages.slice(0, first)
  const system = leading.map((message, at) => plain(message.content, `messages[${at}].content`)).join('\n\n')
  const images: ImageBlob[] = []
  const rest = messages.slice(leading.length)
  const only = rest.length === 1 ? rest[0] : undefined
  const question = only?.role === 'user' ? questionIn(only.content) : undefined
  const lines = rest.map((message, at) => line(message, { at: leading.length + at, images, notes }))
  if (question === undefined && lines.length > 0) notes.emulate()
  else if (only?.role === 'user' && only.name !== undefined) notes.drop('messages[].name')
  return {
    system,
    text: question ?? (lines.length === 0 ? '' : [heading, ...lines].join('\n')),
    images,
  }
}

/** The text of a message that says all in one piece: text, and images only behind it, where the session puts them too. */
function questionIn(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  const types = listOf(content).map((part) => (isObject(part) && part['type'] === 'image_url' ? 'i' : 't'))
  return /^ti*$/.test(types.join('')) ? textIn(listOf(content)[0]) : undefined
}

interface Place {
  /** The message's position. */
  readonly at: number
  readonly images: ImageBlob[]
  readonly notes: Notes
}

function line(message: ChatMessage, place: Place): string {
  const field = `messages[${place.at}]`
  switch (message.role) {
    case 'assistant':
      return JSON.stringify({ ...shared(message, place), ...callsOf(message, field) })
    case 'tool':
      return JSON.stringify({ ...shared(message, place), tool_call_id: message.tool_call_id })
    case 'function':
      throw unsupported(field, 'functions, the older form of tools, are not known here')
    default:
      return JSON.stringify(shared(message, place))
  }
}

function shared(message: ChatMessage, place: Place): JsonObject {
  const { role } = message
  const name = 'name' in message ? message.name : undefined
  const content = message.content ?? (role === 'assistant' ? message.refusal : undefined)
  const said = content === undefined || content === null ? {} : { content: contentOf(content, place) }
  return { role, ...(name !== undefined && { name }), ...said }
}

function callsOf(message: Extract<ChatMessage, { role: 'assistant' }>, field: string): JsonObject {
  if (message.audio) throw unsupported(`${field}.audio`, 'audio is not known here')
  if (message.function_call) throw unsupported(`${field}.function_call`, 'functions, the older form of tools, are not known here')
  const calls = (message.tool_calls ?? []).map((call, index) => {
    if (call.type === 'function') return { id: call.id, name: call.function.name, arguments: call.function.arguments }
    throw unsupported(`${field}.tool_calls[${index}]`, 'custom tools are not known here')
  })
  return calls.length === 0 ? {} : { tool_calls: calls }
}

function contentOf(content: unknown, place: Place): unknown {
  if (!Array.isArray(content)) return textOf(content)
  const parts = content.map((part, index) => partOf(part, `messages[${place.at}].content[${index}]`, place))
  return parts.every((part) => typeof part === 'string') ? parts.join('') : parts
}

/** A part's text, or the name of the image that goes with the prompt. */
function partOf(part: unknown, field: string, { images, notes }: Place): unknown {
  const text = textIn(part)
  if (text !== undefined) return text
  const image = isObject(part) && part['type'] === 'image_url' ? part['image_url'] : undefined
  const url = isObject(image) ? textOf(image['url']) : undefined
  if (url === undefined) throw unknownPart(isObject(part) ? part : {}, field)
  if (isObject(image) && image['detail'] !== undefined && image['detail'] !== 'auto')
    notes.drop('messages[].content[].image_url.detail')
  const { mediaType, base64 } = dataOf(url, `${field}.image_url.url`)
  const displayName = `image-${images.length + 1}`
  images.push({ type: 'blob', data: base64, mimeType: mediaType, displayName })
  return { image: displayName }
}

function textIn(part: unknown): string | undefined {
  if (!isObject(part)) return undefined
  return part['type'] === 'text' ? textOf(part['text']) : part['type'] === 'refusal' ? textOf(part['refusal']) : undefined
}

function plain(content: unknown, field: string): string {
  return plainText(textOnly(content, field))
}
