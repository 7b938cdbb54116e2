import type { ChatRequest } from './contracts/chat.ts'
import type { Classifier, Complexity } from './contracts/policy.ts'
import type { Patience } from './patience.ts'
import { within } from './patience.ts'
import { tierNames } from './resolve.ts'

// A classifier runs in this process and takes microseconds; one of the user's own may ask somebody, but not for long.
const longestMs = 2000

const unsure: Complexity = { tier: 'standard', score: 0.5, confidence: 0, signals: [] }

/** What the classifier says of a request. One that fails, is silent or talks nonsense knows nothing, and unsure means standard. */
export async function judged(request: ChatRequest, classifier: Classifier, patience: Omit<Patience, 'ms'>): Promise<Complexity> {
  try {
    const said = classifier.classify(request)
    const complexity = said instanceof Promise ? await within(said, { ...patience, ms: longestMs }) : said
    return isComplexity(complexity) ? complexity : { ...unsure, signals: ['the classifier gave no answer'] }
  } catch {
    return { ...unsure, signals: ['the classifier failed'] }
  }
}

function isComplexity(said: unknown): said is Complexity {
  return (
    typeof said === 'object' &&
    said !== null &&
    'tier' in said &&
    tierNames.some((tier) => tier === said.tier) &&
    'signals' in said &&
    Array.isArray(said.signals)
  )
}
