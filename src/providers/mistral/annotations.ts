import type OpenAI from 'openai'
import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, parseJson, textOf } from '../shared/json.ts'
import type { Reference } from './content.ts'
import { listOf } from '../shared/guards.ts'

/** OpenAI's citation of a web page. */
export type Annotation = OpenAI.ChatCompletionMessage.Annotation

interface Source {
  readonly url: string
  readonly title: string
}

/**
 * The references of an answer as citations. The vendor names sources by the ids under which the caller's own tools gave
 * them (docs.mistral.ai/capabilities/citations: a tool's result that is an object of sources by id), so the address is in
 * the request. References to what has none stay in the vendor's chunks alone.
 */
export function annotationsOf(references: readonly Reference[], messages: ChatRequest['messages']): Annotation[] {
  if (references.length === 0) return []
  const sources = sourcesIn(messages)
  return references.flatMap(({ start, end, ids }) =>
    ids.flatMap((id) => {
      const source = sources.get(String(id)) ?? addressed(id)
      if (source === undefined) return []
      return [{ type: 'url_citation' as const, url_citation: { start_index: start, end_index: end, ...source } }]
    }),
  )
}

function addressed(id: string | number): Source | undefined {
  return typeof id === 'string' && /^https?:/i.test(id) ? { url: id, title: id } : undefined
}

function sourcesIn(messages: ChatRequest['messages']): ReadonlyMap<string, Source> {
  const sources = new Map<string, Source>()
  for (const { role, content } of messages) {
    const text = role === 'tool' ? plainText(content) : ''
    const given = /^\s*[[{]/.test(text) ? parseJson(text) : undefined
    if (typeof given !== 'object' || given === null) continue
    for (const [key, value] of Object.entries(given)) {
      const source = sourceOf(value)
      if (source !== undefined) sources.set(key, source)
    }
  }
  return sources
}

function plainText(content: unknown): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map((part) => (isObject(part) ? (textOf(part['text']) ?? '') : ''))
    .join('')
}

function sourceOf(value: unknown): Source | undefined {
  if (!isObject(value)) return undefined
  const url = textOf(value['url'])
  return url === undefined ? undefined : { url, title: textOf(value['title']) ?? url }
}
