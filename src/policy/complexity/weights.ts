import type { FeatureName } from './features.ts'

/** What a feature adds to each tier's score, and how it reads in the signals. */
export interface Weight {
  readonly simple?: number
  readonly standard?: number
  readonly complex?: number
  readonly says: string
}

/** Before anything is seen. Unsure means standard. */
export const bias = { simple: 0, standard: 0.9, complex: 0 } as const

/**
 * Set by hand: what a kind of work says about the model it needs, not fitted to any data set. Labels, extraction and
 * reformatting are simple; answering, explaining, summarising and writing are standard; mathematics, proofs, puzzles,
 * plans, designs, programs and analysis are complex.
 */
export const weights: Readonly<Partial<Record<FeatureName, Weight>>> = {
  'task:classify': { simple: 2, says: 'asks for a label' },
  'task:sentiment': { simple: 2.6, says: 'asks for a sentiment' },
  'task:extract': { simple: 1.9, says: 'asks to extract' },
  'task:convert': { simple: 1.9, says: 'asks for another format' },
  'task:polish': { simple: 2, says: 'asks for better wording' },
  'task:translate': { simple: 2, says: 'asks for a translation' },
  'task:closed': { simple: 1.6, says: 'asks for a closed answer' },
  'task:same': { simple: 2.4, says: 'asks whether two texts mean the same' },
  'task:summarise': { simple: -0.4, standard: 2, complex: -0.4, says: 'asks for a summary' },
  'task:explain': { standard: 1, says: 'asks for an explanation' },
  'task:passage': { standard: 0.4, complex: -0.3, says: 'asks about a text' },
  'task:options': { standard: 0.4, says: 'offers choices' },
  'task:compose': { standard: 0.6, says: 'is about a piece of writing' },
  'task:advise': { standard: 0.7, says: 'asks for advice' },
  'task:repair': { standard: 1, complex: 0.4, says: 'is about faulty code' },
  'task:math': { simple: -0.5, complex: 1.3, says: 'needs mathematics' },
  'task:prove': { simple: -0.5, complex: 2.2, says: 'asks for a proof' },
  'task:logic': { simple: -0.5, complex: 1.5, says: 'needs logic' },
  'task:plan': { simple: -0.5, complex: 1.8, says: 'asks for a plan' },
  'task:design': { simple: -0.5, complex: 1.7, says: 'asks for a design' },
  'task:analyse': { simple: -0.3, complex: 1.4, says: 'asks for an analysis' },
  'task:strategy': { simple: -0.5, complex: 1.4, says: 'asks for a strategy' },
  'task:steps': { simple: -0.5, complex: 0.8, says: 'asks for steps' },
  'task:code': { complex: 0.6, says: 'is about code' },

  'system:classify': { simple: 1.6, says: 'system prompt asks for labels' },
  'system:sentiment': { simple: 1.6, says: 'system prompt asks for sentiments' },
  'system:extract': { simple: 2, says: 'system prompt asks to extract' },
  'system:convert': { simple: 1.6, says: 'system prompt asks for another format' },
  'system:polish': { simple: 0.8, says: 'system prompt asks for better wording' },
  'system:translate': { simple: 1.8, says: 'system prompt asks for translations' },
  'system:closed': { simple: 0.6, says: 'system prompt asks for closed answers' },
  'system:summarise': { standard: 1, says: 'system prompt asks for summaries' },
  'system:explain': { standard: 0.5, says: 'system prompt asks for explanations' },
  'system:compose': { standard: 0.3, says: 'system prompt is about writing' },
  'system:math': { complex: 0.4, says: 'system prompt is about mathematics' },
  'system:prove': { complex: 1, says: 'system prompt asks for proofs' },
  'system:logic': { complex: 0.8, says: 'system prompt asks for logic' },
  'system:plan': { complex: 1.3, says: 'system prompt asks for plans' },
  'system:design': { complex: 1.4, says: 'system prompt asks for designs' },
  'system:analyse': { complex: 1.5, says: 'system prompt asks for analysis' },
  'system:strategy': { complex: 1.3, says: 'system prompt asks for strategies' },
  'system:code': { complex: 0.4, says: 'system prompt is about code' },

  writeCode: { simple: -1, complex: 1.8, says: 'asks for a program' },
  writeText: { simple: -0.5, standard: 1.6, complex: -0.6, says: 'asks for a piece of writing' },
  writePlan: { complex: 0.8, says: 'asks for a plan to be written' },
  options: { simple: -0.4, standard: 0.5, says: 'lists choices' },
  question: { standard: 0.4, says: 'is a question' },
  smallTalk: { simple: 2.5, says: 'is small talk' },
  bare: { simple: -0.5, standard: 0.5, says: 'says nothing known' },
  long: { simple: -0.2, standard: 0.3, says: 'long text' },
  formula: { simple: -0.6, complex: 1.2, says: 'holds formulas' },
  numbers: { complex: 0.3, says: 'holds many numbers' },
  figures: { simple: -0.3, complex: 0.9, says: 'asks about figures' },
  wordProblem: { simple: -0.5, complex: 1.2, says: 'is a word problem' },
  sourceCode: { simple: -0.6, standard: 0.4, complex: 0.5, says: 'holds source code' },
  explainCode: { standard: 1.4, complex: -0.4, says: 'asks about code' },
  arithmetic: { simple: -1, complex: 2.2, says: 'is arithmetic' },
  closedQuestion: { simple: 1.2, says: 'asks for yes or no about a text' },
  givenChoice: { simple: 0.8, says: 'gives the answers to choose from' },
  examples: { simple: 1.4, says: 'shows worked examples' },
  slot: { simple: 0.8, says: 'ends with a field to fill in' },
  unknownScript: { simple: -2, standard: 1, says: 'in a script without a lexicon' },
  demands: { complex: 0.8, says: 'demands several things' },
  tools: { simple: -2, standard: 0.6, complex: 0.3, says: 'offers tools' },
  toolLoop: { simple: -2, standard: 0.5, complex: 0.2, says: 'is deep in a tool loop' },
  schema: { simple: 0.3, says: 'wants a JSON schema' },
  history: { standard: 0.3, says: 'is a long conversation' },
  huge: { simple: -1, complex: 0.8, says: 'is a huge prompt' },
  image: { simple: -0.4, standard: 0.5, says: 'holds images' },
  sound: { standard: 0.5, says: 'holds sound' },
  file: { simple: -0.4, standard: 0.6, says: 'holds files' },
  highEffort: { simple: -1, complex: 3, says: 'asks for high effort' },
  lowEffort: { simple: 0.6, complex: -0.8, says: 'asks for no reasoning' },
  fewTokens: { simple: 0.8, complex: -0.5, says: 'asks for very few tokens' },
}
