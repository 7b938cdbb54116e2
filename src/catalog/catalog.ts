import type { Catalog, ModelCard, ModelOverride } from '../contracts/catalog.ts'
import { nearestNames } from './nearest.ts'
import { laidOver, refinement } from './overrides.ts'

/**
 * A catalog over these cards. A later card replaces an earlier one of the same provider and id; `overrides` are laid over
 * them field by field. An id goes before another card's alias, a later alias before an earlier one. A dated snapshot that is
 * not listed (`-2026-08-14`, `-20260814`, `@20260814`) is found under the name without its date.
 *
 * @throws ModelyardError `BAD_OPTION` where an override of a model that is not known is no whole card.
 */
export function createCatalog(cards: readonly ModelCard[], overrides: readonly ModelOverride[] = []): Catalog {
  let index: Index | undefined
  const indexed = (): Index => (index ??= buildIndex(overrides.length === 0 ? cards : overridden(cards, overrides)))
  // What is wrong with an override is said at once.
  if (overrides.length > 0) indexed()
  return {
    refined: refinement(overrides),
    find: (provider, model) => indexed().find(provider, model),
    serving: (model) => indexed().serving(model),
    list: () => indexed().cards,
    nearest: (name, count = 3) => nearestNames(name, indexed().cards, count),
  }
}

/** What has become of a model. */
export interface Retirement {
  /** The vendor no longer serves this model itself. */
  readonly retired: boolean
  /** What the vendor names in its place, also while it still lives. */
  readonly replacement?: string
  /** The vendor answers with the replacement, at the replacement's price, instead of refusing. */
  readonly rerouted: boolean
}

/** What has become of a model at that time (milliseconds since 1970). The day of the shutdown counts, in UTC. */
export function retirement(card: ModelCard, wallMs: number): Retirement {
  const { shutdownDate, replacement, rerouted = false } = card.lifecycle ?? {}
  const retired = shutdownDate !== undefined && Date.parse(shutdownDate) <= wallMs
  return { retired, rerouted: retired && rerouted, ...(replacement === undefined ? {} : { replacement }) }
}

/**
 * The card that really answers for `card` at that time: the card itself while it lives, else the first of its chain of
 * replacements that does; `undefined` where the chain ends dead or outside the catalog.
 */
export function successor(catalog: Catalog, card: ModelCard, wallMs: number): ModelCard | undefined {
  const passed = new Set<ModelCard>()
  let current: ModelCard | undefined = card
  while (current !== undefined && !passed.has(current)) {
    const { retired, replacement } = retirement(current, wallMs)
    if (!retired) return current
    passed.add(current)
    current = replacement === undefined ? undefined : catalog.find(current.provider, replacement)
  }
  return undefined
}

interface Index {
  readonly cards: readonly ModelCard[]
  find(provider: string, model: string): ModelCard | undefined
  serving(model: string): readonly ModelCard[]
}

function overridden(cards: readonly ModelCard[], overrides: readonly ModelOverride[]): readonly ModelCard[] {
  const known = buildIndex(cards)
  return [...cards, ...laidOver(overrides, (provider, model) => known.find(provider, model))]
}

function buildIndex(all: readonly ModelCard[]): Index {
  const byProvider = new Map<string, Map<string, ModelCard>>()
  for (const card of all) named(byProvider, card.provider).set(card.id, card)
  const cards = [...byProvider.values()].flatMap((models) => [...models.values()])
  const aliased = new Map<string, Map<string, ModelCard>>()
  for (const card of cards) for (const alias of card.aliases ?? []) named(aliased, card.provider).set(alias, card)

  const exact = (provider: string, model: string): ModelCard | undefined =>
    byProvider.get(provider)?.get(model) ?? aliased.get(provider)?.get(model)
  const find = (provider: string, model: string): ModelCard | undefined => {
    const card = exact(provider, model)
    if (card !== undefined) return card
    const undated = withoutDate(model)
    return undated === undefined ? undefined : exact(provider, undated)
  }
  const served = servingIndex(byProvider, aliased)
  const serving = (model: string): readonly ModelCard[] => {
    const undated = served.has(model) ? undefined : withoutDate(model)
    return served.get(undated ?? model) ?? []
  }
  return { cards, find, serving }
}

function servingIndex(
  byProvider: ReadonlyMap<string, ReadonlyMap<string, ModelCard>>,
  aliased: ReadonlyMap<string, ReadonlyMap<string, ModelCard>>,
): ReadonlyMap<string, readonly ModelCard[]> {
  const served = new Map<string, ModelCard[]>()
  for (const [provider, models] of byProvider) {
    for (const [name, card] of new Map([...(aliased.get(provider) ?? []), ...models])) {
      const sharing = served.get(name)
      if (sharing === undefined) served.set(name, [card])
      else sharing.push(card)
    }
  }
  return served
}

function named(maps: Map<string, Map<string, ModelCard>>, provider: string): Map<string, ModelCard> {
  let models = maps.get(provider)
  if (models === undefined) {
    models = new Map()
    maps.set(provider, models)
  }
  return models
}

/** `undefined` where the name carries no date. */
function withoutDate(model: string): string | undefined {
  const date = /[-@](?:\d{8}|\d{4}-\d{2}-\d{2})$/.exec(model)
  return date === null ? undefined : model.slice(0, date.index)
}
