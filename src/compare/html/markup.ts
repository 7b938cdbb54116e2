/** A piece of HTML that is safe to put into a page: everything in it that came from outside has been escaped. */
class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

export type { Markup }

/** What a template takes: text is escaped, markup is not, lists are joined, and what isn't there leaves nothing behind. */
export type Child = string | number | Markup | null | undefined | false | readonly Child[]

/** A template of HTML in which every value is escaped, also within a quoted attribute. */
export function markup(strings: TemplateStringsArray, ...values: readonly Child[]): Markup {
  return new Markup(strings.reduce((page, string, index) => page + write(values[index - 1]) + string))
}

/** A script or style of our own, whose hash the page names: to be put in letter by letter. */
export function verbatim(text: string): Markup {
  return new Markup(text)
}

/** Data for a `<script type="application/json">`: JSON without a letter that means something to HTML or older JavaScript. */
export function jsonScript(data: unknown): Markup {
  const json = JSON.stringify(data).replaceAll(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return new Markup(json)
}

function write(value: Child): string {
  if (value === null || value === undefined || value === false) return ''
  if (typeof value === 'string') return escape(value)
  if (typeof value === 'number') return String(value)
  return value instanceof Markup ? value.text : value.map(write).join('')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Letters that HTML can't hold (halves of pairs, most control characters) show as U+FFFD. */
function escape(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const holdable = text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
  return holdable.replaceAll(/[&<>"']/g, (letter) => entities[letter] ?? letter)
}
