import type { EscalateOptions } from './escalation-options.ts'
import type { Failover } from './failover.ts'
import { defaultFailover, failoverOver } from './failover.ts'
import type { Order } from './order.ts'
import type { AffinityOptions, Clocks, HedgeOptions, RouterOptions } from './options.ts'

/** The router's own settings, under those of agents and calls. */
export interface Defaults {
  readonly region: string | undefined
  readonly strict: boolean
  readonly order: Order
  readonly clocks: Partial<Clocks> | undefined
  /** By the target's id, `provider/model`. */
  readonly targetClocks: ReadonlyMap<string, Partial<Clocks>>
  readonly failover: Failover
  readonly affinity: AffinityOptions | undefined
  readonly escalate: EscalateOptions | undefined
  readonly hedge: HedgeOptions | undefined
  readonly maxCostUsd: number | undefined
}

/** The router's own settings, as far as agents and calls lay theirs over them. */
export function defaultsOf({
  region,
  strict = false,
  order = 'listed',
  clocks,
  targets = {},
  affinity,
  hedge,
  escalate,
  maxCostUsd,
  ...options
}: RouterOptions): Defaults {
  const targetClocks = new Map(Object.entries(targets).map(([id, target]) => [id, target.clocks ?? {}]))
  const failover = failoverOver(defaultFailover, options)
  return { region, strict, order, clocks, targetClocks, affinity, hedge, escalate, maxCostUsd, failover }
}
