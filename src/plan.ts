import { stayOf } from './affinity.ts'
import type { Support } from './contracts/adapter.ts'
import type { Tier } from './contracts/catalog.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { Complexity, Rejection } from './contracts/policy.ts'
import type { ChainLink, Decision, RejectedTarget, Stay } from './decision.ts'
import { foreignOwners } from './foreign-state.ts'
import { cheapestFirst } from './order.ts'
import { missingFor, ownerFields } from './key-presence.ts'
import type { PlanContext, Routing } from './plan-context.ts'
import { unfitFor } from './rejection.ts'
import type { ModelNames, Named, Target } from './resolve.ts'
import { tierNames } from './resolve.ts'
import type { SharedOrder } from './share.ts'
import { spread } from './share.ts'

/** A decision together with the targets that carry it out. */
export interface Plan {
  readonly decision: Decision
  readonly targets: readonly Target[]
  /** What may be asked after an answer that is not good enough, one step after the other; only with `escalate`. */
  readonly steps?: readonly Plan[]
}

/** Whether `model`, as this caller means it, is left to the classifier. */
export function needsTier(model: string, routing: Routing, names: ModelNames): boolean {
  return wanted(model, routing).some((name) => names.resolve(name).kind === 'auto')
}

/**
 * Request + snapshot -> decision. Pure: no clock, no network, no state.
 *
 * @throws NotFoundError where nothing serves the model string.
 */
export function plan(
  request: ChatRequest,
  routing: Routing,
  given: { readonly context: PlanContext; readonly complexity: Complexity | undefined },
): Plan {
  const { context, complexity } = given
  const draft = new Draft(request, routing, context)
  let tier: Tier | undefined
  for (const name of wanted(request.model, routing)) {
    const resolution = context.names.resolve(name)
    const asked = resolution.kind === 'auto' ? (complexity?.tier ?? 'standard') : tierNames.find((each) => name === `tier:${each}`)
    const considered = asked === undefined ? undefined : draft.considerTier(draft.thrifty(asked))
    // The first tier is the request's; those of its fallbacks are not.
    tier ??= considered
    if (asked === undefined && resolution.kind === 'targets') draft.consider(resolution)
  }
  draft.lastResort()
  const stay = draft.stay()
  const decision: Decision = {
    requested: request.model,
    ...ownerFields(routing),
    ...(routing.access !== undefined && { serviceKey: routing.access.key.id }),
    ...(tier !== undefined && { tier }),
    ...(complexity !== undefined && { complexity }),
    ...liveReasons(draft, stay),
    chain: draft.chain,
    rejected: draft.rejected,
    warnings: draft.warnings,
  }
  return { decision, targets: draft.targets }
}

/** The model strings of a call in order: `auto` of an agent is its primary; then come the fallbacks. */
function wanted(model: string, { primary, fallback }: Routing): readonly string[] {
  // `agent:NAME` asks for what that agent's `auto` means.
  const asked = model.startsWith('agent:') ? 'auto' : model
  const first = asked === 'auto' && primary !== undefined ? primary : asked
  return fallback.length === 0 ? [first] : [first, ...fallback]
}

/** What of the decision came of the moment. */
function liveReasons({ shared }: Draft, affinity: Stay | undefined): Pick<Decision, 'shared' | 'affinity'> {
  return { ...(shared.length > 0 && { shared }), ...(affinity !== undefined && { affinity }) }
}

/** The decision in the making. */
class Draft {
  readonly chain: ChainLink[] = []
  readonly targets: Target[] = []
  readonly rejected: RejectedTarget[] = []
  readonly warnings: string[] = []
  readonly shared: SharedOrder[] = []
  /** Shut down by the catalog's account, with no successor named. */
  readonly #dead: Target[] = []
  readonly #request: ChatRequest
  readonly #routing: Routing
  readonly #context: PlanContext
  readonly #constrain: ReturnType<PlanContext['constrain']>

  constructor(request: ChatRequest, routing: Routing, context: PlanContext) {
    this.#request = request
    this.#routing = routing
    this.#context = context
    this.#constrain = context.constrain(request)
  }

  /** The tier below, where the budget is nearly used. */
  thrifty(tier: Tier): Tier {
    const { thrift } = this.#routing
    const below = tierNames[tierNames.indexOf(tier) - 1]
    if (thrift === undefined || below === undefined) return tier
    this.warnings.push(`${thrift}: tier ${below} in place of tier ${tier}`)
    return below
  }

