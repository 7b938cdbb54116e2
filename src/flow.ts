import { Admission } from './admission.ts'
import { Affinity } from './affinity.ts'
import type { Breakers } from './contracts/breaker.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { Clock } from './contracts/clock.ts'
import type { Limit } from './limiter.ts'
import type { RouterOptions, TargetOptions } from './options.ts'
import type { Runtime } from './runtime.ts'
import { Traffic } from './traffic.ts'

export interface Flow extends Pick<Runtime, 'admission' | 'traffic'> {
  readonly affinity: Affinity
}

/** What a flow is made of. */
export interface FlowParts {
  readonly breakers: Breakers
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly estimateTokens: (request: ChatRequest) => number
}

/** What directs the flow of a router's requests, as far as its options ask for it: what nobody needs is not counted. */
export function flowOf(
  { models = {}, targets = {}, agents = {}, hedge }: RouterOptions,
  { breakers, clock, random, estimateTokens }: FlowParts,
): Flow {
  const shares = Object.values(models).flatMap((alias) => (typeof alias === 'object' && 'targets' in alias ? [alias.share] : []))
  const hedges = [hedge, ...Object.values(agents).map((agent) => agent.hedge)]
  const isMeasured = shares.includes('latency') || hedges.some((options) => options !== undefined && options !== false)
  const traffic = new Traffic(clock, { random, isMeasured })
  const limits = new Map(Object.entries(targets).flatMap(([id, options]) => limitOf(options).map((limit) => [id, limit])))
  return {
    traffic,
    affinity: new Affinity(clock, estimateTokens),
    admission: new Admission({ breakers, clock, limits, traffic: shares.length > 0 ? traffic : undefined }),
  }
}

function limitOf({ maxConcurrent, maxQueue = 100, queueMs = 30_000 }: TargetOptions): readonly Limit[] {
  return maxConcurrent === undefined ? [] : [{ maxConcurrent, maxQueue, queueMs }]
}
