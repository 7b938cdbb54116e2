import type OpenAI from 'openai'
import type { ChatMessage } from '../../contracts/chat.ts'
import { toModelTurn } from './assistant.ts'
import type { ReplayContext, StatedCall } from './assistant.ts'
import { toPart } from './media.ts'
import { nativeName } from './tools.ts'
import type { Content, Dialect, Part } from './wire.ts'

/** The conversation, in the vendor's words. */
export interface Conversation {
  readonly contents: readonly Content[]
  readonly systemInstruction?: { readonly parts: readonly Part[] }
}

/** Stands where the vendor wants a turn of the user and the caller has none. */
const blank: Part = { text: ' ' }

type ToolMessage = OpenAI.ChatCompletionToolMessageParam | OpenAI.ChatCompletionFunctionMessageParam

/** Turns messages into turns: one for all that one side says in a row, the user's first. */
export function toConversation(messages: readonly ChatMessage[], context: ReplayContext & Dialect): Conversation {
  const system = messages.flatMap((message) => (isSystem(message) ? systemParts(message.content) : []))
  const turns: { readonly role: Content['role']; readonly parts: readonly Part[] }[] = []
  let calls: readonly StatedCall[] = []
  let results: ToolMessage[] = []
  const settle = (): void => {
    if (results.length > 0) turns.push({ role: 'user', parts: toResults(results, calls) })
    results = []
  }
  for (const message of messages) {
    if (isSystem(message)) continue
    if (message.role === 'tool' || message.role === 'function') {
      results.push(message)
      continue
    }
    settle()
    if (message.role === 'assistant') {
      const turn = toModelTurn(message, context)
      calls = [...calls, ...turn.calls]
      turns.push({ role: 'model', parts: turn.parts })
    } else turns.push({ role: 'user', parts: userParts(message.content, context.backend) })
  }
  settle()
  return assembled(turns, system, context.traits.systemInstruction)
}

function isSystem(
  message: ChatMessage,
): message is OpenAI.ChatCompletionSystemMessageParam | OpenAI.ChatCompletionDeveloperMessageParam {
  return message.role === 'system' || message.role === 'developer'
}

function systemParts(content: string | readonly OpenAI.ChatCompletionContentPartText[]): readonly Part[] {
  return textsOf(content).map((text) => ({ text }))
}

function textsOf(content: string | readonly { readonly text: string }[] | null): readonly string[] {
  const texts = typeof content === 'string' ? [content] : (content ?? []).map(({ text }) => text)
  return texts.filter((text) => text !== '')
}

function userParts(content: OpenAI.ChatCompletionUserMessageParam['content'], backend: Dialect['backend']): readonly Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ text: content }]
  return content.flatMap((part) => {
    const translated = toPart(part, backend)
    return 'part' in translated && translated.part !== undefined ? [translated.part] : []
  })
}

/**
 * The results of one step in the order of its calls: a model that gives its calls no ids tells results apart by name and
 * order alone.
 */
function toResults(messages: readonly ToolMessage[], calls: readonly StatedCall[]): readonly Part[] {
  return messages
    .map((message) => {
      const at = message.role === 'tool' ? calls.findLastIndex(({ id }) => id === message.tool_call_id) : -1
      return { at, part: toResult(message, calls[at]) }
    })
    .toSorted((left, right) => left.at - right.at)
    .map(({ part }) => part)
}

function toResult(message: ToolMessage, call: StatedCall | undefined): Part {
  const fallback = message.role === 'tool' ? message.tool_call_id : message.name
  return {
    functionResponse: {
      ...(call?.nativeId === undefined ? {} : { id: call.nativeId }),
      name: call?.name ?? nativeName(fallback),
      response: { output: textsOf(message.content).join('') },
    },
  }
}

function assembled(turns: readonly Content[], system: readonly Part[], hasInstruction: boolean): Conversation {
  const separate = hasInstruction && turns.some(({ parts }) => parts.length > 0)
  // Instructions alone are a prompt, and some models take them only as one.
  const contents = joined(separate ? turns : [{ role: 'user', parts: system }, ...turns])
  if (contents[0]?.role !== 'user') contents.unshift({ role: 'user', parts: [blank] })
  return { contents, ...(separate && system.length > 0 ? { systemInstruction: { parts: system } } : {}) }
}

/** One turn for all that one side says in a row. */
function joined(turns: readonly Content[]): Content[] {
  const contents: Content[] = []
  for (const { role, parts } of turns) {
    const last = contents.at(-1)
    if (parts.length === 0) continue
    if (last?.role === role) contents[contents.length - 1] = { role, parts: [...last.parts, ...parts] }
    else contents.push({ role, parts })
  }
  return contents
}
