import type { SkipReason } from '../../contracts/audit.ts'
import type { Tier } from '../../contracts/catalog.ts'
import type { FailureKind } from '../../contracts/failure.ts'

/** One thing that happened on the way of a request. */
export type Step =
  | { readonly did: 'answered'; readonly target: string }
  | { readonly did: 'failed'; readonly target: string; readonly kind: FailureKind; readonly status?: number | undefined }
  | { readonly did: 'started'; readonly target: string }
  /** Passed over without a wire call; only the audit trail knows why. */
  | { readonly did: 'skipped'; readonly target: string; readonly reason: SkipReason | undefined }
  | { readonly did: 'switched'; readonly from: string; readonly to: string; readonly reason: FailureKind | SkipReason | undefined }

/** What is known of one logical request, from whatever is at hand. */
export interface Story {
  /** The model string of the call. */
  readonly requested: string | undefined
  readonly agent: string | undefined
  readonly tier: Tier | undefined
  /** In order; an attempt that is not over is `started`. */
  readonly steps: readonly Step[]
  /** The target that gave the answer. */
  readonly servedBy: string | undefined
  /** Dollars of all its attempts; `null`: of one of them nobody knows. */
  readonly costUsd: number | null
}

/** Steps that were wire calls. */
export type AttemptStep = Extract<Step, { readonly did: 'answered' | 'failed' | 'started' }>

/** The wire calls of some requests, in order. */
export function attemptsIn(stories: readonly Story[]): readonly AttemptStep[] {
  return stories.flatMap(({ steps }) =>
    steps.filter((step): step is AttemptStep => step.did !== 'skipped' && step.did !== 'switched'),
  )
}

/** The requests and their steps, for a person to read. */
export function told(stories: readonly Story[]): string {
  const lines = stories.slice(0, mostTold).flatMap((story) => [titleOf(story), ...story.steps.map((step) => `  ${sentence(step)}`)])
  const more = stories.length - mostTold
  return [...lines, ...(more > 0 ? [`(and ${more} more)`] : [])].join('\n')
}

// What fits on a screen.
const mostTold = 10

function titleOf({ requested, agent, tier, servedBy, costUsd }: Story): string {
  const about = [agent === undefined ? '' : ` of agent '${agent}'`, tier === undefined ? '' : `, tier ${tier}`].join('')
  const cost = servedBy === undefined ? '' : `, ${shownUsd(costUsd)}`
  const wanted = requested === undefined ? '' : ` for '${requested}'`
  return `request${wanted}${about}: ${servedBy === undefined ? 'not served' : `served by ${servedBy}`}${cost}`
}

function sentence(step: Step): string {
  switch (step.did) {
    case 'answered':
      return `${step.target} answered`
    case 'failed':
      return `${step.target} failed: ${step.kind}${step.status === undefined ? '' : ` (${step.status})`}`
    case 'started':
      return `${step.target} was asked and has not answered yet`
    case 'skipped':
      return `${step.target} was skipped${step.reason === undefined ? '' : `: ${step.reason}`}`
    case 'switched':
      return `switched from ${step.from} to ${step.to}${step.reason === undefined ? '' : `: ${step.reason}`}`
  }
}

/** Dollars as messages show them. */
export function shownUsd(usd: number | null): string {
  return usd === null ? 'at an unknown price' : `$${Number(usd.toPrecision(6))}`
}
