import type OpenAI from 'openai'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'

type Annotation = OpenAI.ChatCompletionMessage.Annotation

/** The sources of an answer as OpenAI's URL citations, with offsets into the answer's text. */
export function toAnnotations(
  candidate: JsonObject,
  { text, parts }: { readonly text: string; readonly parts: readonly JsonObject[] },
): Annotation[] {
  return [...fromGrounding(candidate['groundingMetadata'], { text, parts }), ...fromCitations(candidate['citationMetadata'], text)]
}

function fromGrounding(
  metadata: unknown,
  { text, parts }: { readonly text: string; readonly parts: readonly JsonObject[] },
): Annotation[] {
  if (!isObject(metadata)) return []
  const sources = objects(metadata['groundingChunks']).map(sourceOf)
  return objects(metadata['groundingSupports']).flatMap((support) => {
    const range = isObject(support['segment']) ? rangeOf(support['segment'], { text, parts }) : undefined
    const indices: unknown[] = Array.isArray(support['groundingChunkIndices']) ? support['groundingChunkIndices'] : []
    if (range === undefined) return []
    return indices.flatMap((index) => {
      const source = typeof index === 'number' ? sources[index] : undefined
      return source === undefined ? [] : [citation(source, range)]
    })
  })
}

interface Source {
  readonly url: string
  readonly title: string
}

/** A source from the web, a map or a document store; one without an address cannot be cited. */
function sourceOf(chunk: JsonObject): Source | undefined {
  const source = [chunk['web'], chunk['retrievedContext'], chunk['maps'], chunk['image']].find(isObject)
  const url = textOf(source?.['uri']) ?? textOf(source?.['sourceUri'])
  return url === undefined ? undefined : { url, title: textOf(source?.['title']) ?? url }
}

type Range = readonly [start: number, end: number]

/**
 * The vendor counts UTF-8 bytes from the start of a part (streamed answers: of the whole text); OpenAI counts UTF-16 units
 * of the whole text. The segment's own words decide which of the two was meant.
 */
function rangeOf(
  segment: JsonObject,
  { text, parts }: { readonly text: string; readonly parts: readonly JsonObject[] },
): Range | undefined {
  const words = textOf(segment['text'])
  const bytes: Range = [numberOf(segment['startIndex']), numberOf(segment['endIndex'])]
  const partIndex = numberOf(segment['partIndex'])
  const before = parts.slice(0, partIndex).map(visible).join('').length
  const [start, end] = utf16Range(visible(parts[partIndex] ?? {}), bytes)
  const candidates: readonly Range[] = [utf16Range(text, bytes), [start + before, end + before]]
  const exact = candidates.find(([from, to]) => to > from && (words === undefined || text.slice(from, to) === words))
  if (exact !== undefined) return exact
  const found = words === undefined || words === '' ? -1 : text.indexOf(words)
  return found === -1 ? undefined : [found, found + (words?.length ?? 0)]
}

function visible(part: JsonObject): string {
  return part['thought'] === true ? '' : (textOf(part['text']) ?? '')
}

/** Byte offsets of the UTF-8 form of a text as offsets into the text. */
export function utf16Range(text: string, [start, end]: Range): Range {
  return [utf16Offset(text, start), utf16Offset(text, end)]
}

function utf16Offset(text: string, offset: number): number {
  let bytes = 0
  let units = 0
  for (const character of text) {
    if (bytes >= offset) break
    const point = character.codePointAt(0) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x8_00 ? 2 : point < 0x1_00_00 ? 3 : 4
    units += character.length
  }
  return units
}

/** Passages quoted at length, which the vendor must name. */
function fromCitations(metadata: unknown, text: string): Annotation[] {
  if (!isObject(metadata)) return []
  const citations = objects(metadata['citations'] ?? metadata['citationSources'])
  return citations.flatMap((source) => {
    const url = textOf(source['uri'])
    if (url === undefined) return []
    const range = utf16Range(text, [numberOf(source['startIndex']), numberOf(source['endIndex'])])
    return [citation({ url, title: textOf(source['title']) ?? url }, range)]
  })
}

function citation({ url, title }: Source, [start, end]: Range): Annotation {
  return { type: 'url_citation', url_citation: { url, title, start_index: start, end_index: end } }
}

function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
