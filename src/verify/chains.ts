import type { ProviderAdapter } from '../contracts/adapter.ts'
import type { AgentOptions, RouterOptions } from '../options.ts'
import type { ModelNames, Target } from '../resolve.ts'
import { tierNames } from '../resolve.ts'

/** A target, and the option that names it. */
export interface Place {
  readonly target: Target
  readonly where: string
}

/** Targets of which one stands in for another. */
export interface ChainInOptions {
  readonly kind: 'tier' | 'agent' | 'alias'
  /** As people say it: `tier simple`. */
  readonly name: string
  readonly where: string
  readonly places: readonly Place[]
  /** Whether the user has written it, or the package's own lists have. */
  readonly isOwn: boolean
  readonly agent?: AgentOptions
}

/** Every chain that the options make. */
export function chainsOf({ tiers = {}, agents = {}, models = {} }: RouterOptions, names: ModelNames): readonly ChainInOptions[] {
  const ofTiers = tierNames.map((tier): ChainInOptions => {
    const where = `tiers.${tier}`
    const list = tiers[tier]
    const places = list === undefined ? names.tier(tier).map((target) => ({ target, where })) : listed(list, where, names)
    return { kind: 'tier', name: `tier ${tier}`, where, places, isOwn: list !== undefined }
  })
  const ofAgents = Object.entries(agents).map(([name, agent]): ChainInOptions => {
    const where = `agents.${name}`
    const places = [
      ...placesOf(agent.primary, `${where}.primary`, names),
      ...listed(agent.fallback ?? [], `${where}.fallback`, names),
    ]
    return { kind: 'agent', name: `agent ${name}`, where, places, isOwn: true, agent }
  })
  const ofAliases = Object.entries(models).map(([alias, meant]): ChainInOptions => {
    const where = `models.${alias}`
    const places = Array.isArray(meant) ? listed(meant, where, names) : placesOf(alias, where, names)
    return { kind: 'alias', name: `alias ${alias}`, where, places, isOwn: true }
  })
  return [...ofTiers, ...ofAgents, ...ofAliases]
}

function listed(models: readonly string[], where: string, names: ModelNames): readonly Place[] {
  return models.flatMap((model, index) => placesOf(model, `${where}[${index}]`, names))
}

/** A tier passes over the entries that nobody configured serves. */
function placesOf(model: string, where: string, names: ModelNames): readonly Place[] {
  try {
    const resolution = names.resolve(model)
    const targets = resolution.kind === 'targets' ? resolution.targets : tierNames.flatMap((tier) => names.tier(tier))
    return targets.map((target) => ({ target, where }))
  } catch (error) {
    if (where.startsWith('tiers.')) return []
    throw error
  }
}

/** Each target once, where it is named first. */
export function distinct(places: readonly Place[]): readonly Place[] {
  const first = new Map<string, Place>()
  for (const place of places) if (!first.has(place.target.id)) first.set(place.target.id, place)
  return [...first.values()]
}

/** Who has to be up for a target to answer. */
export function outageDomainOf({ outageDomain, catalog, id }: ProviderAdapter): string {
  return outageDomain ?? catalog ?? id
}
