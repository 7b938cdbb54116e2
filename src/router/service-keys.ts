import { Access, saidOf } from '../access.ts'
import { keyRefused, notForServiceKeys } from '../access-error.ts'
import type { Trail } from '../audit/trail.ts'
import type { Clock } from '../contracts/clock.ts'
import type { ServiceKeyFault, ServiceKeyGate } from '../contracts/service-keys.ts'
import type { Core, KeyCore } from '../core.ts'

/** What a service key is checked with. */
export interface KeyParts {
  readonly gate: ServiceKeyGate
  readonly clock: Clock
  readonly trail: Trail
}

/**
 * The core of the client of a service key: the router's own, but for what is not an agent's.
 *
 * @throws AuthenticationError, InternalServerError; ModelyardError `UNKNOWN_AGENT` where the router has no such agent.
 */
export async function keyCore(presented: unknown, core: Core, { gate, clock, trail }: KeyParts): Promise<KeyCore> {
  const refused = (fault: ServiceKeyFault, about: { readonly serviceKey?: string; readonly agent?: string }): void =>
    trail.emit({ type: 'service_key.refused', reason: fault }, about)
  const opened = await saidOf(() => gate.open(presented), clock)
  if (!('key' in opened)) {
    const { fault, id } = opened
    refused(fault, id === undefined ? {} : { serviceKey: id })
    throw keyRefused()
  }
  const { id, agent } = opened.key
  core.dispatcher.agent(agent)
  return restricted(core, new Access(opened, { clock, onFault: (fault) => refused(fault, { serviceKey: id, agent }) }))
}

function routersOwn(name: string): never {
  throw notForServiceKeys(`client.${name}`)
}

function restricted(core: Core, access: Access): KeyCore {
  return {
    ...core,
    access,
    routingOver: (before, routing) => access.routingOver(before, core.routingOver({}, routing)),
    get ledger() {
      return routersOwn('ledger')
    },
    get budgets() {
      return routersOwn('budgets')
    },
    get breakers() {
      return routersOwn('breakers')
    },
    shadow: () => routersOwn('shadow'),
    health: () => routersOwn('health()'),
    compare: async () => routersOwn('compare()'),
    verify: async () => routersOwn('verify()'),
    replay: async () => routersOwn('replay()'),
    flush: async () => routersOwn('flush()'),
    close: async () => routersOwn('close()'),
    forServiceKey: async () => routersOwn('forServiceKey()'),
  }
}
