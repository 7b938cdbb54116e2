import type OpenAI from 'openai'
import { textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import type { Markup } from './answer-text.ts'
import { tokensOf } from './markup.ts'

/** OpenAI's citation of a web page. */
export type Annotation = OpenAI.ChatCompletionMessage.Annotation

interface Place {
  readonly start: number
  readonly end: number
  /** The words there: the name of an entity. */
  readonly name?: string
}

interface Places {
  /** Where each label is cited: `1` and the marks `[^1^]`. */
  readonly citations: ReadonlyMap<string, readonly Place[]>
  /** The entities, in order. */
  readonly entities: readonly Place[]
}

/**
 * The sources of an answer, with the places in its text that refer to them. The marks `[^n^]` count the attributions of
 * type `citation`. Those of type `annotation` belong to the entities in the text, in order, where there are as many of both.
 * (The vendor's examples show it; the documentation says nothing.) A source without a place stands for the whole text.
 *
 * `text` has the markup that places are found by; with `strip`, they are counted in the text that is left without it.
 */
export function annotationsOf(attributions: readonly JsonObject[], text: string, markup: Markup): Annotation[] {
  if (attributions.length === 0) return []
  const { citations, entities, length } = placesIn(text, markup)
  const linked = attributions.filter((each) => each['attributionType'] === 'annotation')
  let cited = 0
  return attributions.flatMap((attribution) => {
    const isCitation = attribution['attributionType'] === 'citation'
    if (isCitation) cited += 1
    const places = isCitation
      ? (citations.get(String(cited)) ?? [])
      : entitiesFor(linked.indexOf(attribution), linked.length === entities.length ? entities : [])
    return annotated(attribution, places.length > 0 ? places : [{ start: 0, end: length }])
  })
}

function entitiesFor(position: number, entities: readonly Place[]): readonly Place[] {
  const place = entities[position]
  return place === undefined ? [] : [place]
}

function annotated(attribution: JsonObject, places: readonly Place[]): Annotation[] {
  const url = textOf(attribution['seeMoreWebUrl']) ?? ''
  if (url === '') return []
  const title = textOf(attribution['providerDisplayName']) ?? ''
  return places.map(({ start, end, name }) => ({
    type: 'url_citation',
    url_citation: { start_index: start, end_index: end, title: title || name || url, url },
  }))
}

function placesIn(text: string, markup: Markup): Places & { readonly length: number } {
  const citations = new Map<string, Place[]>()
  const entities: Place[] = []
  let offset = 0
  let begun: { readonly start: number; name: string } | undefined
  for (const { kind, label, text: piece } of tokensOf(text)) {
    const start = offset
    if (kind === 'text' || markup === 'keep') offset += piece.length
    if (kind === 'open') begun = { start, name: '' }
    else if (kind === 'text' && begun !== undefined) begun.name += piece
    else if (kind === 'close' && begun !== undefined) {
      entities.push({ ...begun, end: offset })
      begun = undefined
    } else if (label !== undefined) citations.set(label, [...(citations.get(label) ?? []), { start, end: offset }])
  }
  return { citations, entities, length: offset }
}
