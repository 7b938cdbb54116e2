import { NotFoundError } from 'openai'
import type { ProviderAdapter } from './contracts/adapter.ts'
import type { Catalog, ModelCard, Tier } from './contracts/catalog.ts'
import { ModelyardError } from './errors.ts'
import { nearest } from './nearest.ts'
import type { Group, Member, ModelGroup } from './share.ts'

/** One place a request can go: a model at a provider with its credential. What a breaker guards. */
export interface Target {
  /** `provider/model`. */
  readonly id: string
  readonly provider: string
  readonly model: string
  readonly adapter: ProviderAdapter
  readonly card: ModelCard | undefined
  /** The breaker's key; by default the same as `id`. */
  readonly circuit: string
}

/** A model string, looked up: targets in order of preference, or the word that the tier decides. */
export type Resolution = ({ readonly kind: 'targets' } & Named) | { readonly kind: 'auto' }

/** What a model string stands for. */
export interface Named {
  /** In order of preference, as far as no group says otherwise. */
  readonly targets: readonly Target[]
  /** Those among them that share their traffic. */
  readonly groups: readonly Group[]
}

/** What {@link ModelNames} knows. */
export interface NamesOptions {
  readonly adapters: readonly ProviderAdapter[]
  readonly catalog: Catalog
  readonly aliases: Readonly<Record<string, string | readonly string[] | ModelGroup>>
  readonly tiers: Readonly<Record<Tier, readonly string[]>>
  readonly circuit: (target: { readonly provider: string; readonly model: string }) => string
}

export const tierNames = ['simple', 'standard', 'complex'] as const satisfies readonly Tier[]

const auto: Resolution = { kind: 'auto' }
const nobody: Named = { targets: [], groups: [] }

// Callers may ask a provider for any id; what they ask for must not grow a map without limit.
const mostRemembered = 2000

/** Nothing longer is taken for a misspelling of one of the router's own words. */
const longestMisspelling = 60

/** Turns model strings into targets. Knows the configuration, nothing of any request. */
export class ModelNames {
  readonly #options: NamesOptions
  readonly #adapters: ReadonlyMap<string, ProviderAdapter>
  readonly #known = new Map<string, Resolution>()

  constructor(options: NamesOptions) {
    this.#options = options
    this.#adapters = new Map(options.adapters.map((adapter) => [adapter.id, adapter]))
  }

  /** @throws NotFoundError naming the nearest known names where nothing serves `name`. */
  resolve(name: string): Resolution {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const resolution = this.#lookUp(name, [])
    if (this.#known.size >= mostRemembered) this.#known.clear()
    this.#known.set(name, resolution)
    return resolution
  }

  /** The targets of a tier whose provider is configured; the others are passed over in silence. */
  tier(tier: Tier): readonly Target[] {
    return this.tierNamed(tier).targets
  }

  /** As {@link tier}, with the groups among them. */
  tierNamed(tier: Tier): Named {
    const resolution = this.resolve(`tier:${tier}`)
    return resolution.kind === 'targets' ? resolution : nobody
  }

  #lookUp(name: string, path: readonly string[]): Resolution {
    if (path.includes(name)) throw this.#circle([...path, name])
    if (name === 'auto') return auto
    const alias = Object.hasOwn(this.#options.aliases, name) ? this.#options.aliases[name] : undefined
    if (alias !== undefined) return this.#lookUpAlias(name, alias, [...path, name])
    const tier = tierNames.find((each) => name === `tier:${each}`)
    if (tier !== undefined) return joined(this.#options.tiers[tier].map((model) => this.#tierEntry(model, [...path, name])))
    const targets = this.#named(name)
    if (targets.length === 0) throw this.#notFound(name)
    return { kind: 'targets', targets, groups: [] }
  }

  #lookUpAlias(name: string, alias: string | readonly string[] | ModelGroup, path: readonly string[]): Resolution {
    if (typeof alias === 'string') return this.#lookUp(alias, path)
    return 'targets' in alias ? this.#lookUpGroup(name, alias, path) : this.#lookUpAll(alias, path)
  }

  /** An entry that stands for several targets gives its weight to each. */
  #lookUpGroup(name: string, { targets: entries, share }: ModelGroup, path: readonly string[]): Resolution {
    const weighted = entries.flatMap((entry) => {
      const { target: model, weight = 1 } = typeof entry === 'string' ? { target: entry } : entry
      const resolution = this.#lookUp(model, path)
      return resolution.kind === 'targets' ? resolution.targets.map((target) => ({ target, weight })) : []
    })
    const weights = new Map(weighted.map(({ target, weight }) => [target.id, weight]))
    const members = Array.from(weights, ([target, weight]): Member => ({ target, weight }))
    const targets = [...new Map(weighted.map(({ target }) => [target.id, target])).values()]
    return { kind: 'targets', targets, groups: [{ name, by: share, members }] }
  }

