import { remembered } from '../shared/remembered.ts'

/** How hard a model thinks, in the vendor's words, weakest first. */
export type ThinkingLevel = 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH'

/** How a model is told how much to think. */
export type Thinking =
  | { readonly by: 'level'; readonly levels: readonly ThinkingLevel[] }
  | { readonly by: 'budget'; readonly minimum: number; readonly maximum: number }
  | { readonly by: 'nothing' }

/** What one model of this vendor takes and what it refuses. */
export interface Traits {
  /** Major version of Gemini; 0 for other families. */
  readonly generation: number
  readonly thinking: Thinking
  readonly systemInstruction: boolean
  readonly tools: boolean
  readonly json: boolean
  /** Function declarations together with a JSON answer or with a built-in tool. */
  readonly toolsWithJson: boolean
  readonly toolsWithSearch: boolean
  /** Penalties other than 0. */
  readonly penalties: boolean
  /** Refuses a function call of the history that carries no thought signature. */
  readonly needsSignatures: boolean
}

/** What is true of the newest generation; a model whose name tells no generation (`gemini-flash-latest`) is one of it. */
const newest: Traits = {
  generation: 3,
  thinking: { by: 'level', levels: ['LOW', 'MEDIUM', 'HIGH'] },
  systemInstruction: true,
  tools: true,
  json: true,
  toolsWithJson: true,
  toolsWithSearch: true,
  penalties: false,
  needsSignatures: true,
}

const nothing: Thinking = { by: 'nothing' }
const older: Traits = {
  ...newest,
  generation: 2,
  thinking: nothing,
  toolsWithJson: false,
  toolsWithSearch: false,
  needsSignatures: false,
}
const gemma: Traits = { ...older, generation: 0, systemInstruction: false }

/**
 * The first row whose pattern fits the model's name. Sources: the vendor's pages on thinking, on Gemini 3 and on combining
 * tools; for penalties the public report google-gemini/cookbook#1290 (refused by every model since 2.5, unless 0).
 */
const rows: readonly (readonly [RegExp, Traits])[] = [
  [/^gemma-[123]/, { ...gemma, tools: false, json: false }],
  [/^gemma/, gemma],
  [/^gemini-(?:1|2\.0)/, { ...older, penalties: true }],
  [/^gemini-2\.5-.*(?:image|tts|audio|live)/, older],
  // Thinking of 2.5 Pro cannot be switched off.
  [/^gemini-2\.5-pro/, { ...older, thinking: { by: 'budget', minimum: 128, maximum: 32_768 } }],
  [/^gemini-2/, { ...older, thinking: { by: 'budget', minimum: 0, maximum: 24_576 } }],
  [/^gemini-.*(?:image|tts|audio|live)/, { ...newest, thinking: nothing }],
  [/^gemini-3-pro/, { ...newest, thinking: { by: 'level', levels: ['LOW', 'HIGH'] } }],
  [/^gemini-3(?:\.[1-6])?-flash/, { ...newest, thinking: { by: 'level', levels: ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] } }],
  [/^gemini/, newest],
]

/** Models of other houses that Vertex serves over the same endpoint. */
const foreign: Traits = { ...older, generation: 0, penalties: true }

/** What is known of a model, from its name alone. */
export const traitsOf = remembered((model): Traits => {
  const name = model.slice(model.lastIndexOf('/') + 1)
  const traits = rows.find(([pattern]) => pattern.test(name))?.[1] ?? foreign
  const major = Number(/^gemini-(\d+)/.exec(name)?.[1] ?? traits.generation)
  return major === traits.generation ? traits : { ...traits, generation: major }
})

/** The vendor's thinking settings for an effort in OpenAI's words. */
export interface ThinkingConfig {
  readonly thinkingLevel?: ThinkingLevel
  readonly thinkingBudget?: number
  readonly includeThoughts?: boolean
}

/** Tokens for an effort, as the vendor's own OpenAI-compatible surface maps them. */
const budgets: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 32_768,
}
const ranks: Readonly<Record<string, number>> = { none: 0, minimal: 0, low: 1, medium: 2, high: 3, xhigh: 3, max: 3 }
const order: readonly ThinkingLevel[] = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']

/** Settings for an effort, and whether they are less than what was asked for. */
export function thinkingFor(effort: string, { thinking }: Traits): { readonly config?: ThinkingConfig; readonly exact: boolean } {
  const rank = ranks[effort]
  if (rank === undefined) return { exact: false }
  const off = effort === 'none'
  switch (thinking.by) {
    case 'nothing':
      return { exact: off }
    case 'budget': {
      const budget = off ? 0 : (budgets[effort] ?? 0)
      const thinkingBudget = Math.min(Math.max(budget, thinking.minimum), thinking.maximum)
      return { config: { thinkingBudget, ...shown(off) }, exact: !off || thinkingBudget === 0 }
    }
    case 'level': {
      // The next level up where a model lacks one, so that nobody gets less than what was asked for.
      const thinkingLevel = thinking.levels.find((level) => order.indexOf(level) >= rank) ?? 'HIGH'
      return { config: { thinkingLevel, ...shown(off) }, exact: !off }
    }
  }
}

/** Whoever asks for reasoning gets to see it, as with every other adapter. */
function shown(off: boolean): ThinkingConfig {
  return off ? {} : { includeThoughts: true }
}
