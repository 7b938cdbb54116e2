import type OpenAI from 'openai'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'

/** OpenAI's finish reasons. */
export type FinishReason = OpenAI.ChatCompletion.Choice['finish_reason']

/** OpenAI's citation of a web page. */
export type Annotation = OpenAI.ChatCompletionMessage.Annotation

const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  // A long turn of the vendor's own tools; sending the answer back continues it.
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
}

/** The finish reason for a `stop_reason`. A word that is not known yet is an end like any other. */
export function finishReason(stopReason: string, calls: 'none' | 'tools' | 'function'): FinishReason {
  const reason = finishReasons[stopReason] ?? 'stop'
  if (calls === 'none') return reason === 'tool_calls' ? 'stop' : reason
  if (reason !== 'stop' && reason !== 'tool_calls') return reason
  return calls === 'function' ? 'function_call' : 'tool_calls'
}

/** What a refusal says; `undefined` where the answer is none. */
export function refusalOf(stopReason: string, details: unknown): string | undefined {
  if (stopReason !== 'refusal') return undefined
  const explanation = isObject(details) ? textOf(details['explanation']) : undefined
  return explanation === undefined || explanation === '' ? 'The model declined to answer.' : explanation
}

/** The annotations of an answer's text blocks, joined. */
export function allAnnotations(blocks: readonly JsonObject[]): Annotation[] {
  let start = 0
  return blocks.flatMap((block) => {
    if (block['type'] !== 'text') return []
    const annotations = annotationsOf(block, start)
    start += (textOf(block['text']) ?? '').length
    return annotations
  })
}

/** The citations of one text block that name a page. They refer to the whole block, from `start` on. */
function annotationsOf(block: JsonObject, start: number): Annotation[] {
  const end = start + (textOf(block['text']) ?? '').length
  return listOf(block['citations']).flatMap((citation) => {
    if (!isObject(citation)) return []
    const url = textOf(citation['url']) ?? textOf(citation['source'])
    if (url === undefined || !/^https?:/i.test(url)) return []
    const title = textOf(citation['title']) ?? url
    return [{ type: 'url_citation', url_citation: { start_index: start, end_index: end, title, url } }]
  })
}
