import type { ClientOptions } from 'openai'
import type { Core } from './core.ts'
import { Hidden } from './hidden.ts'
import type { RoutingOptions } from './options.ts'

export const coreKey = Symbol('modelyard.core')
export const routingKey = Symbol('modelyard.routing')

/** Options of the OpenAI client with the router behind them; `withOptions()` hands them on from client to client. */
export interface RouterClientOptions extends ClientOptions {
  readonly [coreKey]?: Hidden<Core>
  readonly [routingKey]?: RoutingOptions
}

/** The options from which a router's first client is made. */
export function clientOptions(core: Core, options: ClientOptions): RouterClientOptions {
  return { ...options, [coreKey]: new Hidden(core) }
}

/** What another view of a router differs in. */
export function viewOptions(core: Core, routing: RoutingOptions): Partial<RouterClientOptions> {
  return { [coreKey]: new Hidden(core), [routingKey]: routing }
}
