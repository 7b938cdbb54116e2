import type { Support } from './contracts/adapter.ts'
import type { ModelCard, Tier } from './contracts/catalog.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { Complexity, Rejection } from './contracts/policy.ts'
import type { ChainLink, Decision, RejectedTarget } from './decision.ts'
import type { ModelNames, Target } from './resolve.ts'
import { tierNames } from './resolve.ts'

/** A decision together with the targets that carry it out. */
export interface Plan {
  readonly decision: Decision
  readonly targets: readonly Target[]
}

/** How one call is to be routed, the call's own options laid over the agent's and the router's. */
export interface Routing {
  readonly agent: string | undefined
  /** The agent's primary: what `auto` means for it. */
  readonly primary: string | undefined
  readonly fallback: readonly string[]
  readonly region: string | undefined
  readonly strict: boolean
}

/** The router's state as far as planning goes. Handed in whole, so that planning is a pure function. */
export interface PlanContext {
  readonly names: ModelNames
  /** Says why a candidate cannot serve the request, or nothing. */
  readonly constrain: (request: ChatRequest) => (target: Target, support: Support) => Rejection | undefined
  /** What the vendor has done with the model by now. */
  readonly retirement: (card: ModelCard) => { readonly retired: boolean; readonly replacement?: string; readonly rerouted: boolean }
  /** Whether the target's key is known to be absent. */
  readonly lacksKey: (target: Target) => boolean
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
    const considered = asked === undefined ? undefined : draft.considerTier(asked)
    // The first tier is the request's; those of its fallbacks are not.
    tier ??= considered
    if (asked === undefined && resolution.kind === 'targets') draft.consider(resolution.targets)
  }
  draft.lastResort()
  const decision: Decision = {
    requested: request.model,
    ...(routing.agent !== undefined && { agent: routing.agent }),
    ...(tier !== undefined && { tier }),
    ...(complexity !== undefined && { complexity }),
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

/** The decision in the making. */
class Draft {
  readonly chain: ChainLink[] = []
  readonly targets: Target[] = []
  readonly rejected: RejectedTarget[] = []
  readonly warnings: string[] = []
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

  /** Adds the tier's models; where none of them can serve, those of the next tier up. */
  considerTier(tier: Tier): Tier {
    const before = this.chain.length
    const from = tierNames.indexOf(tier)
    for (const candidate of tierNames.slice(from)) {
      this.consider(this.#context.names.tier(candidate))
      if (this.chain.length === before) continue
      if (candidate !== tier) this.warnings.push(`no model of tier ${tier} can serve this request; tier ${candidate} does`)
      return candidate
    }
    return tier
  }

  consider(targets: readonly Target[]): void {
    for (const target of targets) this.#considerOne(target)
  }

  #considerOne(asked: Target): void {
    const target = this.#alive(asked)
    if (target !== undefined && !this.#seen(target)) this.#admit(target)
  }

  /** Adds the target to the chain, or to the rejected with the reason. */
  #admit(target: Target): void {
    const missing = this.#missingKey(target)
    if (missing !== undefined) {
      this.rejected.push({ target: target.id, ...missing })
      return
    }
    const support = this.#support(target)
    const rejection = this.#reject(target, support)
    if (rejection !== undefined) {
      this.rejected.push({ target: target.id, ...rejection })
      return
    }
    const dropped = support.level === 'no' ? [] : support.dropped
    if (dropped.length > 0) this.warnings.push(`${target.id} lacks ${dropped.join(', ')}: left out`)
    this.#noteForeignState(target)
    this.targets.push(target)
    this.chain.push({ target: target.id, provider: target.provider, model: target.model, dropped })
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
      if (support.level === 'no' || Array.isArray(support.dropped)) return support
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

  #reject(target: Target, support: Support): Rejection | undefined {
    const { region, strict } = this.#routing
    if (region !== undefined && target.adapter.region !== region) {
      return {
        reason: 'region',
        detail: `${target.provider} ${target.adapter.region === undefined ? 'declares no region' : `is in ${target.adapter.region}`}, asked for is ${region}`,
      }
    }
    const rejection = this.#constrain(target, support)
    if (rejection !== undefined) return rejection
    if (strict && support.level !== 'no' && support.dropped.length > 0) {
      return {
        reason: 'strict',
        field: support.dropped[0] ?? '',
        detail: `${target.id} lacks ${support.dropped.join(', ')}, and strict forbids leaving it out`,
      }
    }
    return undefined
  }

  /** Asked before anything else: an adapter without its key has not even been loaded. */
  #missingKey(target: Target): Rejection | undefined {
    if (!this.#context.lacksKey(target)) return undefined
    return { reason: 'missing_key', detail: `the key store holds no ${target.adapter.key ?? 'key'} for ${target.provider}` }
  }

  #noteForeignState(target: Target): void {
    const owners = new Set<string>()
    for (const message of this.#request.messages) {
      if (message.role !== 'assistant' || !('provider_state' in message)) continue
      const state = message.provider_state
      const owner = typeof state === 'object' && state !== null && 'provider' in state ? state.provider : undefined
      if (typeof owner === 'string' && owner !== target.adapter.stateOwner) owners.add(owner)
    }
    for (const owner of owners) this.warnings.push(`${target.id} does not get the reasoning state of ${owner}`)
  }
}
