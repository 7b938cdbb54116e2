// What prices depend on besides tokens, by vendor. None of it is in the price lists that the cards' rates come from; each
// group names its own source. Read November 2026. Free allowances are left out: they are of an account, not of a call.
import type { ModelCard, OutputModality, PriceHours, PriceList, Rates } from '../../contracts/catalog.ts'

type Terms = Pick<PriceList, 'perSearch' | 'serviceTiers' | 'regions' | 'hours'>

/** Cents and tenths of it: what a thousand searches cost, in dollars, by the search. */
const perThousand = (dollars: number): number => dollars / 1000

/** openai.com/api-priority-processing, spring 2026; gpt-5.5: models.dev (MIT), July 2026. Not for long prompts. */
const priority: Readonly<Record<string, Rates>> = {
  'gpt-5.5': { input: 12.5, cachedInput: 1.25, output: 75 },
  'gpt-5.4': { input: 5, cachedInput: 0.5, output: 30 },
  'gpt-5.4-mini': { input: 1.5, cachedInput: 0.15, output: 9 },
  'gpt-5.2': { input: 3.5, cachedInput: 0.35, output: 28 },
  'gpt-5.1': { input: 2.5, cachedInput: 0.25, output: 20 },
  'gpt-5': { input: 2.5, cachedInput: 0.25, output: 20 },
  'gpt-5-mini': { input: 0.45, cachedInput: 0.045, output: 3.6 },
  'gpt-4.1': { input: 3.5, cachedInput: 0.875, output: 14 },
  'gpt-4.1-mini': { input: 0.7, cachedInput: 0.175, output: 2.8 },
  'gpt-4.1-nano': { input: 0.2, cachedInput: 0.05, output: 0.8 },
  'gpt-4o': { input: 4.25, cachedInput: 2.125, output: 17 },
  'gpt-4o-mini': { input: 0.25, cachedInput: 0.125, output: 1 },
  o3: { input: 3.5, cachedInput: 0.875, output: 14 },
  'o4-mini': { input: 2, cachedInput: 0.5, output: 8 },
}

/** Flex costs what batches cost, half (developers.openai.com/api/docs/guides/flex-processing), where it is offered. */
const flexible: ReadonlySet<string> = new Set([
  'gpt-5.4',
  'gpt-5.2',
  'gpt-5.1',
  'gpt-5',
  'gpt-5-mini',
  'gpt-5-nano',
  'o3',
  'o4-mini',
])

/** `@pydantic/genai-prices` 0.1.8: the models that have a rate for searches there, and those that came after it. */
const searching = /^(?:gpt-(?:6|5(?!.*chat-latest)(?!.*codex)|4\.1(?!-nano)|4o(?:-mini|-2024-05-13)?$)|o3$|o4-mini$)/

function openaiTerms({ id }: ModelCard): Terms {
  const fast = priority[id]
  const tiers = { ...(flexible.has(id) && { flex: 0.5 }), ...(fast !== undefined && { priority: fast }) }
  return {
    ...(searching.test(id) && { perSearch: perThousand(10) }),
    ...(Object.keys(tiers).length > 0 && { serviceTiers: tiers }),
  }
}

/**
 * platform.claude.com/docs/en/about-claude/pricing: searches; inference in the US alone, from the models of February 2026 on. Fast
 * mode: models.dev (MIT), July 2026.
 */
const beforeRegions = /-(?:3|4-5|4-1|4-20250514|4-0|haiku-4|3-\d)/
const fastMode: Readonly<Record<string, number>> = { 'claude-opus-4-6': 6, 'claude-opus-4-7': 6, 'claude-opus-4-8': 2 }

function anthropicTerms({ id }: ModelCard): Terms {
  const fast = fastMode[id]
  return {
    perSearch: perThousand(10),
    ...(!beforeRegions.test(id) && { regions: { us: 1.1 } }),
    ...(fast !== undefined && { serviceTiers: { fast } }),
  }
}

/**
 * ai.google.dev/gemini-api/docs/optimization: flex at half the price; what priority costs more differs by model and is not known
 * here. ai.google.dev/gemini-api/docs/pricing: a query from Gemini 3 on, a grounded prompt before it.
 */
function googleTerms({ id, features }: ModelCard): Terms {
  if (features.length === 0 || !id.startsWith('gemini-')) return {}
  return { serviceTiers: { flex: 0.5 }, perSearch: /^gemini-[12]/.test(id) ? perThousand(35) : perThousand(14) }
}

/** api-docs.deepseek.com/quick_start/pricing: the rates of the cards are those off peak. */
const peaks: readonly PriceHours[] = [
  { from: '01:00', to: '04:00', days: [1, 2, 3, 4, 5], factor: 2 },
  { from: '06:00', to: '10:00', days: [1, 2, 3, 4, 5], factor: 2 },
]

function termsOf(card: ModelCard): Terms {
  switch (card.provider) {
    case 'openai':
      return openaiTerms(card)
    case 'anthropic':
      return anthropicTerms(card)
    case 'google':
      return googleTerms(card)
    case 'deepseek':
      return { hours: peaks }
    default:
      return {}
  }
}

/** Where inference profiles and locations keep a request: the geography in front of the id, or that of its aliases. */
function regionsOf({ provider, id, aliases = [] }: ModelCard): readonly string[] | undefined {
  if (provider === 'anthropic-vertex') return ['global']
  if (provider !== 'bedrock') return undefined
  const found = [id, ...aliases].flatMap((name) => /^(global|us-gov|us|eu|apac|au|jp)\./.exec(name)?.[1] ?? [])
  return found.length === 0 ? undefined : [...new Set(found)]
}

/** What comes out, where it is no text. */
function outputOf({ id, features }: ModelCard): readonly OutputModality[] | undefined {
  if (id.includes('moderation')) return ['moderation']
  if (features.length === 0 && id.includes('embed')) return ['embedding']
  return /audio/.test(id) ? ['text', 'audio'] : undefined
}

/** A card with what its vendor says beside the rates. */
export function withTerms(card: ModelCard): ModelCard {
  const { prices } = card
  const terms = termsOf(card)
  const output = outputOf(card)
  const regions = regionsOf(card)
  const changes = prices?.changes?.map((change) => ({ ...change, ...terms }))
  return {
    ...card,
    prices: prices === null ? null : { ...prices, ...terms, ...(changes !== undefined && { changes }) },
    ...(output !== undefined && { output }),
    ...(regions !== undefined && { regions }),
  }
}
