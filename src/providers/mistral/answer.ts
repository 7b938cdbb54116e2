import type OpenAI from 'openai'
import type { ChatRequest } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import type { ChunkHead } from '../shared/chunks.ts'
import { numberOf } from '../shared/guards.ts'
import { newToolId } from './tool-ids.ts'

/** What the answer takes from the call. */
export interface AnswerStyle {
  readonly request: ChatRequest
  /** The model that was asked, where the vendor does not name the one that answered. */
  readonly model: string
  /** The owner tag of the state that the answer leaves. */
  readonly owner: string
}

/** Whether the caller declared functions, not tools, and wants the function call of old. */
export function isLegacy({ request }: AnswerStyle): boolean {
  return (request.functions ?? []).length > 0
}

/** OpenAI's finish reasons. */
export type FinishReason = OpenAI.ChatCompletion.Choice['finish_reason']

const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  // The model's window is full.
  model_length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
}

/** OpenAI's finish reason. A word that is not known yet is an end like any other; `error` is none. */
export function finishReason(word: string, calls: 'none' | 'tools' | 'function'): FinishReason {
  if (word === 'error') throw new AttemptError('server', 'The model broke its answer off with an error.', { code: 'error' })
  const reason = finishReasons[word] ?? 'stop'
  if (reason !== 'stop' && reason !== 'tool_calls') return reason
  if (calls === 'none') return 'stop'
  return calls === 'function' ? 'function_call' : 'tool_calls'
}

/** The id of a tool call: one that the vendor made, if it made one. */
export function callId(value: unknown): string {
  return givenId(value) ?? newToolId()
}

/** The id that a tool call came with. `"null"` is the vendor's own word for none (SDK 2.7 puts it in too). */
export function givenId(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value !== 'null' ? value : undefined
}

/** Name and arguments of a call; arguments are JSON as a text, or an object. */
export function calledOf(call: JsonObject): { readonly name: string; readonly json: string } {
  const called = call['function']
  if (!isObject(called)) return { name: '', json: '' }
  const given = called['arguments']
  const json = typeof given === 'string' ? given : given === undefined || given === null ? '' : JSON.stringify(given)
  return { name: textOf(called['name']) ?? '', json }
}

/** Id, time and model of an answer. */
export function headOf(answer: JsonObject, model: string): ChunkHead {
  const created = numberOf(answer['created'])
  return {
    id: textOf(answer['id']) ?? crypto.randomUUID(),
    created: Math.trunc(created ?? Date.now() / 1000),
    model: textOf(answer['model']) || model,
  }
}
