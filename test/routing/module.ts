// The classifier as a router module of the evaluation in `../shared/routing` (see `scripts/eval-routing.mjs`).
import type { ChatMessage } from '../../src/contracts/chat.ts'
import { createClassifier } from '../../src/policy/complexity/classifier.ts'

const classifier = createClassifier()
const numbers = { simple: 1, standard: 2, complex: 3 } as const

/** What the evaluation asks of a router: the tier as a number and a score from 0 to 1. */
export function score(messages: ChatMessage[]): { tier: 1 | 2 | 3; score: number } {
  const judged = classifier.classify({ model: 'auto', messages })
  return { tier: numbers[judged.tier], score: judged.score }
}
