import type { Accounts } from './accounts.ts'
import type { Call } from './call.ts'
import { callerHeaders } from './caller-headers.ts'
import { clocksFor, tightest } from './clocks.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { Defaults } from './defaults.ts'
import { failoverOver } from './failover.ts'
import { hedgeOf } from './hedge-rule.ts'
import type { AgentOptions, Clocks } from './options.ts'
import { defaultClocks } from './options.ts'
import type { Plan } from './plan.ts'
import type { Routing } from './plan-context.ts'
import { limitsOf } from './quotes.ts'
import type { CallOptions, Runtime } from './runtime.ts'
import type { Undertaking } from './undertaking.ts'

/** A call that is about to begin. */
export interface Start extends Omit<Undertaking, 'plan'> {
  readonly call: Call
  readonly stream: boolean
  readonly plan: Plan
  readonly routing: Routing
  readonly request?: ChatRequest
  /** How long the call had to wait until now, where it had to. */
  readonly waitedMs: number | undefined
}

/** What a call's options are laid over. */
export interface CallLayers {
  readonly runtime: Runtime
  readonly agents: Readonly<Record<string, AgentOptions>>
  readonly defaults: Defaults
  readonly accounts: Accounts
}

/** What a call brings along besides its body: its own options over the agent's over the router's. */
export function callOptions(start: Start, layers: CallLayers): CallOptions {
  const { call, plan, routing, request, quote, isTimed = true, waitedMs = 0 } = start
  const { accounts, agents, defaults, runtime } = layers
  const name = plan.decision.agent
  const agent = name === undefined ? undefined : agents[name]
  const { set, totalMs } = clockLayers(call, { agent: name, isTimed }, layers)
  return {
    signal: call.signal,
    timeout: call.timeout,
    maxRetries: call.maxRetries,
    isHelper: call.isHelper,
    headers: callerHeaders(call.defaultHeaders, call.headers),
    providerOptions: call.routing.providerOptions ?? agent?.providerOptions,
    failover: failoverOver(failoverOver(defaults.failover, agent), call.routing),
    hedge: hedgeOf(call.routing.hedge ?? agent?.hedge ?? defaults.hedge, { request, traffic: runtime.traffic, accounts }),
    totalMs,
    waitedMs,
    ...limitsOf({ runtime, request, quote, routing, totalMs }),
    clocks: clocksFor(request, set, defaults.targetClocks),
  }
}

/** The limits that are set, and that of the whole request. */
export function clockLayers(
  call: Call,
  { agent, isTimed }: { readonly agent: string | undefined; readonly isTimed: boolean },
  { agents, defaults }: CallLayers,
): { readonly set: Partial<Clocks>; readonly totalMs: number } {
  const set = tightest(defaults.clocks, agent === undefined ? undefined : agents[agent]?.clocks, call.routing.clocks)
  return { set, totalMs: isTimed ? (set.totalMs ?? defaultClocks.totalMs) : Infinity }
}
