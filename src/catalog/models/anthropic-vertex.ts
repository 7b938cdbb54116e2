// Google charges for Claude what its maker charges; outside of the global location a tenth more, since the models of autumn
// 2025 (platform.claude.com, "Claude on Google Cloud", read November 2026). Ids: the same page, and cost maps of the autumn
// of 2026 for the newest. When a model retires here is Google's word, and not known.
import type { ModelCard } from '../../contracts/catalog.ts'
import { anthropicModels } from './anthropic.ts'
import { dearer } from './surcharge.ts'

const page = 'https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai'

interface Served {
  /** The model's id at its maker. */
  readonly model: string
  /** Its id here. Default: the same. */
  readonly id?: string
  /** Whether it is older than the surcharge. */
  readonly old?: true
}

const served: readonly Served[] = [
  { model: 'claude-haiku-5-5' },
  { model: 'claude-sonnet-5-5' },
  { model: 'claude-opus-5-5' },
  { model: 'claude-fable-5-1' },
  { model: 'claude-opus-5' },
  { model: 'claude-sonnet-5' },
  { model: 'claude-opus-4-8' },
  { model: 'claude-opus-4-7' },
  { model: 'claude-opus-4-6' },
  { model: 'claude-sonnet-4-6' },
  { model: 'claude-opus-4-5', id: 'claude-opus-4-5@20251101' },
  { model: 'claude-haiku-4-5', id: 'claude-haiku-4-5@20251001' },
  { model: 'claude-sonnet-4-5', id: 'claude-sonnet-4-5@20250929' },
  { model: 'claude-sonnet-4-20250514', id: 'claude-sonnet-4@20250514', old: true },
]

/** Claude on Vertex AI: in the global location, and in one region or geography. */
export const anthropicVertexModels: readonly ModelCard[] = [
  ...served.flatMap((each) => cards(each, 'anthropic-vertex', 1)),
  ...served.flatMap((each) => cards(each, 'anthropic-vertex-regional', each.old === true ? 1 : 1.1)),
]

function cards({ model, id = model }: Served, provider: string, factor: number): readonly ModelCard[] {
  const card = anthropicModels.find((each) => each.id === model)
  if (card === undefined) return []
  const { lifecycle: _, aliases = [], prices, ...facts } = card
  return [
    {
      ...facts,
      provider,
      id,
      aliases: [...new Set([model, ...aliases])].filter((name) => name !== id),
      prices: prices === null || factor === 1 ? prices : dearer(prices, factor, page),
    },
  ]
}
