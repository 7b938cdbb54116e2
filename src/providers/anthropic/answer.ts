import type OpenAI from 'openai'
import type { FinishReason } from '../shared/claude/finish.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'

/** OpenAI's citation of a web page. */
export type Annotation = OpenAI.ChatCompletionMessage.Annotation

/** What only the Messages API says of an end. */
export const ownReasons: Readonly<Record<string, FinishReason>> = {
  // A long turn of the vendor's own tools; sending the answer back continues it.
  pause_turn: 'stop',
  refusal: 'content_filter',
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
