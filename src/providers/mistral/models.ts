import type { ModelCard } from '../../contracts/catalog.ts'

/** The levels of `reasoning_effort`, weakest first. */
export const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

/** One level of `reasoning_effort`. */
export type Effort = (typeof efforts)[number]

/** What a model takes, as far as requests must differ for it. */
export interface Traits {
  /** Whether it can think, and takes its earlier thinking back. */
  readonly thinks: boolean
  /** The levels of `reasoning_effort` that it takes; empty where it refuses the field. */
  readonly efforts: readonly Effort[]
}

const plain: Traits = { thinks: false, efforts: [] }
const adjustable: Traits = { thinks: true, efforts: ['none', 'high'] }

/*
 * Sources, read November 2026: docs.mistral.ai/inference/conversations/reasoning; for the levels that each model takes
 * (fewer than the SDK's types list, and all others are refused) github.com/withceleste/celeste-python/pull/311,
 * github.com/anomalyco/models.dev/pull/1986 and github.com/mistralai/mistral-vibe/issues/1117, who tried them out.
 */
const known: readonly (readonly [RegExp, Traits])[] = [
  [/^mistral-large-4/, { thinks: true, efforts: ['low', 'medium', 'high'] }],
  [/^mistral-(?:small|medium)(?:-latest|-26(?:0[3-9]|1\d)|-2[7-9]\d\d)?$/, adjustable],
  [/^mistral-medium-3[.-]5/, adjustable],
  [/^magistral-small-latest$/, adjustable],
  [/^magistral-/, { thinks: true, efforts: [] }],
  [/^zai-glm-/, { thinks: true, efforts: ['low', 'high', 'max'] }],
]

/** The traits of a model: by its name, else by what its card says. */
export function traitsOf(model: string, card: ModelCard | undefined): Traits {
  const row = known.find(([name]) => name.test(model))
  if (row !== undefined) return row[1]
  return card?.features.includes('reasoning') === true ? adjustable : plain
}

/** The level nearest to the one asked for: the weakest that is no weaker, else the strongest. */
export function nearestEffort(asked: Effort, taken: readonly Effort[]): Effort | undefined {
  // `none` is described as thinking minimally, not as not thinking at all.
  if (asked === 'minimal' && taken.includes('none')) return 'none'
  const rank = efforts.indexOf(asked)
  return taken.find((level) => efforts.indexOf(level) >= rank) ?? taken.at(-1)
}

/** The highest `temperature` that is accepted (API reference, November 2026). */
export const maxTemperature = 1.5
