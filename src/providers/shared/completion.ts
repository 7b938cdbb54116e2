import type { ChatCompletion } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { failureFromBody } from './failure.ts'
import { isObject, parseJson } from './json.ts'
import type { JsonObject } from './json.ts'
import type { Recogniser } from './recognise.ts'

/** The object in a 2xx answer. Anything else, an error object too, throws an {@link AttemptError}. */
export function answerObject(text: string, recognisers: readonly Recogniser[] = []): JsonObject {
  const value = parseJson(text)
  if (!isObject(value)) throw new AttemptError('malformed', `The answer is ${kindOfText(text)} instead of a JSON object.`)
  const { error } = value
  if ((isObject(error) || (typeof error === 'string' && error !== '')) && value['choices'] === undefined) {
    const { kind: _, message, ...details } = failureFromBody(value, recognisers)
    // A server that fails with status 200 is at fault itself, whatever its words are.
    throw new AttemptError('malformed', message, details)
  }
  return value
}

function kindOfText(text: string): string {
  if (text.trim() === '') return 'empty'
  if (/^\s*</.test(text)) return 'an HTML page'
  if (/^\s*(?:data|event|id|retry)?:/.test(text)) return 'an event stream'
  return /^\s*[{[]/.test(text) ? 'cut JSON or a list' : 'plain text'
}

/** Whether it has what no caller can do without: a message in its first choice. */
export function isCompletion(value: unknown): value is ChatCompletion {
  if (!isObject(value) || !Array.isArray(value['choices'])) return false
  const first: unknown = value['choices'][0]
  return isObject(first) && isObject(first['message'])
}
