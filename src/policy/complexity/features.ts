import type { ChatRequest } from '../../contracts/chat.ts'
import type { Concept } from './lexicon.ts'
import { enough, mentionsIn } from './mentions.ts'
import { shapeOf } from './shape.ts'
import { judgedText } from './text.ts'
import { censusOf, traits } from './traits.ts'
import type { Seen, Trait } from './traits.ts'
import type { Vocabulary } from './vocabulary.ts'

/** One thing that can speak for a tier: a kind of work in the task, one in the system prompt, or a trait. */
export type FeatureName = `task:${Concept}` | `system:${Concept}` | Trait

/** What is present, each from just above 0 to 1.5. Figures only, nothing of the request's text. */
export type Features = ReadonlyMap<FeatureName, number>

/** How near to an end of a long task its instruction is looked for. */
const nearTaskEnd = 250
/** A system prompt says who one is before it says what to do. */
const nearSystemEnd = 450

/** All features of a request, from at most 2,800 characters of its task and as many of its system prompt. */
export function featuresOf(request: ChatRequest, vocabulary: Vocabulary): Features {
  const { task, system, taskUnits, totalUnits } = judgedText(request)
  const features = new Map<FeatureName, number>()
  const asked = mentionsIn(task, vocabulary, nearTaskEnd)
  for (const [concept, strength] of asked.strengths) features.set(`task:${concept}`, strength)
  if (system !== '') {
    const ordered = mentionsIn(system, vocabulary, nearSystemEnd).strengths
    for (const [concept, strength] of ordered) features.set(`system:${concept}`, strength)
  }
  const seen: Seen = { request, asked, shape: shapeOf(task), taskUnits, totalUnits, census: censusOf(request) }
  for (const name of traitNames) {
    const strength = Number(traits[name](seen))
    if (strength > 0) features.set(name, Math.min(enough, strength))
  }
  return features
}

const traitNames = Object.keys(traits).filter((name): name is Trait => Object.hasOwn(traits, name))
