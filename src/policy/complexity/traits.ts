import type { ChatRequest } from '../../contracts/chat.ts'
import type { Concept } from './lexicon.ts'
import type { Mentions } from './mentions.ts'
import type { Shape } from './shape.ts'

/** Everything that traits are read from. */
export interface Seen {
  readonly request: ChatRequest
  /** What the task mentions. */
  readonly asked: Mentions
  readonly shape: Shape
  /** Lengths before cutting: of the task, and of the whole conversation. */
  readonly taskUnits: number
  readonly totalUnits: number
  readonly census: Census
}

/** What the messages of a conversation hold. */
export interface Census {
  readonly userTurns: number
  readonly toolResults: number
  readonly images: number
  readonly sounds: number
  readonly files: number
}

/** Counts what the messages hold. */
export function censusOf({ messages }: ChatRequest): Census {
  const census = { userTurns: 0, toolResults: 0, images: 0, sounds: 0, files: 0 }
  for (const message of messages) {
    if (message.role === 'tool' || message.role === 'function') census.toolResults++
    if (message.role !== 'user') continue
    census.userTurns++
    if (typeof message.content === 'string') continue
    for (const { type } of message.content) {
      if (type === 'image_url') census.images++
      else if (type === 'input_audio') census.sounds++
      else if (type === 'file') census.files++
    }
  }
  return census
}

/** What is seen in the shape of the task and in the request around it: 0 or false where it is absent. */
export const traits = {
  writeCode: ({ asked: { product } }) => product?.concept === 'code' && product.worth,
  writeText: ({ asked: { product } }) => product?.concept === 'compose' && product.worth,
  writePlan: ({ asked: { product } }) => product !== undefined && plans.has(product.concept) && product.worth,
  options: (seen) => isList(seen) && of(seen, 'options') > 0,
  question: ({ shape }) => shape.questions > 0,
  bare: ({ asked, shape }) => asked.strengths.size === 0 && shape.numbers < 2,
  smallTalk: (seen) => of(seen, 'chat') > 0 && seen.asked.strengths.size <= 2 && seen.shape.units < 60,
  long: ({ taskUnits }) => taskUnits > 1200,
  numbers: ({ shape }) => (shape.numbers - 2) / 6,
  figures: ({ shape }) => shape.questions > 0 && shape.numbers >= 2 && shape.numbers * 70 > shape.units && shape.numbers / 3,
  wordProblem: (seen) => seen.shape.units < 900 && seen.shape.numbers >= 2 && seen.shape.questions > 0 && of(seen, 'math') > 0,
  sourceCode: ({ shape }) => sourceCode(shape),
  formula: ({ shape }) => sourceCode(shape) <= 0.5 && (shape.formulaSigns - 2) / 6,
  explainCode: (seen) => Math.min(of(seen, 'explain'), Math.max(sourceCode(seen.shape), of(seen, 'code'))),
  arithmetic: ({ shape }) =>
    shape.numbers >= 3 && shape.arithmeticSigns + shape.formulaSigns >= 2 && shape.knownLetters < shape.units / 4,
  closedQuestion: ({ shape }) => hasGiven(shape) && shape.asksYesOrNo,
  givenChoice: (seen) => hasGiven(seen.shape) && seen.shape.asksWhich && !isList(seen),
  examples: ({ shape }) => shape.slots >= 3,
  slot: ({ shape }) => shape.endsWithSlot,
  unknownScript: ({ shape }) => shape.otherLetters > shape.knownLetters,
  demands: (seen) => {
    const kinds = of(seen, 'analyse') + of(seen, 'plan') + of(seen, 'design') + of(seen, 'strategy') + of(seen, 'steps')
    return (kinds - 2) / 2
  },
  tools: ({ request }) => {
    const tools = (request.tools?.length ?? 0) + (request.functions?.length ?? 0)
    return tools > 0 && 0.8 + tools / 20
  },
  toolLoop: ({ census }) => census.toolResults / 4,
  schema: ({ request }) => request.response_format?.type === 'json_schema',
  history: ({ census }) => (census.userTurns - 3) / 8,
  huge: ({ totalUnits }) => (totalUnits - 40_000) / 80_000,
  image: ({ census }) => census.images > 0,
  sound: ({ census }) => census.sounds > 0,
  file: ({ census }) => census.files > 0,
  highEffort: ({ request: { reasoning_effort: effort } }) => effort === 'high' || effort === 'xhigh',
  lowEffort: ({ request: { reasoning_effort: effort } }) => effort === 'none' || effort === 'minimal',
  fewTokens: ({ request }) => (request.max_completion_tokens ?? request.max_tokens ?? Infinity) <= 16,
} as const satisfies Readonly<Record<string, (seen: Seen) => number | boolean>>

/** One of {@link traits}. */
export type Trait = keyof typeof traits

const plans: ReadonlySet<Concept> = new Set(['plan', 'design', 'strategy'])

function of({ asked }: Seen, concept: Concept): number {
  return asked.strengths.get(concept) ?? 0
}

function isList({ shape }: Seen): boolean {
  return shape.listLines >= 3
}

/** Long enough to hold a text that is asked about. */
function hasGiven({ units }: Shape): boolean {
  return units > 100
}

function sourceCode({ fences, codeSigns, units }: Shape): number {
  return fences > 0 ? 1 : (codeSigns / Math.max(80, units)) * 20 - 0.2
}
