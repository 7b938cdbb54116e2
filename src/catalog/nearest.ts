import type { ModelCard } from '../contracts/catalog.ts'

/**
 * Known names that `name` may have meant, best first: ids, or `provider/id` where the name itself has a provider. Names
 * further away than half of their length are no help and left out.
 */
export function nearestNames(name: string, cards: readonly ModelCard[], count: number): readonly string[] {
  const wanted = name.slice(0, longest).toLowerCase()
  const withProvider = wanted.includes('/')
  const distances = new Map<string, number>()
  for (const card of cards) {
    for (const id of [card.id, ...(card.aliases ?? [])]) {
      const known = withProvider ? `${card.provider}/${id}` : id
      const distance = editDistance(wanted, known.toLowerCase())
      // Several spellings of one model would crowd out the others: the best one speaks for it.
      const shown = withProvider ? `${card.provider}/${card.id}` : card.id
      if (distance <= known.length / 2 && distance < (distances.get(shown) ?? Infinity)) distances.set(shown, distance)
    }
  }
  return [...distances]
    .toSorted(([, a], [, b]) => a - b)
    .slice(0, Math.max(0, count))
    .map(([shown]) => shown)
}

/** A name longer than this is no misspelling. */
const longest = 100

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let best = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) best = Math.min(best, at(beforeLast, column - 2) + 1)
      current.push(best)
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity
}
