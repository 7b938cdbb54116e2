/** A piece of an answer's text: words, an entity's tag (`<Person>`, `</Person>`), or the mark of a citation (`[^1^]`). */
export interface Token {
  readonly kind: 'text' | 'open' | 'close' | 'citation'
  readonly text: string
  /** Of a citation: what it refers to, mostly a number. */
  readonly label?: string
}

/**
 * What the service wraps entities in. The documentation's examples show Event, File and Person; the others are what
 * integrations have met. The case matters: `<link>` in an answer about HTML is none of them.
 */
const entities = `Channel Chat Contact Email Event File Group Link Meeting Message Organization Page People Person Site Task Team`

const longestLabel = 24
const anyMarkup = new RegExp(
  String.raw`<(?<slash>/?)(?:${entities.replaceAll(' ', '|')})>|\[\^(?<label>[^\^\]\s]{1,${longestLabel}})\^\]`,
  'g',
)

/** The pieces of a text, in order; joined they are the text. */
export function* tokensOf(text: string): Generator<Token> {
  let from = 0
  for (const { 0: found, index, groups } of text.matchAll(anyMarkup)) {
    if (index > from) yield { kind: 'text', text: text.slice(from, index) }
    from = index + found.length
    const label = groups?.['label']
    if (label !== undefined) yield { kind: 'citation', text: found, label }
    else yield { kind: groups?.['slash'] === '/' ? 'close' : 'open', text: found }
  }
  if (from < text.length) yield { kind: 'text', text: text.slice(from) }
}

/** The words alone. */
export function plainText(text: string): string {
  return text.replace(anyMarkup, '')
}

/** What could be the beginning of a tag or a mark whose rest is still to come, and half of a character. */
const openEnd = new RegExp(String.raw`(?:</?[A-Za-z]{0,12}|\[(?:\^[^\^\]\s]{0,${longestLabel}}\^?)?|[\uD800-\uDBFF])$`)

/** A text that goes on, as far as its meaning is settled. */
export function settledPart(text: string): string {
  const { length } = text
  // The pattern looks at every character before the end that it is given; no beginning of markup is longer than this.
  const tail = text.slice(-40)
  const open = openEnd.exec(tail)
  return open === null ? text : text.slice(0, length - tail.length + open.index)
}
