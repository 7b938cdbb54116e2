import type { EscalateOptions } from './escalation-options.ts'
import type { Failover } from './failover.ts'
import { defaultFailover, failoverOver } from './failover.ts'
import type { AffinityOptions, Clocks, HedgeOptions, RouterOptions } from './options.ts'

/** The router's own settings, under those of agents and calls. */
export interface Defaults {
  readonly region: string | undefined
  readonly strict: boolean
  readonly clocks: Partial<Clocks> | undefined
  /** By the target's id, `provider/model`. */
  readonly targetClocks: ReadonlyMap<string, Partial<Clocks>>
  readonly failover: Failover
  readonly affinity: AffinityOptions | undefined
  readonly escalate: EscalateOptions | undefined
  readonly hedge: HedgeOptions | undefined
}

/** The router's own settings, as far as agents and calls lay theirs over them. */
export function defaultsOf({
  region,
  strict = false,
  clocks,
  targets = {},
  affinity,
  hedge,
  escalate,
  ...options
}: RouterOptions): Defaults {
  const targetClocks = new Map(Object.entries(targets).map(([id, target]) => [id, target.clocks ?? {}]))
  return { region, strict, clocks, targetClocks, affinity, hedge, escalate, failover: failoverOver(defaultFailover, options) }
}
