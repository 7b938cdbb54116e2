import type { Access } from './access.ts'
import type { BudgetShare, Budgets } from './contracts/budget.ts'
import { ModelyardError } from './errors.ts'
import { escalateBy } from './escalation-options.ts'
import type { Escalate } from './escalation-options.ts'
import type { Failover } from './failover.ts'
import type { KeyOwner } from './key-presence.ts'
import { nearest } from './nearest.ts'
import type { AffinityOptions, AgentOptions, RouterOptions, RoutingOptions } from './options.ts'
import type { Order } from './order.ts'
import type { Routing } from './plan-context.ts'

/** What a call's routing is laid over. */
export interface RoutingLayers {
  readonly agents: Readonly<Record<string, AgentOptions>>
  readonly budgets: Budgets
  /** The router's own settings. */
  readonly defaults: {
    readonly region: string | undefined
    readonly strict: boolean
    readonly order: Order
    readonly affinity: AffinityOptions | undefined
    readonly escalate: RouterOptions['escalate']
    readonly maxCostUsd: number | undefined
    readonly failover: Failover
  }
}

/** How a call is to be routed, as far as its caller says. */
export interface Wishes {
  readonly routing: RoutingOptions
  /** Absent where the call is made without a service key. */
  readonly access?: Access | undefined
}

/**
 * The call's options over the agent's over the router's.
 *
 * @throws ModelyardError `UNKNOWN_AGENT`; PermissionDeniedError for an agent that is not the service key's.
 */
export function routingOf(model: string, wishes: Wishes, { agents, budgets, defaults }: RoutingLayers): Routing {
  const { routing: call, access } = wishes
  const name = agentOf(model, wishes)
  const agent: Partial<AgentOptions> = name === undefined ? {} : agentNamed(name, agents)
  return {
    ...ownerOf({ agent: name, tenant: call.tenant }, agents),
    access,
    primary: agent.primary,
    fallback: [...(call.fallback ?? []), ...(agent.fallback ?? [])],
    region: call.region ?? agent.region ?? defaults.region,
    strict: call.strict ?? agent.strict ?? defaults.strict,
    order: call.order ?? agent.order ?? defaults.order,
    warmForMs: warmFor(agent.affinity ?? defaults.affinity),
    maxCostUsd: lowest(call.maxCostUsd, agent.maxCostUsd, defaults.maxCostUsd),
    ...spending(access === undefined ? budgets.of(name) : budgets.of(name, access.key)),
    escalate: escalateOf(call, agent, defaults),
  }
}

/** Who asks: `agent:NAME` says so for one call. */
function agentOf(model: string, { routing, access }: Wishes): string | undefined {
  const name = model.startsWith('agent:') ? model.slice('agent:'.length) : routing.agent
  access?.checkAgent(name)
  return name
}

function warmFor(affinity: AffinityOptions | false | undefined): number | undefined {
  return affinity === false ? undefined : affinity?.ttlMs
}

function spending(budgets: BudgetShare | undefined): Pick<Routing, 'budgets' | 'thrift'> {
  return { budgets, thrift: budgets?.pressure() }
}

/** Of caps that router, agent and call set the lowest holds. */
function lowest(...caps: readonly (number | undefined)[]): number | undefined {
  const given = caps.filter((cap) => cap !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}

function escalateOf(call: RoutingOptions, agent: Partial<AgentOptions>, defaults: RoutingLayers['defaults']): Escalate | undefined {
  const chosen = call.escalate ?? agent.escalate ?? defaults.escalate
  if (chosen === undefined || chosen === false) return undefined
  return escalateBy(chosen, (call.afterCommit ?? agent.afterCommit ?? defaults.failover.afterCommit) === 'buffer')
}

/** Who asks, and on whose behalf. */
export function ownerOf({ agent, tenant }: KeyOwner, agents: RoutingLayers['agents']): Pick<Routing, 'agent' | 'tenant'> {
  return { agent, tenant: tenant ?? (agent === undefined ? undefined : agents[agent]?.tenant) }
}

/** @throws ModelyardError `UNKNOWN_AGENT` naming the nearest known one. */
export function agentNamed(name: string, agents: Readonly<Record<string, AgentOptions>>): AgentOptions {
  const agent = Object.hasOwn(agents, name) ? agents[name] : undefined
  if (agent !== undefined) return agent
  const known = Object.keys(agents)
  const near = nearest(name, known)
  const hint =
    near !== undefined
      ? `did you mean ${near}?`
      : known.length === 0
        ? 'none is configured; add it to `agents`'
        : `configured are ${known.join(', ')}`
  const shown = `${name}`.slice(0, 80) // oxlint-disable-line no-unnecessary-template-expression -- whatever a JavaScript caller gave
  throw new ModelyardError('UNKNOWN_AGENT', `No agent ${JSON.stringify(shown)}: ${hint}`, { field: `agents.${shown}` })
}
