import type { Access } from './access.ts'
import type { Warmth } from './affinity.ts'
import type { Support } from './contracts/adapter.ts'
import type { BudgetShare } from './contracts/budget.ts'
import type { ModelCard } from './contracts/catalog.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { Forecast } from './contracts/forecast.ts'
import type { Rejection } from './contracts/policy.ts'
import type { Cost, Usage } from './contracts/usage.ts'
import type { Escalate } from './escalation-options.ts'
import type { KeyOwner } from './key-presence.ts'
import type { Order } from './order.ts'
import type { ModelNames, Target } from './resolve.ts'
import type { TrafficView } from './share.ts'

/** How one call is to be routed, the call's own options laid over the agent's and the router's. */
export interface Routing {
  readonly agent: string | undefined
  /** On whose behalf. */
  readonly tenant: string | undefined
  /** What the caller's service key is for; absent where the call is made without one. */
  readonly access: Access | undefined
  /** The agent's primary: what `auto` means for it. */
  readonly primary: string | undefined
  readonly fallback: readonly string[]
  readonly region: string | undefined
  readonly strict: boolean
  readonly order: Order
  /** How long a conversation's target is taken to keep its prompt; absent where conversations are not kept together. */
  readonly warmForMs: number | undefined
  /** The most that the request may cost, in US dollars. */
  readonly maxCostUsd: number | undefined
  /** The budgets that it draws on. */
  readonly budgets: BudgetShare | undefined
  /** Why tiers step down now; nothing where they do not. */
  readonly thrift: string | undefined
  /** Absent where no better model is asked after an answer that is not good enough. */
  readonly escalate: Escalate | undefined
}

/** The router's state as far as planning goes. Handed in whole, so that planning is a pure function. */
export interface PlanContext {
  readonly names: ModelNames
  /** Says why a candidate cannot serve the request, or nothing. */
  readonly constrain: (request: ChatRequest) => (target: Target, support: Support) => Rejection | undefined
  /** What the vendor has done with the model by now. */
  readonly retirement: (card: ModelCard) => { readonly retired: boolean; readonly replacement?: string; readonly rerouted: boolean }
  /** Whether the target's keys are known to be absent. */
  readonly lacksKey: (target: Target, owner: KeyOwner) => boolean
  /** By which groups share. */
  readonly traffic: TrafficView
  /** Who has the conversation's beginning in its prompt cache. */
  readonly warmth: (request: ChatRequest, warmForMs: number) => Warmth | undefined
  readonly cost: (usage: Usage, target: Target) => Cost | null
  /** What the call is likely to take there: worked out when it is asked for. */
  readonly forecast: (request: ChatRequest, target: Target) => Forecast
}