  #circle(path: readonly string[]): ModelyardError {
    const alias = path.findLast((name) => Object.hasOwn(this.#options.aliases, name)) ?? ''
    return new ModelyardError('BAD_OPTION', `models: ${path.join(' -> ')} leads back to itself`, { field: `models.${alias}` })
  }

  #lookUpAll(names: readonly string[], path: readonly string[]): Resolution {
    const resolutions = names.map((name) => this.#lookUp(name, path))
    if (resolutions.some(({ kind }) => kind === 'auto')) return auto
    return joined(resolutions)
  }

  /** The entry of a tier: an explicit target, a bare name or an alias; one of an unconfigured provider gives nothing. */
  #tierEntry(name: string, path: readonly string[]): Resolution {
    if (Object.hasOwn(this.#options.aliases, name)) return this.#lookUp(name, path)
    return { kind: 'targets', targets: this.#named(name), groups: [] }
  }

  /** `provider/model`, or a bare name that any configured provider serves. */
  #named(name: string): readonly Target[] {
    // The vendor would be asked for a model that it cannot have.
    if (name !== name.trim()) return []
    const slash = name.indexOf('/')
    const adapter = slash > 0 ? this.#adapters.get(name.slice(0, slash)) : undefined
    const model = name.slice(slash + 1)
    if (adapter !== undefined && model !== '') return [this.#target(adapter, model, this.#card(adapter, model))]
    const serving: Target[] = []
    for (const candidate of this.#options.adapters) {
      const card = this.#card(candidate, name)
      if (card !== undefined) serving.push(this.#target(candidate, name, card))
    }
    return serving
  }

  #card(adapter: ProviderAdapter, model: string): ModelCard | undefined {
    const { models, catalog = adapter.id, deployments = {} } = adapter
    const behind = Object.hasOwn(deployments, model) ? deployments[model] : undefined
    const own = models?.find(({ id, aliases }) => id === model || aliases?.includes(model) === true)
    return own === undefined ? this.#options.catalog.find(catalog, behind ?? model) : this.#options.catalog.refined(own)
  }

  #target(adapter: ProviderAdapter, model: string, card: ModelCard | undefined): Target {
    const provider = adapter.id
    return Object.freeze({
      id: `${provider}/${model}`,
      provider,
      model,
      adapter,
      card,
      circuit: this.#options.circuit({ provider, model }),
    })
  }

  /** The target of another model at the same provider: the replacement of a retired one. */
  sibling(target: Target, model: string): Target {
    return this.#target(target.adapter, model, this.#card(target.adapter, model))
  }

  #notFound(name: string): NotFoundError {
    return new NotFoundError(
      404,
      { message: this.#advice(name), type: 'invalid_request_error', param: 'model', code: 'model_not_found' },
      undefined,
      new Headers(),
    )
  }

  #advice(name: string): string {
    const bare = name.trim()
    if (bare !== name)
      return `The model ${quoted(name)} begins or ends with white space${bare === '' ? '' : `; write ${quoted(bare)}`}.`
    const elsewhere = this.#options.catalog.serving(name)[0]?.provider
    if (elsewhere !== undefined)
      return `The model ${quoted(name)} is served by ${elsewhere}, which is not configured; add its adapter to \`providers\`.`
    const slash = name.indexOf('/')
    const provider = name.slice(0, Math.max(0, slash))
    if (slash > 0 && !this.#adapters.has(provider)) return this.#unknownProvider(name, provider)
    if (this.#adapters.has(slash < 0 ? name : provider)) {
      const id = slash < 0 ? name : provider
      return `${quoted(name)} names a provider but no model; write ${id}/MODEL${this.#example(id)}.`
    }
    const near = this.#nearest(name)
    const hint = near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`
    return `Nothing configured serves a model ${quoted(name)}.${hint} Write provider/model for one that the catalog does not know.`
  }

  #unknownProvider(name: string, provider: string): string {
    const ids = [...this.#adapters.keys()]
    const near = nearest(provider, ids)
    const hint = near === undefined ? '' : ` Did you mean ${near}${name.slice(provider.length, provider.length + 100)}?`
    return `No provider ${quoted(provider)} is configured (model ${quoted(name)}); configured are ${ids.join(', ')}.${hint}`
  }

  #example(id: string): string {
    const adapter = this.#adapters.get(id)
    const own = adapter?.models?.[0]?.id
    const card = this.#options.catalog.list().find(({ provider }) => provider === (adapter?.catalog ?? id))
    const model = own ?? card?.id
    return model === undefined ? '' : `, for example ${id}/${model}`
  }

  #nearest(name: string): readonly string[] {
    const short = name.slice(0, longestMisspelling)
    const tiers = tierNames.map((tier) => `tier:${tier}`)
    if (/^tier:/i.test(short)) return [nearest(short, tiers) ?? tiers.join(' or ')]
    if (short.toLowerCase() === 'auto') return ['auto']
    const alias = nearest(short, Object.keys(this.#options.aliases))
    const owner = short.length < 4 ? undefined : nearest(short, [...this.#adapters.keys()])
    const words = [...(alias === undefined ? [] : [alias]), ...(owner === undefined ? [] : [`${owner}/MODEL`])]
    const names = [
      ...Object.keys(this.#options.aliases),
      ...this.#options.adapters.flatMap((adapter) => adapter.models?.map(({ id }) => id) ?? []),
    ]
    const providers = new Set(this.#options.adapters.map((adapter) => adapter.catalog ?? adapter.id))
    const reachable = this.#options.catalog
      .nearest(name, 12)
      .filter((near) => this.#options.catalog.serving(near).some(({ provider }) => providers.has(provider)))
    return [...new Set([...words, ...names.filter((known) => known.startsWith(name.slice(0, 3))), ...reachable])].slice(0, 3)
  }
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name)
}

/** Everything that some names stand for, each target once. */
function joined(resolutions: readonly Resolution[]): Resolution {
  const named = resolutions.filter((each) => each.kind === 'targets')
  const targets = new Map(named.flatMap((each) => each.targets.map((target) => [target.id, target])))
  return { kind: 'targets', targets: [...targets.values()], groups: named.flatMap(({ groups }) => groups) }
}
