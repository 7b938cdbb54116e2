import { randomUUID } from 'node:crypto'
import type OpenAI from 'openai'
import { AttemptError } from '../../errors.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'
import { blockText } from './state.ts'

/** What the answer takes from the call. */
export interface AnswerStyle {
  /** The model that was asked. */
  readonly model: string
  /** The caller declared functions, not tools, and wants the function call of old. */
  readonly legacy: boolean
  /** Of several calls only the first is handed over: the caller ruled parallel ones out, which the vendor cannot. */
  readonly single: boolean
}

/** OpenAI's finish reasons. */
export type FinishReason = OpenAI.ChatCompletion.Choice['finish_reason']

/** OpenAI's citation of a web page. */
export type Annotation = OpenAI.ChatCompletionMessage.Annotation

const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  content_filtered: 'content_filter',
  guardrail_intervened: 'content_filter',
}

/** The model wrote something that the vendor could not read itself; the next try may do better. */
const broken: ReadonlySet<string> = new Set(['malformed_model_output', 'malformed_tool_use'])

/** The finish reason for a `stopReason`. A word that is not known yet is an end like any other. */
export function finishReason(stopReason: string, calls: 'none' | 'tools' | 'function'): FinishReason {
  if (broken.has(stopReason)) {
    throw new AttemptError('server', `The model's answer could not be read: ${stopReason}.`, { code: stopReason })
  }
  const reason = finishReasons[stopReason] ?? 'stop'
  if (calls === 'none') return reason === 'tool_calls' ? 'stop' : reason
  if (reason !== 'stop' && reason !== 'tool_calls') return reason
  return calls === 'function' ? 'function_call' : 'tool_calls'
}

/** The answer's id: the vendor gives its request one, but none to the answer. */
export function answerId(headers: Headers | undefined): string {
  return `chatcmpl-${headers?.get('x-amzn-requestid') ?? randomUUID()}`
}

/** The model that a prompt router chose, where one did; else the one that was asked. */
export function servedModel(answer: JsonObject, asked: string): string {
  const { trace } = answer
  const router = isObject(trace) ? trace['promptRouter'] : undefined
  const invoked = isObject(router) ? textOf(router['invokedModelId']) : undefined
  return invoked === undefined || invoked === '' ? asked : invoked.slice(invoked.lastIndexOf('/') + 1)
}

/** The annotations of an answer's text, in the offsets of all text joined. */
export function allAnnotations(blocks: readonly JsonObject[]): Annotation[] {
  let start = 0
  return blocks.flatMap((block) => {
    const end = start + blockText(block).length
    const { citationsContent: cited } = block
    const annotations = isObject(cited) ? listOf(cited['citations']).flatMap((each) => annotation(each, start, end)) : []
    start = end
    return annotations
  })
}

/** A citation that names a page; those of documents that the caller sent have no counterpart. */
function annotation(citation: unknown, start: number, end: number): Annotation[] {
  if (!isObject(citation) || !isObject(citation['location'])) return []
  const { web } = citation['location']
  const url = isObject(web) ? textOf(web['url']) : textOf(citation['source'])
  if (url === undefined || !/^https?:/i.test(url)) return []
  const domain = isObject(web) ? textOf(web['domain']) : undefined
  const title = textOf(citation['title']) ?? domain ?? url
  return [{ type: 'url_citation', url_citation: { start_index: start, end_index: end, title, url } }]
}
