import { NotFoundError } from 'openai'
import { asideCaller } from '../aside.ts'
import { BreakerRegistry } from '../breaker/registry.ts'
import { targetsNamed } from '../compare/named.ts'
import { Dispatcher } from '../dispatch.ts'
import type { DispatcherParts } from '../dispatch.ts'
import { ModelyardError } from '../errors.ts'
import type { RouterOptions } from '../options.ts'
import type { ModelNames } from '../resolve.ts'
import { MirroringDispatcher } from '../shadow/mirroring.ts'
import type { ShadowOptions } from '../shadow/options.ts'
import { Shadow } from '../shadow/shadow.ts'

/** The shadows of a router and its agents, and the dispatcher that shows them what it serves. */
export interface Shadows {
  readonly dispatcher: Dispatcher
  /** The agent's own, or the router's; nothing where there is none. */
  readonly of: (agent: string | undefined) => Shadow | undefined
  /** Waits for the shadow calls under way, 5 s at most. */
  readonly close: () => Promise<void>
}

/** @throws ModelyardError `BAD_OPTION`, `UNKNOWN_MODEL` where a target is none. */
export function shadowsOf(
  { shadow, agents = {}, defaultHeaders }: RouterOptions,
  dispatching: DispatcherParts,
  names: ModelNames,
): Shadows {
  const shadows = new Map<string | undefined, Shadow | undefined>()
  const own = Object.entries(agents).filter(([, agent]) => agent.shadow !== undefined)
  if (shadow === undefined && own.length === 0)
    return { dispatcher: new Dispatcher(dispatching), of: () => undefined, close: () => Promise.resolve() }
  const { runtime } = dispatching
  const breakers = new BreakerRegistry({ clock: runtime.clock })
  // They outlive close() by the time that it waits for them.
  const call = asideCaller(dispatching, { role: 'shadow', breakers, running: new Set(), isClosed: () => false })
  const made = (options: ShadowOptions, field: string): Shadow => {
    const targets = known(() => targetsNamed(options.targets, names, { where: 'createRouter', field: `${field}.targets` }), field)
    return new Shadow(options, { runtime, call, targets, defaultHeaders })
  }
  shadows.set(undefined, shadow && made(shadow, 'shadow'))
  for (const [name, { shadow: theirs }] of own)
    shadows.set(name, theirs === false || theirs === undefined ? undefined : made(theirs, `agents.${name}.shadow`))
  const of = (agent: string | undefined): Shadow | undefined => shadows.get(shadows.has(agent) ? agent : undefined)
  return {
    dispatcher: new MirroringDispatcher(dispatching, of),
    of,
    close: async () => void (await Promise.all([...shadows.values()].map(async (each) => each?.close()))),
  }
}

/** A model that nobody serves is here a fault of set-up. */
function known<Value>(look: () => Value, field: string): Value {
  try {
    return look()
  } catch (cause) {
    if (!(cause instanceof NotFoundError)) throw cause
    const message = `createRouter(): ${field}.targets: ${cause.message.replace(/^404 /, '')}`
    throw new ModelyardError('UNKNOWN_MODEL', message, { field: `${field}.targets`, cause })
  }
}
