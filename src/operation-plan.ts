import type { ProviderAdapter, Support } from './contracts/adapter.ts'
import type { Rejection } from './contracts/policy.ts'
import type { ChainLink, RejectedTarget } from './decision.ts'
import type { KeyOwner } from './key-presence.ts'
import { missingFor, ownerFields } from './key-presence.ts'
import type { Plan } from './plan.ts'
import type { Routing } from './plan-context.ts'
import type { Target } from './resolve.ts'

/** What an operation that not every provider has asks of its targets. */
export interface Demand {
  /** The model string of the call, or what stands for it. */
  readonly requested: string
  readonly routing: Pick<Routing, 'agent' | 'tenant' | 'access' | 'region' | 'strict'>
  /** In order of preference. */
  readonly candidates: readonly Target[]
  readonly lacksKey: (adapter: ProviderAdapter, owner: KeyOwner) => boolean
  /** What a target makes of the request; nothing where it serves every field. */
  readonly supports?: (target: Target) => Support | undefined
}

/** The targets that can serve the operation, and why the others cannot. Pure, as the plan of a chat call. */
export function operationPlan(demand: Demand): Plan {
  const { requested, routing, candidates } = demand
  const { access } = routing
  const chain: ChainLink[] = []
  const targets: Target[] = []
  const rejected: RejectedTarget[] = []
  const warnings: string[] = []
  for (const target of candidates) {
    const dropped = verdictOn(target, demand)
    if ('reason' in dropped) {
      rejected.push({ target: target.id, ...dropped })
      continue
    }
    if (dropped.length > 0) warnings.push(`${target.id} lacks ${dropped.join(', ')}: left out`)
    targets.push(target)
    chain.push({ target: target.id, provider: target.provider, model: target.model, dropped })
  }
  return {
    decision: {
      requested,
      ...ownerFields(routing),
      ...(access !== undefined && { serviceKey: access.key.id }),
      chain,
      rejected,
      warnings,
    },
    targets,
  }
}

/** The fields that will be left out, or why the target cannot be called. */
function verdictOn(target: Target, { routing, lacksKey, supports }: Demand): readonly string[] | Rejection {
  const { id, adapter } = target
  const { access, region, strict } = routing
  const barred = access?.rejection(target)
  if (barred !== undefined) return barred
  // Asked before anything else: an adapter without its key has not even been loaded.
  if (lacksKey(adapter, routing)) return missingFor(target, routing)
  if (region !== undefined && adapter.region !== region)
    return { reason: 'region', detail: `${id} is in ${adapter.region ?? 'no declared region'}, not in ${region}` }
  const support = supports === undefined ? undefined : supportOf(target, supports)
  if (support === undefined) return []
  if (support.level === 'no')
    return { reason: 'unsupported', field: support.field, detail: `${id} does not serve ${support.field}: ${support.reason}` }
  const { dropped } = support
  const [field] = dropped
  if (!strict || field === undefined) return dropped
  return { reason: 'strict', field, detail: `${id} lacks ${dropped.join(', ')}, and strict forbids leaving it out` }
}

/** An adapter that cannot say is not asked for more. */
function supportOf(target: Target, supports: NonNullable<Demand['supports']>): Support | undefined {
  try {
    return supports(target)
  } catch {
    // Its error may hold content.
    return { level: 'no', field: 'model', reason: `the adapter ${target.provider} could not say what it supports` }
  }
}

/** The plan without going on: what one provider makes is not what another would make. */
export function onlyFirst({ decision, targets }: Plan): Plan {
  return { decision: { ...decision, chain: decision.chain.slice(0, 1) }, targets: targets.slice(0, 1) }
}
