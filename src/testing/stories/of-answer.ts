import type { FailedAttempt } from '../../caller-error.ts'
import type { routeOf } from '../../route-of.ts'
import type { Step, Story } from './story.ts'

/** How an answer came about: what `routeOf()` gives. */
export type RouteRecord = NonNullable<ReturnType<typeof routeOf>>

/** The request behind a completion or a stream. */
export function storyOfRoute({ decision, failed, target, costUsd }: RouteRecord): Story {
  const wired: readonly Step[] = [...failed.map(failedStep), { did: 'answered', target }]
  return {
    requested: decision.requested,
    agent: decision.agent,
    tier: decision.tier,
    steps: withSwitches(
      wired,
      decision.chain.map((link) => link.target),
    ),
    servedBy: target,
    costUsd,
  }
}

/** The request behind an error of the router. */
export function storyOfError(attempts: readonly FailedAttempt[]): Story {
  return {
    requested: undefined,
    agent: undefined,
    tier: undefined,
    steps: withSwitches(attempts.map(failedStep), []),
    servedBy: undefined,
    costUsd: null,
  }
}

function failedStep({ target, kind, status }: FailedAttempt): Step & { readonly did: 'failed' } {
  return { did: 'failed', target, kind, status }
}

/** Puts in what lies between wire calls: targets of the chain that were passed over, and the way to the next one. */
function withSwitches(wired: readonly Step[], chain: readonly string[]): readonly Step[] {
  const steps: Step[] = []
  let left: Extract<Step, { did: 'switched' }> | undefined
  let reached = 0
  for (const step of wired) {
    if (step.did !== 'failed' && step.did !== 'answered') continue
    const place = chain.indexOf(step.target)
    for (const target of chain.slice(reached, Math.max(reached, place))) {
      steps.push({ did: 'skipped', target, reason: undefined })
      left ??= { did: 'switched', from: target, to: '', reason: undefined }
    }
    reached = Math.max(reached, place + 1)
    if (left !== undefined && left.from !== step.target) steps.push({ ...left, to: step.target })
    steps.push(step)
    left = step.did === 'failed' ? { did: 'switched', from: step.target, to: '', reason: step.kind } : undefined
  }
  return steps
}
