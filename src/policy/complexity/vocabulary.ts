import { lexicon, unspaced } from './lexicon.ts'
import type { Concept } from './lexicon.ts'

/** Finds the lexicon's phrases in one pass over a text. */
export interface Vocabulary {
  /** Adds what `text` mentions to `mentions`, each times `weightAt(position, startsSentence)`. */
  scan(text: string, found: (concept: Concept, at: number, startsSentence: boolean) => void): void
}

/** Words of a phrase, one node per word. Longer phrases go before shorter ones. */
interface Node {
  readonly next: Map<string, Node>
  readonly concepts: Concept[]
}

/** Builds the tables; a router does it once. */
export function createVocabulary(): Vocabulary {
  const root: Node = { next: new Map(), concepts: [] }
  const stems: { readonly concept: Concept; readonly stem: string }[] = []
  for (const concept of conceptsOf(lexicon)) {
    for (const phrase of lexicon[concept].split('|')) insert(root, words(phrase), concept)
    for (const stem of (unspaced[concept] ?? '').split('|')) if (stem !== '') stems.push({ concept, stem })
  }
  return {
    scan(text, found) {
      scanWords(text, root, found)
      if (!hasUnspaced(text)) return
      for (const { concept, stem } of stems) {
        const at = text.indexOf(stem)
        if (at >= 0) found(concept, at, startsAt(text, at))
      }
    },
  }
}

/** The keys of the lexicon. */
function conceptsOf(table: Readonly<Record<Concept, unknown>>): readonly Concept[] {
  const known = (name: string): name is Concept => Object.hasOwn(table, name)
  return Object.keys(table).filter(known)
}

function insert(root: Node, phrase: readonly string[], concept: Concept): void {
  let node = root
  for (const word of phrase) {
    let next = node.next.get(word)
    if (next === undefined) {
      next = { next: new Map(), concepts: [] }
      node.next.set(word, next)
    }
    node = next
  }
  if (phrase.length > 0 && !node.concepts.includes(concept)) node.concepts.push(concept)
}

function words(phrase: string): string[] {
  return phrase.split(/\s+/).filter((word) => word !== '')
}

/** Words before the verb that says what is wanted: "could you please …", "I want you to …". */
const courtesies = new Set([
  'please',
  'can',
  'could',
  'would',
  'will',
  'you',
  'kindly',
  'i',
  'we',
  'want',
  'need',
  'to',
  'let',
  'us',
  'now',
  'then',
])

type Found = (concept: Concept, at: number, startsSentence: boolean) => void

/** Reports the longest phrase from each word on: "what is the sentiment" asks for a sentiment, not for an explanation. */
function scanWords(text: string, root: Node, found: Found): void {
  let open: Open[] = []
  let starts = true
  let index = 0
  while (index < text.length) {
    const unit = text.charCodeAt(index)
    if (!isLetter(unit)) {
      if (endsSentence(unit)) {
        starts = true
        for (const phrase of open) report(phrase, found)
        open = []
      }
      index++
      continue
    }
    const at = index
    while (index < text.length && isLetter(text.charCodeAt(index))) index++
    const word = text.slice(at, index)
    const first = root.next.get(word)
    if (open.length > 0) open = advance(open, word, found)
    if (first !== undefined) begin({ node: first, at, starts, longest: first.concepts }, open, found)
    starts &&= courtesies.has(word)
  }
  for (const phrase of open) report(phrase, found)
}

interface Open {
  readonly node: Node
  readonly at: number
  readonly starts: boolean
  readonly longest: readonly Concept[]
}

function begin(phrase: Open, open: Open[], found: Found): void {
  if (phrase.node.next.size > 0) open.push(phrase)
  else report(phrase, found)
}

function advance(open: readonly Open[], word: string, found: Found): Open[] {
  const going: Open[] = []
  for (const phrase of open) {
    const node = phrase.node.next.get(word)
    if (node === undefined) report(phrase, found)
    else {
      const longest = node.concepts.length > 0 ? node.concepts : phrase.longest
      const next = { node, at: phrase.at, starts: phrase.starts, longest }
      begin(next, going, found)
    }
  }
  return going
}

function report({ longest, at, starts }: Open, found: Found): void {
  for (const concept of longest) found(concept, at, starts)
}

/** Letters of words between spaces: Latin, Greek, Cyrillic, Hebrew, Arabic, Indic scripts. Digits are none. */
function isLetter(unit: number): boolean {
  if (unit < 0x80) return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a)
  return (unit >= 0xc0 && unit < 0x1100 && unit !== 0x60c && unit !== 0x61f && unit !== 0x964) || (unit >= 0x1e00 && unit < 0x2000)
}

function endsSentence(unit: number): boolean {
  return unit === 0x0a || unit === 0x2e || unit === 0x21 || unit === 0x3f || unit === 0x3a || unit === 0x3b || unit === 0x22
}

function startsAt(text: string, at: number): boolean {
  return at === 0 || endsSentence(text.charCodeAt(at - 1)) || text[at - 1] === '。' || text[at - 1] === '，'
}

function hasUnspaced(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit >= 0x2e80 && unit < 0xfb00) return true
  }
  return false
}
