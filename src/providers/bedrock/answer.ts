import { randomUUID } from 'node:crypto'
import type OpenAI from 'openai'
import { AttemptError } from '../../errors.ts'
import { finishReason as finishReasonOf, type FinishReason } from '../shared/claude/finish.ts'
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

/** OpenAI's citation of a web page. */
export type Annotation = OpenAI.ChatCompletionMessage.Annotation

/** What the service says of an end beyond Claude's words, which it uses for every model. */
const ownReasons: Readonly<Record<string, FinishReason>> = {
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
  return finishReasonOf(stopReason, calls, ownReasons)
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
