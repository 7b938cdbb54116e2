/** An answer taken apart once, to be compared with many. */
export interface Profile {
  /** What is compared letter by letter where one of the answers is short. */
  readonly plain: string
  readonly words: number
  /** How often each word and each pair of neighbours stands in it. */
  readonly grams: ReadonlyMap<string, number>
  readonly size: number
}

/** Up to here an answer is a fact, a number, a label: it is the same or it is not. */
const longestShortAnswer = 5

/**
 * Takes an answer apart. Letter case, white space, punctuation and compatibility forms (full width, ligatures) do not count;
 * signs and decimals of numbers do. JSON is taken by its content, whatever the order of its fields. Languages written without
 * spaces count each character as a word.
 */
export function profileOf(answer: string): Profile {
  const json = asJson(answer)
  const text = json ?? answer.normalize('NFKC').toLowerCase().trim()
  const words: readonly string[] = text.match(word) ?? []
  const grams = new Map<string, number>()
  const count = (gram: string): void => void grams.set(gram, (grams.get(gram) ?? 0) + 1)
  for (const [index, each] of words.entries()) {
    count(each)
    const next = words[index + 1]
    if (next !== undefined) count(`${each} ${next}`)
  }
  const plain = words.length === 0 || json !== undefined ? text : words.join(' ')
  return { plain, words: words.length, grams, size: Math.max(0, 2 * words.length - 1) }
}

/**
 * How alike two answers are, 0 to 1. Where either has no more than five words: whether they are the same. Else Sørensen and
 * Dice's coefficient over words and pairs of neighbouring words: twice what they share, by the sum of what they have.
 */
export function likeness(one: Profile, other: Profile): number {
  if (one.plain === other.plain) return 1
  if (Math.min(one.words, other.words) <= longestShortAnswer) return 0
  const [small, large] = one.grams.size <= other.grams.size ? [one, other] : [other, one]
  let shared = 0
  for (const [gram, times] of small.grams) shared += Math.min(times, large.grams.get(gram) ?? 0)
  return (2 * shared) / (one.size + other.size)
}

/** Whether two answers say the same, letter case, space and punctuation aside. */
export function saysTheSame(one: string, other: string): boolean {
  return profileOf(one).plain === profileOf(other).plain
}

const unspaced = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}`
const word = new RegExp(String.raw`(?<![\p{L}\p{N}])-?\d+(?:[.,]\d+)*|[${unspaced}]|[[\p{L}\p{M}\p{N}]--[${unspaced}]]+`, 'gv')

/** JSON with its fields in order; nothing where the answer is no object or list. */
function asJson(answer: string): string | undefined {
  if (!/^\s*[[{]/.test(answer)) return undefined
  try {
    return JSON.stringify(inOrder(JSON.parse(answer)))
  } catch {
    return undefined
  }
}

/** A copy whose objects have their fields in alphabetical order. */
export function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(inOrder)
  const fields = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  // `fromEntries` makes an own field of `__proto__` too.
  return Object.fromEntries(fields.map(([name, inner]) => [name, inOrder(inner)]))
}
