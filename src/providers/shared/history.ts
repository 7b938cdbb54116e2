import { listOf } from './guards.ts'
import { isObject, parseJson, textOf, type JsonObject } from './json.ts'

/** Functions, the forerunners of tools, had no ids: a call of that name is meant. */
export function legacyCallId(name: string): string {
  return `function_${name}`
}

/** A call's arguments as an object. What is none (a call that was cut) is kept under a name of its own. */
export function argumentsOf(value: unknown): JsonObject {
  const text = textOf(value) ?? ''
  if (text.trim() === '') return {}
  try {
    const parsed: unknown = JSON.parse(text)
    if (isObject(parsed)) return parsed
  } catch {
    // Not JSON.
  }
  return { arguments: text }
}

/** The text of a message's content. */
export function plainText(content: unknown): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map((part) => (isObject(part) ? (textOf(part['text']) ?? '') : ''))
    .join('')
}

/** A call in a form that can be compared with {@link callsIn}: arguments are equal where they are the same JSON. */
export function comparedCall(id: unknown, name: unknown, input: unknown): string {
  return JSON.stringify([id, name, input])
}

/** The tool calls of an assistant message, each as {@link comparedCall}. */
export function callsIn(message: JsonObject): readonly string[] {
  return listOf(message['tool_calls']).map((call) => {
    if (!isObject(call) || !isObject(call['function'])) return ''
    const { name, arguments: json } = call['function']
    return comparedCall(call['id'], name, parseJson(textOf(json) ?? '') ?? {})
  })
}
