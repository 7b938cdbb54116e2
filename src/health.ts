import type { ProviderAdapter } from './contracts/adapter.ts'
import type { Breakers, BreakerSnapshot } from './contracts/breaker.ts'
import type { BreakerPanel } from './breaker-panel.ts'
import type { RestingKey } from './key-health.ts'
import type { RouterOptions } from './options.ts'
import type { ModelNames, Target } from './resolve.ts'
import { tierNames } from './resolve.ts'

/** Whether somebody could serve a chain now. */
export interface ChainHealth {
  /** `tier:simple`, `agent:support`. */
  readonly name: string
  readonly ok: boolean
  /** The targets, `provider/model`, whose key is there and whose circuit holds nothing back, in order. Keys that rest still count. */
  readonly available: readonly string[]
}

/** How a router is, as plain JSON-safe data: what `client.health()` gives. */
export interface Health {
  /** Every chain has a target that could be called now, and the router has not been closed. */
  readonly ok: boolean
  /** Every agent's, and every tier's that has models of configured providers. */
  readonly chains: readonly ChainHealth[]
  /** The circuits that are not closed or hold their target back. */
  readonly circuits: readonly BreakerSnapshot[]
  /** Of several keys for a provider, and of tenants' keys, those that their vendor has turned down and that rest. */
  readonly restingKeys: readonly RestingKey[]
  /** Whether the circuits are those of several processes now; `null` where they have no store in common. */
  readonly circuitsShared: boolean | null
  /** Audit records that some sink should have had and has not, since the router was made. */
  readonly auditDropped: number
}

/** What health is read off. */
export interface HealthParts {
  readonly options: Pick<RouterOptions, 'agents'>
  readonly names: ModelNames
  readonly breakers: BreakerPanel & Pick<Breakers, 'peek'>
  readonly lacksKey: (adapter: ProviderAdapter) => boolean
  readonly trail: { readonly dropped: number }
  readonly runtime: { restingKeys(): readonly RestingKey[] }
  readonly isClosed: boolean
}

/** Reads off how the router is. Nothing is called and nothing is changed. */
export function healthOf(parts: HealthParts): Health {
  const { options, names, breakers } = parts
  const tiers = tierNames.map((tier) => [`tier:${tier}`, names.tier(tier)] as const)
  const agents = Object.entries(options.agents ?? {}).map(
    ([agent, { primary, fallback = [] }]) =>
      [`agent:${agent}`, [primary, ...fallback].flatMap((name) => targetsOf(name, names))] as const,
  )
  // A default tier of which no provider is configured is nobody's promise.
  const promised = [...tiers.filter(([, targets]) => targets.some(({ adapter }) => !parts.lacksKey(adapter))), ...agents]
  const chains = promised.map(([name, targets]) => chainHealth(name, targets, parts))
  return {
    ok: !parts.isClosed && chains.every(({ ok }) => ok),
    chains,
    circuits: breakers.list().filter(({ state, retryInMs }) => state !== 'closed' || retryInMs !== undefined),
    restingKeys: parts.runtime.restingKeys(),
    circuitsShared: breakers.isShared ?? null,
    auditDropped: parts.trail.dropped,
  }
}

function chainHealth(name: string, targets: readonly Target[], { breakers, lacksKey }: HealthParts): ChainHealth {
  const free = targets
    .filter((target) => !lacksKey(target.adapter) && breakers.peek(target.circuit) === undefined)
    .map(({ id }) => id)
  return { name, ok: free.length > 0, available: [...new Set(free)] }
}

function targetsOf(name: string, names: ModelNames): readonly Target[] {
  const resolution = names.resolve(name)
  return resolution.kind === 'targets' ? resolution.targets : tierNames.flatMap((tier) => names.tier(tier))
}
