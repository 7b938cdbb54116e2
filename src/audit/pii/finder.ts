/** Where something begins that may be what is looked for, and how much of it is. */
export interface Finder {
  /** Global. It has to take a time that grows with the text alone: bounded repeats, and few places to begin at. */
  readonly pattern: RegExp
  /** How many characters from the beginning of a match are what is looked for; 0 where none are. Default: all of them. */
  readonly lengthOf?: (match: string) => number
}

/** The text with `mark` in place of everything that is found. */
export function replaced(text: string, { pattern, lengthOf = whole }: Finder, mark: string): string {
  const search = new RegExp(pattern)
  let clean = ''
  let done = 0
  for (let match = search.exec(text); match !== null; match = search.exec(text)) {
    const length = lengthOf(match[0])
    if (length > 0) {
      clean += text.slice(done, match.index) + mark
      done = match.index + length
    }
    // What a match has too much may be the beginning of the next one.
    search.lastIndex = length > 0 ? done : match.index + 1
  }
  return clean + text.slice(done)
}

function whole({ length }: string): number {
  return length
}
