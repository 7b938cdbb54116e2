import type OpenAI from 'openai'
import { textOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { objectsOf } from './wire.ts'

/** OpenAI's citation of a web page. */
export type Annotation = OpenAI.ChatCompletionMessage.Annotation

/** The citations of an answer: those that its text carries, else the pages that a search found. */
export function annotationsOf(items: readonly JsonObject[]): Annotation[] {
  let start = 0
  let text = ''
  const cited: Annotation[] = []
  for (const part of items.filter(({ type }) => type === 'message').flatMap(({ content }) => objectsOf(content))) {
    if (part['type'] !== 'output_text') continue
    cited.push(...objectsOf(part['annotations']).flatMap((each) => citation(each, start)))
    const piece = textOf(part['text']) ?? ''
    start += piece.length
    text += piece
  }
  return cited.length > 0 ? cited : foundPages(items).flatMap((page, position) => marked(page, { position, text }))
}

/** The places in a part refer to that part; `offset` is where it begins in the whole text. */
function citation({ type, url, title, start_index: start, end_index: end }: JsonObject, offset: number): Annotation[] {
  if (type !== 'url_citation' || typeof url !== 'string') return []
  const start_index = offset + (typeof start === 'number' ? start : 0)
  const end_index = offset + (typeof end === 'number' ? end : 0)
  return [{ type: 'url_citation', url_citation: { start_index, end_index, title: textOf(title) ?? url, url } }]
}

/** What the answer's searches found, in the order of the numbers that the text refers to. */
export function foundPages(items: readonly JsonObject[]): readonly JsonObject[] {
  return items.filter(({ type }) => type === 'search_results').flatMap(({ results }) => objectsOf(results))
}

/** A found page, at each place where the text names its number: `[2]`. One that is not named stands for the whole text. */
function marked({ id, url, title }: JsonObject, { position, text }: { position: number; text: string }): Annotation[] {
  if (typeof url !== 'string') return []
  const mark = `[${typeof id === 'number' ? id : position + 1}]`
  const places: Annotation[] = []
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + mark.length))
    places.push(annotation({ start_index: at, end_index: at + mark.length, title, url }))
  return places.length > 0 ? places : [annotation({ start_index: 0, end_index: text.length, title, url })]
}

function annotation({ title, url, ...place }: { start_index: number; end_index: number; title: unknown; url: string }): Annotation {
  return { type: 'url_citation', url_citation: { ...place, title: textOf(title) ?? url, url } }
}
