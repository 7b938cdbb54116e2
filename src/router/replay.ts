import { Affinity } from '../affinity.ts'
import { costBy, highestCostBy } from '../books.ts'
import { estimateTokens } from '../catalog/estimate.ts'
import { forecaster } from '../catalog/forecast.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Usage } from '../contracts/usage.ts'
import { defaultsOf } from '../defaults.ts'
import { planFor } from '../escalation-steps.ts'
import { preparation } from '../key-presence.ts'
import type { RouterOptions } from '../options.ts'
import { readRecords } from '../replay/read.ts'
import type { ReplayRecords } from '../replay/read.ts'
import { replayed } from '../replay/replay.ts'
import type { ReplayPolicy } from '../replay/replay.ts'
import { reportOf } from '../replay/report.ts'
import type { ReplayReport } from '../replay/report.ts'
import { routingOf } from '../routing.ts'
import type { Runtime } from '../runtime.ts'
import { Traffic } from '../traffic.ts'
import { budgetsOf } from './limits.ts'
import type { Parts } from './parts.ts'
import { planContext } from './plan-context.ts'

/** Options, and what a router would be made of by them. */
export interface Grounds {
  readonly options: RouterOptions
  readonly parts: Parts
}

/** Decides recorded requests anew. Nobody is called, and neither ledger nor trail hears of it. */
export async function replay(
  records: ReplayRecords,
  { own, other }: { readonly own: Grounds; readonly other: Grounds },
): Promise<ReplayReport> {
  await Promise.all([ready(own.parts), ready(other.parts)])
  const { requests, unreadable } = await readRecords(records)
  const [policy, before] = [policyOf(other), policyOf(own)]
  return reportOf(
    requests.map((recorded) => ({ recorded, replayed: replayed(recorded, policy, before) })),
    unreadable,
  )
}

/** Loads what plans and prices need. */
async function ready({ adapters, keys, prices }: Parts): Promise<void> {
  await preparation(adapters, keys)()
  // A source that fails has no prices; it says why itself.
  await prices?.load?.().catch(() => undefined)
}

/** A router's policy at the time of each request, with circuits closed, budgets whole and nothing measured. */
function policyOf({ options, parts }: Grounds): ReplayPolicy {
  let wallMs = 0
  let taken: Usage | null = null
  const clock: Clock = {
    now: () => wallMs,
    wall: () => wallMs,
    setTimeout: (run, ms, hold) => parts.clock.setTimeout(run, ms, hold),
  }
  const dated: Parts = { ...parts, clock }
  const cost = costBy(dated)
  const highestCost = highestCostBy(dated)
  const guess = forecaster({ cost, highestCost, usualOutput: () => undefined })
  /** By the tokens that the request took. */
  const forecast: Runtime['forecast'] = (request, target) => {
    const guessed = guess(request, target)
    if (taken === null) return guessed
    return {
      ...guessed,
      cost: cost(taken, target),
      maxCost: highestCost({ ...taken, output: guessed.maxOutputTokens, reasoning: 0 }, target),
    }
  }
  const traffic = new Traffic(clock, { random: () => 0.5, isMeasured: false })
  const context = planContext(dated, { traffic, affinity: new Affinity(clock, estimateTokens) }, { cost, forecast })
  const layers = {
    agents: options.agents ?? {},
    defaults: { ...defaultsOf(options), affinity: undefined },
    budgets: budgetsOf({}, { clock, emit: () => undefined }),
  }
  return {
    plan(request, { agent, complexity, usage, at }) {
      wallMs = at
      taken = usage
      const routing = {
        ...routingOf(request.model, { routing: agent === undefined ? {} : { agent } }, layers),
        warmForMs: undefined,
      }
      const planned = planFor({ request, routing, complexity }, context)
      traffic.departed(planned.decision)
      return planned
    },
    cost(usage, target, at) {
      wallMs = at
      return cost(usage, target)
    },
  }
}
