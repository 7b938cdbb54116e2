import { retirement, successor } from '../catalog/catalog.ts'
import { estimateTokens, tokensAtMost } from '../catalog/estimate.ts'
import type { Flow } from '../flow.ts'
import { lacksKey } from '../key-presence.ts'
import type { PlanContext } from '../plan-context.ts'
import { missingFromAdapter, missingFromCard, requirementsOf } from '../policy/constraints.ts'
import type { Runtime } from '../runtime.ts'
import type { Parts } from './parts.ts'

/** What plans go by. */
export function planContext(
  { catalog, names, clock, keys }: Parts,
  { traffic, affinity }: Pick<Flow, 'traffic' | 'affinity'>,
  { cost, forecast }: Pick<Runtime, 'cost' | 'forecast'>,
): PlanContext {
  return {
    names,
    traffic,
    warmth: (request, warmForMs) => affinity.warmth(request, warmForMs),
    cost,
    forecast,
    constrain(request) {
      const required = requirementsOf(request, { estimateTokens, tokensAtMost })
      return (target, support) => missingFromCard(target, required) ?? missingFromAdapter(support, target, required)
    },
    retirement(card) {
      if (card.lifecycle?.shutdownDate === undefined) return { retired: false, rerouted: false }
      const wallMs = clock.wall()
      const { retired, rerouted } = retirement(card, wallMs)
      const heir = retired ? successor(catalog, card, wallMs) : undefined
      return { retired, rerouted, ...(heir !== undefined && { replacement: heir.id }) }
    },
    lacksKey: ({ adapter }, owner) => lacksKey(keys, adapter, owner),
  }
}
