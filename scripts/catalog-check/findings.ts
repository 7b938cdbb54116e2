import { priceOf } from '../../src/catalog/cost.ts'
import type { ModelCard, PriceSource, Prices } from '../../src/contracts/catalog.ts'
import type { Cost, Usage } from '../../src/contracts/usage.ts'
import { noTokens } from '../../src/contracts/usage.ts'
import { decimalUsd } from '../../src/money.ts'

/** What can be wrong with a card, the worst first. */
export const kinds = ['broken', 'lost', 'disagrees', 'retired', 'retiring', 'unpriced', 'stale', 'missing'] as const

/** One thing to look at. */
export interface Finding {
  readonly kind: (typeof kinds)[number]
  /** `provider/model`. */
  readonly model: string
  readonly detail: string
}

/** What the check goes by. */
export interface CheckOptions {
  /** `YYYY-MM-DD`. */
  readonly today: string
  /** Prices read longer ago are stale. Default 30. */
  readonly staleAfterDays?: number
  /** A shutdown nearer than this is told. Default 60. */
  readonly soonDays?: number
  /** Another price list to compare with, loaded. */
  readonly other?: Pick<PriceSource, 'pricesOf'>
}

const dayMs = 86_400_000

/** Everything about the cards that somebody should look at: by kind, then in the order of the cards. */
export function findingsIn(cards: readonly ModelCard[], options: CheckOptions): readonly Finding[] {
  const context = { ...options, staleAfterDays: options.staleAfterDays ?? 30, soonDays: options.soonDays ?? 60 }
  const found = cards.flatMap((card) => [...cardFindings(card, cards, context)])
  return kinds.flatMap((kind) => found.filter((finding) => finding.kind === kind))
}

type Context = CheckOptions & Required<Pick<CheckOptions, 'staleAfterDays' | 'soonDays'>>

function* cardFindings(card: ModelCard, cards: readonly ModelCard[], context: Context): Generator<Finding> {
  const model = `${card.provider}/${card.id}`
  const left = daysUntil(card.lifecycle?.shutdownDate, context.today)
  const isGone = left !== undefined && left <= 0
  const told = [
    ...lifecycleFindings(card, cards, { left, soonDays: context.soonDays }),
    ...priceFindings(card, context),
    ...missingFrom(card),
  ]
  for (const [kind, detail] of told) if (!isGone || ofTheGone.has(kind)) yield { kind, model, detail }
}

/** What is still worth saying of a model that is gone. */
const ofTheGone: ReadonlySet<Finding['kind']> = new Set(['lost', 'retired', 'broken'])

type Told = readonly [kind: Finding['kind'], detail: string]

function daysUntil(day: string | undefined, today: string): number | undefined {
  return day === undefined ? undefined : Math.round((Date.parse(day) - Date.parse(today)) / dayMs)
}

function heirOf({ lifecycle }: ModelCard): string {
  const { replacement, rerouted = false } = lifecycle ?? {}
  if (replacement === undefined) return ', and nothing is named in its place'
  return rerouted ? `, answered by ${replacement}` : `, replaced by ${replacement}`
}

function* lifecycleFindings(
  card: ModelCard,
  cards: readonly ModelCard[],
  { left, soonDays }: { readonly left: number | undefined; readonly soonDays: number },
): Generator<Told> {
  const { shutdownDate = '', replacement } = card.lifecycle ?? {}
  const isKnown = cards.some(
    ({ provider, id, aliases = [] }) => provider === card.provider && [id, ...aliases].some((name) => name === replacement),
  )
  if (replacement !== undefined && !isKnown) yield ['lost', `its replacement ${replacement} is in no card`]
  if (left === undefined) return
  if (left <= 0) yield ['retired', `since ${shutdownDate}${heirOf(card)}`]
  else if (left <= soonDays) yield ['retiring', `in ${left} days${heirOf(card)}`]
}

/** What a chat model's card should say. One that makes no text has neither features nor a length of answers. */
function* missingFrom({ contextWindow, maxOutput, features, output = ['text'] }: ModelCard): Generator<Told> {
  const isChat = output.includes('text')
  const missing = [
    ...(contextWindow === undefined && !output.includes('moderation') ? ['contextWindow'] : []),
    ...(isChat && maxOutput === undefined ? ['maxOutput'] : []),
    ...(isChat && features.length === 0 ? ['features'] : []),
  ]
  if (missing.length > 0) yield ['missing', missing.join(', ')]
}

function* priceFindings(card: ModelCard, context: Context): Generator<Told> {
  const { prices, provider, id } = card
  const theirs = context.other?.pricesOf(provider, id) ?? null
  const nowMs = Date.parse(`${context.today}T12:00:00Z`)
  if (prices === null) {
    yield ['unpriced', theirs === null ? 'no price is known' : 'only the other list has a price']
    return
  }
  if (priceOf(samples.input, prices, nowMs) === null) yield ['broken', 'its figures are no price']
  const age = daysUntil(context.today, prices.asOf ?? context.today) ?? 0
  if (age > context.staleAfterDays) yield ['stale', `read ${age} days ago (${prices.source})`]
  const differences = theirs === null ? [] : differencesOf(prices, theirs, nowMs)
  if (differences.length > 0) yield ['disagrees', `${differences.join('; ')} (ours: ${prices.source})`]
}

/** A thousand tokens, or one piece, of each: no long prompt anywhere. */
const samples = {
  input: { ...noTokens, input: 1000 },
  cached: { ...noTokens, cached: 1000 },
  cacheWrite: { ...noTokens, cacheWrite: 1000 },
  cacheWrite1h: { ...noTokens, cacheWrite1h: 1000 },
  audioInput: { ...noTokens, audioInput: 1000 },
  output: { ...noTokens, output: 1000 },
  reasoning: { ...noTokens, reasoning: 1000 },
  audioOutput: { ...noTokens, audioOutput: 1000 },
  searches: { ...noTokens, searches: 1 },
} as const satisfies Readonly<Record<string, Usage>>

/** Of what both lists name a figure for; what one leaves out, the other may say. */
const namedBy: Readonly<Record<keyof typeof samples, (prices: Prices) => boolean>> = {
  input: () => true,
  output: () => true,
  reasoning: ({ reasoning }) => reasoning !== undefined,
  cached: ({ cachedInput }) => cachedInput !== undefined,
  cacheWrite: ({ cacheWrite }) => cacheWrite !== undefined,
  cacheWrite1h: ({ cacheWrite1h }) => cacheWrite1h !== undefined,
  audioInput: ({ audioInput }) => audioInput !== undefined,
  audioOutput: ({ audioOutput }) => audioOutput !== undefined,
  searches: ({ perSearch }) => perSearch !== undefined,
}

function differencesOf(ours: Prices, theirs: Prices, nowMs: number): readonly string[] {
  return Object.entries(samples).flatMap(([name, usage]) => {
    const isNamed = Object.entries(namedBy).find(([own]) => own === name)?.[1] ?? (() => false)
    if (!isNamed(ours) || !isNamed(theirs)) return []
    const [here, there] = [ours, theirs].map((prices) => shown(priceOf(usage, prices, nowMs), name))
    return here === there ? [] : [`${name} ${here} here, ${there} there`]
  })
}

/** As price lists have it: in dollars per million tokens, or by the piece. */
function shown(cost: Cost | null, name: string): string {
  if (cost === null) return 'unknown'
  return `$${decimalUsd(name === 'searches' ? cost.picoUsd : cost.picoUsd * 1000n)}`
}