  /** Adds the tier's models; where none of them can serve, those of the next tier up. */
  considerTier(tier: Tier): Tier {
    const before = this.chain.length
    const from = tierNames.indexOf(tier)
    for (const candidate of tierNames.slice(from)) {
      this.consider(this.#context.names.tierNamed(candidate))
      if (this.chain.length === before) continue
      if (candidate !== tier) this.warnings.push(`no model of tier ${tier} can serve this request; tier ${candidate} does`)
      return candidate
    }
    return tier
  }

  consider(named: Named): void {
    const { targets, shared } = spread(named, this.#context.traffic, this.#request.stream === true)
    this.shared.push(...shared)
    // Those that share their traffic have an order of their own.
    const isRanked = this.#routing.order === 'cheapest' && shared.length === 0
    for (const target of isRanked ? this.#ranked(targets) : targets) this.#considerOne(target)
  }

  #ranked(targets: readonly Target[]): readonly Target[] {
    return cheapestFirst(targets, (target) => this.#context.forecast(this.#request, target))
  }

  #considerOne(asked: Target): void {
    const target = this.#alive(asked)
    if (target !== undefined && !this.#seen(target)) this.#admit(target)
  }

  /** Adds the target to the chain, or to the rejected with the reason. */
  #admit(target: Target): void {
    const barred = this.#routing.access?.rejection(target) ?? this.#missingKey(target)
    if (barred !== undefined) {
      this.rejected.push({ target: target.id, ...barred })
      return
    }
    const support = this.#support(target)
    const rejection = unfitFor(this.#routing, target, { support, constraint: () => this.#constrain(target, support) })
    if (rejection !== undefined) {
      this.rejected.push({ target: target.id, ...rejection })
      return
    }
    const { dropped, unenforced = [] } = support.level === 'no' ? { dropped: [] } : support
    if (dropped.length > 0) this.warnings.push(`${target.id} lacks ${dropped.join(', ')}: left out`)
    if (unenforced.length > 0) this.warnings.push(`${target.id} does not enforce ${someOf(unenforced)}: its answer is checked here`)
    for (const owner of foreignOwners(this.#request, target.adapter.stateOwner))
      this.warnings.push(`${target.id} does not get the reasoning state of ${owner}`)
    this.targets.push(target)
    const link = { target: target.id, provider: target.provider, model: target.model, dropped }
    this.chain.push(unenforced.length === 0 ? link : { ...link, unenforced })
  }

  #seen(target: Target): boolean {
    return this.targets.some(({ id }) => id === target.id) || this.rejected.some(({ target: id }) => id === target.id)
  }

  /** The target itself, or the successor that its vendor names once it is shut down. */
  #alive(target: Target): Target | undefined {
    if (target.card === undefined) return target
    const { retired, replacement, rerouted } = this.#context.retirement(target.card)
    if (!retired) return target
    if (replacement === undefined || this.#routing.strict) {
      if (!this.#seen(target)) this.#bury(target, replacement)
      return undefined
    }
    const warning = `${target.id} is shut down: ${replacement} ${rerouted ? 'answers in its place' : 'is called instead'}`
    if (!this.warnings.includes(warning)) this.warnings.push(warning)
    return this.#context.names.sibling(target, replacement)
  }

  /** An adapter that cannot say is not asked for more. */
  #support(target: Target): Support {
    try {
      const support = target.adapter.supports(this.#request, target.card, target.model)
      if (support.level === 'no' || (Array.isArray(support.dropped) && arePaths(support.unenforced ?? []))) return support
    } catch {
      // What it says instead is below: its error may hold content.
    }
    return { level: 'no', field: 'model', reason: `the adapter ${target.provider} could not say what it supports` }
  }

  #bury(target: Target, replacement: string | undefined): void {
    const hint = replacement === undefined ? '' : `; its vendor names ${replacement} in its place`
    const detail = `${target.id} was shut down on ${target.card?.lifecycle?.shutdownDate ?? 'an unknown date'}${hint}`
    this.rejected.push({ target: target.id, reason: 'retired', field: 'model', detail })
    this.#dead.push(target)
  }

  /** With nothing else left, a model that the catalog believes dead is asked all the same: the vendor knows better. */
  lastResort(): void {
    if (this.chain.length > 0 || this.#routing.strict) return
    for (const target of this.#dead) {
      const index = this.rejected.findIndex((rejected) => rejected.target === target.id && rejected.reason === 'retired')
      const [buried] = this.rejected.splice(index, 1)
      this.#admit(target)
      if (buried !== undefined) this.warnings.push(`${buried.detail}, by the catalog's account; its vendor has the last word`)
    }
  }

  /** Puts the target first that has the conversation's beginning in its cache, where that pays. */
  stay(): Stay | undefined {
    const { warmForMs } = this.#routing
    const warmth = warmForMs === undefined ? undefined : this.#context.warmth(this.#request, warmForMs)
    const [first] = this.targets
    const place = this.targets.findIndex(({ id }) => id === warmth?.target)
    const warm = this.targets[place]
    if (warmth === undefined || first === undefined || warm === undefined) return undefined
    const stay = stayOf(warmth, { warm, first, cost: this.#context.cost })
    if (!stay.stays) return stay
    this.targets.unshift(...this.targets.splice(place, 1))
    this.chain.unshift(...this.chain.splice(place, 1))
    return stay
  }

  /** Asked before anything else: an adapter without its key has not even been loaded. */
  #missingKey(target: Target): Rejection | undefined {
    return this.#context.lacksKey(target, this.#routing) ? missingFor(target, this.#routing) : undefined
  }
}

function arePaths(value: unknown): boolean {
  return Array.isArray(value) && value.every((path) => typeof path === 'string')
}

/** The first of many paths, and how many more there are. */
function someOf(paths: readonly string[]): string {
  const [shown, more] = [paths.slice(0, 3), paths.length - 3]
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}
