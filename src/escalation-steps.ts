import type { Complexity } from './contracts/policy.ts'
import type { Tier } from './contracts/catalog.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { EscalationStep } from './decision.ts'
import type { Escalate } from './escalation-options.ts'
import type { PlanContext, Routing } from './plan-context.ts'
import { withinPrice } from './price-limits.ts'
import type { Plan } from './plan.ts'
import { plan } from './plan.ts'
import { tierNames } from './resolve.ts'

/** A checked call, and what its plan goes by. */
export interface Intent {
  readonly request: ChatRequest
  readonly routing: Routing
  readonly complexity: Complexity | undefined
  /** How long its call had to wait before it could begin, where it had to. */
  readonly waitedMs?: number
}

/** The plan of a call, together with those of the steps to which it may escalate. */
export function planFor({ request, routing, complexity }: Intent, unlimited: PlanContext): Plan {
  const context = withinPrice(unlimited, routing)
  const first = plan(request, routing, { context, complexity })
  const { escalate } = routing
  return escalate === undefined ? first : withSteps(first, { request, routing, escalate, context })
}

interface Ground {
  readonly request: ChatRequest
  readonly routing: Routing
  readonly escalate: Escalate
  readonly context: PlanContext
}

function withSteps(first: Plan, ground: Ground): Plan {
  const { request, escalate } = ground
  const { decision } = first
  if (request.stream === true && !escalate.buffers)
    return { ...first, decision: { ...decision, warnings: [...decision.warnings, handedOver] } }
  const steps = stepsOf(decision.tier, ground).slice(0, escalate.maxSteps)
  return { ...first, decision: { ...decision, escalation: steps.map(told) }, steps }
}

const handedOver = "escalate does not hold for a stream that is handed over as it comes; with afterCommit: 'buffer' it does"

/** What may be asked after an answer that is not good enough, best last; a step that nobody can serve is left out. */
function stepsOf(tier: Tier | undefined, { request, routing, escalate, context }: Ground): readonly Plan[] {
  const { to = above(tier) } = escalate
  const steps: Plan[] = []
  for (const model of to) {
    const step = plan(
      { ...request, model },
      { ...routing, primary: undefined, fallback: [], warmForMs: undefined, thrift: undefined },
      { context, complexity: undefined },
    )
    // Where a tier has nobody to serve it, the one above does, and that once.
    const isNew = step.decision.tier === undefined || steps.every(({ decision }) => decision.tier !== step.decision.tier)
    if (step.targets.length > 0 && isNew) steps.push(step)
  }
  return steps
}

function above(tier: Tier | undefined): readonly string[] {
  return tier === undefined ? [] : tierNames.slice(tierNames.indexOf(tier) + 1).map((name) => `tier:${name}`)
}

function told({ decision: { requested, tier, chain, warnings } }: Plan): EscalationStep {
  return { requested, ...(tier !== undefined && { tier }), chain, warnings }
}
