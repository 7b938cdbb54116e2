import type { Concept } from './lexicon.ts'
import type { Vocabulary } from './vocabulary.ts'

/** The kinds of work that a text names. */
export interface Mentions {
  /** How strongly, each up to {@link enough}. */
  readonly strengths: ReadonlyMap<Concept, number>
  /** What the text wants made: the kind named next to its first clear "write", "create" or "build". */
  readonly product: { readonly concept: Concept; readonly worth: number } | undefined
}

/** Beyond this a kind of work is not more present than it is. */
export const enough = 1.5

/** Up to this length every place in a text counts alike; in longer ones the instruction stands near one of the ends. */
const shortText = 600
const inTheMiddle = 0.15
/** A sentence that begins with the word says what is to be done. */
const atTheStart = 1.4
/** Every further mention of the same kind. */
const again = 0.3
/** An instruction this near to the beginning says what the text is about; what later lines say is worth less. */
const opening = 40
const afterwards = 0.5
/** A first line is at least this long. */
const shortestLine = 12

/** Kinds that say nothing by themselves about what is to be done. */
const helpers: ReadonlySet<Concept> = new Set(['make', 'code', 'compose', 'passage', 'options', 'chat'])
const products: ReadonlySet<Concept> = new Set([
  'code',
  'compose',
  'plan',
  'design',
  'strategy',
  'explain',
  'summarise',
  'analyse',
  'math',
])
/** A product stands within this distance of its verb. */
const reach = 70

/** What `text` mentions; `near` is how close to its ends an instruction is looked for. */
export function mentionsIn(text: string, vocabulary: Vocabulary, near: number): Mentions {
  const strengths = new Map<Concept, number>()
  const hits: Hit[] = []
  const lower = text.toLowerCase()
  const firstLine = lower.indexOf('\n', shortestLine)
  let isTold = false
  vocabulary.scan(lower, (concept, at, startsSentence) => {
    if (startsSentence && at < opening && !helpers.has(concept)) isTold = true
    const isNear = lower.length <= shortText || at < near || at > lower.length - near
    const place = isNear ? (startsSentence ? atTheStart : 1) : inTheMiddle
    const worth = isTold && firstLine > 0 && at > firstLine ? place * afterwards : place
    const before = strengths.get(concept) ?? 0
    strengths.set(concept, Math.min(enough, Math.max(before, worth) + again * Math.min(before, worth)))
    hits.push({ concept, at, worth })
  })
  return { strengths, product: productOf(hits) }
}

interface Hit {
  readonly concept: Concept
  readonly at: number
  readonly worth: number
}

function productOf(hits: readonly Hit[]): Mentions['product'] {
  const verbs = hits.filter(({ concept }) => concept === 'make')
  const verb = verbs.find(({ worth }) => worth === atTheStart) ?? verbs[0]
  if (verb === undefined) return undefined
  let nearest: Hit | undefined
  let least = reach
  for (const hit of hits) {
    // Some languages put the verb last: what stands before it counts, but as if it stood further away.
    const distance = hit.at >= verb.at ? hit.at - verb.at : (verb.at - hit.at) * 2
    if (products.has(hit.concept) && distance < least) {
      nearest = hit
      least = distance
    }
  }
  return nearest === undefined ? undefined : { concept: nearest.concept, worth: verb.worth }
}
