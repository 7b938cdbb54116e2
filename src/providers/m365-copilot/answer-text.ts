import { plainText, settledPart, tokensOf } from './markup.ts'
import type { Token } from './markup.ts'

/** What becomes of the tags of entities and the marks of citations in an answer's text. */
export type Markup = 'keep' | 'strip'

/**
 * What has been handed over of an answer that comes as ever longer snapshots.
 *
 * The service may rewrite what it has sent already. Mostly it puts markup in, tags around names and marks behind sentences:
 * then the words go on where they were, and those that were handed over bare stay bare. Where the words themselves change,
 * nothing is handed over until a snapshot agrees again with what was; where the last one does not, the answer is lost, for
 * two versions of it are never joined.
 */
export class AnswerText {
  #said = ''
  readonly #markup: Markup

  constructor(markup: Markup) {
    this.#markup = markup
  }

  /** Everything that was handed over. */
  get said(): string {
    return this.#said
  }

  /** What a snapshot adds that is not the last one: nothing where it contradicts. */
  more(snapshot: string): string {
    return this.#add(settledPart(snapshot)) ?? ''
  }

  /** What the last snapshot adds; `undefined` where it contradicts. */
  rest(snapshot: string): string | undefined {
    const added = this.#add(snapshot)
    if (added !== undefined) return added
    // White space that has gone from the end is no other answer.
    return plainText(this.#said).trimEnd() === plainText(snapshot).trimEnd() ? '' : undefined
  }

  #add(snapshot: string): string | undefined {
    const text = this.#markup === 'strip' ? plainText(snapshot) : snapshot
    const added = text.startsWith(this.#said) ? text.slice(this.#said.length) : behind(this.#said, text)
    if (added !== undefined) this.#said += added
    return added
  }
}

/** What follows in `text` behind the words of `said`, whatever the markup of either; `undefined` where the words differ. */
function behind(said: string, text: string): string | undefined {
  const words = plainText(said)
  const known = trailingMarkup(said)
  let open = openTags(said)
  let passed = 0
  let isNew = false
  let out = ''
  for (const token of tokensOf(text)) {
    if (token.kind === 'text') {
      const before = words.slice(passed, passed + token.text.length)
      if (!token.text.startsWith(before)) return undefined
      passed += before.length
      isNew ||= token.text.length > before.length
      out += token.text.slice(before.length)
    } else if (passed === words.length && (isNew || !known.includes(token.text))) {
      // An entity whose first words were handed over bare gets no tag at its end either.
      if (token.kind === 'close' && open === 0) continue
      open += depthOf(token)
      out += token.text
    }
  }
  return passed === words.length ? out : undefined
}

/** The tags and marks behind the last word. */
function trailingMarkup(text: string): readonly string[] {
  const tokens = [...tokensOf(text)]
  return tokens.slice(1 + tokens.findLastIndex(({ kind }) => kind === 'text')).map((token) => token.text)
}

function openTags(text: string): number {
  let open = 0
  for (const token of tokensOf(text)) open += depthOf(token)
  return open
}

function depthOf({ kind }: Token): number {
  return kind === 'open' ? 1 : kind === 'close' ? -1 : 0
}
