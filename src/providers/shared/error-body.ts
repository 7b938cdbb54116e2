import { isObject, parseJson, textOf } from './json.ts'
import type { JsonObject } from './json.ts'
import type { ErrorDetails } from './recognise.ts'

/**
 * Reads an error answer in any of the shapes that servers use: OpenAI's, one without the `error` key, one whose `error` is
 * a string, one wrapped in a list, FastAPI's `detail`, an HTML page, plain text, nothing.
 */
export function errorDetails(text: string): ErrorDetails {
  if (text.trim() === '') return { message: '' }
  const parsed = parseJson(text)
  if (parsed !== undefined) return detailsOf(parsed)
  return { message: /^\s*</.test(text) ? pageTitle(text) : text.slice(0, 2000).trim() }
}

/** The same for an error that is JSON already. */
export function detailsOf(parsed: unknown): ErrorDetails {
  const value: unknown = Array.isArray(parsed) ? parsed[0] : parsed
  if (!isObject(value)) return { message: textOf(value) ?? jsonOf(value), body: value }
  const inner = value['error']
  if (isObject(inner)) return detailsOfObject(inner, value)
  const words = textOf(inner)
  if (words === undefined || words === '') return detailsOfObject(value, {})
  // The string says more where the object has a message of its own ({"error":"Bad Request","message":"..."}).
  return { ...detailsOfObject(value, {}), message: textOf(value['message']) ?? words }
}

function detailsOfObject(error: JsonObject, outer: JsonObject): ErrorDetails {
  return {
    message: messageOf(error) ?? messageOf(outer) ?? jsonOf(error),
    code: wordOf(error['code']) ?? wordOf(error['status']) ?? wordOf(outer['code']) ?? null,
    type: wordOf(error['type']) ?? null,
    param: wordOf(error['param']) ?? null,
    body: error,
  }
}

function messageOf(value: JsonObject): string | undefined {
  for (const name of ['message', 'detail', 'msg', 'error_message', 'errors']) {
    const message = value[name]
    if (typeof message === 'string' && message !== '') return message
    if (isObject(message) && typeof message['message'] === 'string') return message['message']
    if (typeof message === 'object' && message !== null) return jsonOf(message)
  }
  return undefined
}

/** Errors of an SDK, unlike bodies, may hold anything. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}

function wordOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function pageTitle(html: string): string {
  const title = /<title[^>]*>([^<]{1,200})/i.exec(html.slice(0, 4000))?.[1]?.trim()
  return title === undefined ? 'an HTML page' : `an HTML page: ${title}`
}
