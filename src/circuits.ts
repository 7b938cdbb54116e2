import { BreakerRegistry } from './breaker/registry.ts'
import type { AuditEvent } from './contracts/audit.ts'
import type { BreakerTransition } from './contracts/breaker.ts'
import type { Clock } from './contracts/clock.ts'
import type { RouterOptions } from './options.ts'
import { defaultClocks } from './options.ts'
import type { ModelNames } from './resolve.ts'
import { tierNames } from './resolve.ts'

const longestLeaseMs = 2 ** 31 - 1

/** What the circuits are made with. */
export interface CircuitParts {
  readonly clock: Clock
  readonly names: ModelNames
  /** For the audit trail. */
  readonly emit: (event: AuditEvent) => void
}

/** The circuits of a router. Those of configured targets are never forgotten, whatever else callers ask for. */
export function circuitsOf({ breaker = {}, ...options }: RouterOptions, { clock, names, emit }: CircuitParts): BreakerRegistry {
  const { key: _key, store, ...rule } = breaker
  const probeLeaseMs = Math.min(options.clocks?.totalMs ?? defaultClocks.totalMs, longestLeaseMs)
  const registry = new BreakerRegistry({
    rule: { probeLeaseMs, ...rule },
    clock,
    onTransition: (transition) => emit(breakerEvent(transition)),
    onStore: {
      lost: () => emit({ type: 'store.lost', store: 'breakers' }),
      regained: (awayMs) => emit({ type: 'store.regained', store: 'breakers', awayMs }),
    },
    ...(store !== undefined && { store }),
  })
  for (const name of configuredNames(options)) {
    const resolution = names.resolve(name)
    if (resolution.kind === 'targets') for (const { circuit } of resolution.targets) registry.register(circuit)
  }
  return registry
}

function configuredNames({ models = {}, agents = {} }: RouterOptions): readonly string[] {
  const chains = Object.values(agents).flatMap(({ primary, fallback = [] }) => [primary, ...fallback])
  return [...tierNames.map((tier) => `tier:${tier}`), ...Object.keys(models), ...chains]
}

const breakerEvents = { open: 'breaker.opened', half_open: 'breaker.half_opened', closed: 'breaker.closed' } as const

/** A change of a circuit, as the audit trail tells it. */
function breakerEvent({ target, from, to, reason }: BreakerTransition): AuditEvent {
  return { type: breakerEvents[to], target, from, reason }
}
