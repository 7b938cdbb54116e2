import type { Trail } from '../audit/trail.ts'
import type { Clock } from '../contracts/clock.ts'
import type { ServiceKeyGate } from '../contracts/service-keys.ts'
import type { Core, KeyCore } from '../core.ts'
import { ModelyardError } from '../errors.ts'

/** How service keys come into a router. */
interface KeyDoors {
  /** @throws as `client.forServiceKey()`. */
  open(key: unknown, core: Core): Promise<KeyCore>
  readonly close: () => Promise<void>
}

/** Lets the holders of service keys in, and writes down which keys are made and revoked. */
export function keyDoors(
  gate: ServiceKeyGate | undefined,
  { clock, trail }: { readonly clock: Clock; readonly trail: Trail },
): KeyDoors {
  const listening = gate?.subscribe(({ type, key: { id, agent, expiresAt } }) => {
    const event =
      type === 'created' ? ({ type: 'service_key.created', expiresAt } as const) : ({ type: 'service_key.revoked' } as const)
    trail.emit(event, { serviceKey: id, agent })
  })
  return {
    async open(key, core) {
      if (gate === undefined)
        throw new ModelyardError('BAD_OPTION', 'forServiceKey(): createRouter() was given no `serviceKeys`', {
          field: 'serviceKeys',
        })
      // Loaded by the first key that comes.
      const { keyCore } = await import('./service-keys.ts')
      return keyCore(key, core, { gate, clock, trail })
    },
    async close() {
      listening?.[Symbol.dispose]()
    },
  }
}
