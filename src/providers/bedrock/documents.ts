/** The names of one request's documents. */
export interface DocumentNames {
  /** The name, or a numbered one where it is taken: two documents of one name are refused. */
  unique(name: string): string
}

/** Names for one request. */
export function documentNames(): DocumentNames {
  const taken = new Set<string>()
  return {
    unique(name) {
      let unused = name
      for (let number = 2; taken.has(unused); number += 1) unused = `${name} (${number})`
      taken.add(unused)
      return unused
    },
  }
}

/**
 * A file's name as the vendor accepts it: letters, digits, single spaces, hyphens, parentheses and brackets (the SDK's
 * documentation of `DocumentBlock.name`); without the ending, which the format says already.
 */
export function documentName(filename: string): string {
  const name = filename
    .replace(/\.[a-z0-9]{1,5}$/i, '')
    .replaceAll(/[^a-zA-Z0-9\s\-()[\]]+/g, '-')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/-{2,}/g, '-')
    .trim()
    .slice(0, maxLength)
  return /[a-zA-Z0-9]/.test(name) ? name : 'document'
}

/** The limit is 200; the rest is room for a number. */
const maxLength = 190
