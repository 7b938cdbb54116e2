import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'

/** The reasoning of a message or delta: a field of its own, parts of the content, or what the details say of it. */
export function reasoningText(
  message: JsonObject,
  { fields, parts }: { readonly fields: readonly string[]; readonly parts: readonly JsonObject[] | undefined },
): string | undefined {
  for (const field of fields) {
    const text = textOf(message[field])
    if (text !== undefined && text !== '') return text
  }
  const thoughts = parts === undefined ? '' : parts.map(thoughtOf).join('')
  if (thoughts !== '') return thoughts
  const details = message['reasoning_details']
  const said = Array.isArray(details) ? details.map(detailText).join('') : ''
  return said === '' ? undefined : said
}

/** `thinking` is a string at some vendors, a list of text parts at others. */
function thoughtOf({ type, thinking }: JsonObject): string {
  if (type !== 'thinking') return ''
  return Array.isArray(thinking) ? thinking.map(detailText).join('') : (textOf(thinking) ?? '')
}

function detailText(detail: unknown): string {
  return isObject(detail) ? (textOf(detail['text']) ?? textOf(detail['summary']) ?? '') : ''
}

/**
 * The reasoning details of a stream, put together: pieces of the same kind and number are one detail, whose texts follow
 * each other and whose other fields are those that came last.
 */
export class DetailsSoFar {
  readonly #details: Record<string, unknown>[] = []

  add(pieces: unknown): void {
    if (!Array.isArray(pieces)) return
    for (const piece of pieces) if (isObject(piece)) this.#addOne(piece)
  }

  get all(): readonly JsonObject[] {
    return this.#details
  }

  #addOne(piece: JsonObject): void {
    const last = this.#details.findLast(({ type, index }) => type === piece['type'] && index === piece['index'])
    const continues = last !== undefined && (piece['index'] !== undefined || last === this.#details.at(-1))
    if (last === undefined || !continues) {
      this.#details.push({ ...piece })
      return
    }
    for (const [name, value] of Object.entries(piece)) {
      if (value === null || value === undefined) continue
      const before = last[name]
      const joins = typeof before === 'string' && typeof value === 'string' && growing.has(name)
      last[name] = joins ? before + value : value
    }
  }
}

const growing: ReadonlySet<string> = new Set(['text', 'summary', 'data'])
