import type { ChatRequest } from '../contracts/chat.ts'
import type { Complexity } from '../contracts/policy.ts'
import type { Cost, Usage } from '../contracts/usage.ts'
import { chatRequest } from '../chat-body.ts'
import { withoutTerms } from '../money.ts'
import { requestLike } from '../needs.ts'
import type { Plan } from '../plan.ts'
import type { Target } from '../resolve.ts'
import type { RecordedAttempt, RecordedRequest } from './recorded.ts'

/** What a plan has to know of a request beside its body. */
export interface ReplayAbout {
  readonly agent: string | undefined
  readonly complexity: Complexity | undefined
  /** The tokens that it took. */
  readonly usage: Usage | null
  /** Milliseconds since 1970. */
  readonly at: number
}

/** A policy that requests can be decided under, as they were at a time. */
export interface ReplayPolicy {
  /** @throws what the call itself would. */
  plan(request: ChatRequest, about: ReplayAbout): Plan
  cost(usage: Usage, target: Target, at: number): Cost | null
}

/** How one request came out, with its costs still exact. */
export interface Replayed {
  readonly verdict: 'same' | 'moved' | 'refused' | 'unserved' | 'left_out'
  readonly target: string | null
  readonly tier?: Plan['decision']['tier']
  readonly recordedPico: bigint | null
  readonly replayedPico: bigint | null
  readonly notes: readonly string[]
}

/**
 * Decides a request anew and walks the chain: a target that failed then fails again, one that was passed over is passed over,
 * the one that served serves, and any other is taken to serve with the same tokens.
 */
export function replayed(recorded: RecordedRequest, policy: ReplayPolicy, own: ReplayPolicy): Replayed {
  const recordedPico = totalOf(recorded.attempts)
  const nowhere = { target: null, recordedPico, replayedPico: null } as const
  if (recorded.apart !== undefined) return { ...nowhere, verdict: 'left_out', notes: [recorded.apart] }
  const notes = gapsIn(recorded)
  const planned = planUnder(recorded, policy)
  if ('problem' in planned) return { ...nowhere, verdict: 'refused', notes: [...notes, planned.problem] }
  const strange = notTheirOwn(recorded, own)
  if (strange !== undefined) notes.push(strange)
  const walk = new Walk(recorded, policy)
  const stops = (each: Target): boolean => walk.stopsAt(each)
  const target = planned.targets.find(stops) ?? stepsUp(recorded, planned).find(stops)
  const replayedPico = target === undefined ? null : walk.costAt(target)
  notes.push(...walk.notes)
  const { tier } = planned.decision
  if (target === undefined) return { ...nowhere, verdict: 'unserved', ...(tier !== undefined && { tier }), notes }
  return {
    verdict: target.id === recorded.servedBy ? 'same' : 'moved',
    target: target.id,
    ...(tier !== undefined && { tier }),
    recordedPico,
    replayedPico,
    notes,
  }
}

/** Where a request escalated then and its whole chain did not do, it goes up again. */
function stepsUp({ detours }: RecordedRequest, { steps = [] }: Plan): readonly Target[] {
  return detours.includes('escalated') ? steps.flatMap(({ targets }) => targets) : []
}

function planUnder(recorded: RecordedRequest, policy: ReplayPolicy): Plan | { readonly problem: string } {
  const { requested, needs = {}, stream, agent, complexity, at } = recorded
  try {
    const request = chatRequest(requestLike(requested, needs, stream))
    const planned = policy.plan(request, { agent, complexity, usage: servedIn(recorded)?.usage ?? null, at })
    if (planned.targets.length > 0) return planned
    const reasons = planned.decision.rejected.map(({ detail }) => detail)
    return { problem: reasons.length === 0 ? 'no target is configured for it' : reasons.join('; ') }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'cannot be decided' }
  }
}

/** What the records do not say, and what is not made again. */
function gapsIn(recorded: RecordedRequest): string[] {
  const { needs, detours, servedBy, requested, complexity, tier } = recorded
  const notes: string[] = []
  if (needs === undefined)
    notes.push('what the request needs (tools, images, formats) was not recorded: taken to be nothing special')
  if (requested === 'auto' && complexity === undefined && tier === undefined && needs !== undefined)
    notes.push('how hard the request is was not recorded: taken to be standard')
  for (const detour of detours) notes.push(`was ${detour}, which is not decided anew`)
  if (servedBy === undefined) notes.push('had no answer: how long one would have been is not known')
  else if ((servedIn(recorded)?.usage ?? null) === null) notes.push('the tokens of its answer were not recorded')
  return notes
}

/** Where the router's own options do not lead to the recorded chain, the call had options of its own, or the options were others. */
function notTheirOwn(recorded: RecordedRequest, own: ReplayPolicy): string | undefined {
  // A trail cuts long lists, and says so in their last item.
  if (recorded.chain === undefined || recorded.chain.at(-1)?.startsWith('…') === true) return undefined
  const planned = planUnder(recorded, own)
  const chain = 'problem' in planned ? [] : planned.targets.map(({ id }) => id)
  if (recorded.chain.toSorted().join() === chain.toSorted().join()) return undefined
  return `was decided otherwise than this router's own options decide: its chain was ${recorded.chain.join(', ') || 'empty'}`
}

/** The attempt whose answer was given. */
function servedIn({ attempts, servedBy }: RecordedRequest): RecordedAttempt | undefined {
  return attempts.findLast(({ target, outcome }) => target === servedBy && outcome === 'success')
}

class Walk {
  readonly notes: string[] = []
  readonly #recorded: RecordedRequest
  readonly #policy: ReplayPolicy
  readonly #served: RecordedAttempt | undefined
  #spent: bigint | null = 0n

  constructor(recorded: RecordedRequest, policy: ReplayPolicy) {
    this.#recorded = recorded
    this.#policy = policy
    this.#served = servedIn(recorded)
  }

  /** Whether the request ends at this target. */
  stopsAt(target: Target): boolean {
    const { servedBy, attempts, skipped } = this.#recorded
    if (target.id === servedBy) return true
    const failed = attempts.filter((attempt) => attempt.target === target.id && attempt.outcome === 'failure')
    if (failed.length > 0) {
      for (const { usage } of failed) if (usage !== null) this.#spend(this.#policy.cost(usage, target, this.#recorded.at))
      this.notes.push(`${target.id} failed then, and so again`)
      return false
    }
    if (skipped.includes(target.id)) {
      this.notes.push(`${target.id} could not be called then`)
      return false
    }
    return this.#fits(target)
  }

  costAt(target: Target): bigint | null {
    const served = this.#served
    if (served === undefined || served.usage === null) return null
    const isSame = target.id === served.target
    if (!isSame) this.notes.push(`${target.id} is taken to answer, with as many tokens as ${served.target}`)
    // A vendor's own bill is what it costs there, whatever the price list says.
    if (isSame && served.isBilled) this.#spend(served.picoUsd === null ? null : { picoUsd: served.picoUsd })
    else this.#spend(this.#policy.cost(isSame ? served.usage : withoutTerms(served.usage), target, this.#recorded.at))
    return this.#spent
  }

  #fits({ id, card }: Target): boolean {
    const usage = this.#served?.usage
    if (usage === null || usage === undefined || card?.contextWindow === undefined) return true
    const { input, cached, cacheWrite, cacheWrite1h, audioInput } = usage
    const prompt = input + cached + cacheWrite + cacheWrite1h + audioInput
    if (prompt <= card.contextWindow) return true
    this.notes.push(`${id} has no room for a prompt of ${prompt} tokens`)
    return false
  }

  #spend(cost: Pick<Cost, 'picoUsd'> | null): void {
    this.#spent = this.#spent === null || cost === null ? null : this.#spent + cost.picoUsd
  }
}

/** `null` where an attempt may have cost something unknown; one that was refused without tokens cost nothing. */
function totalOf(attempts: readonly RecordedAttempt[]): bigint | null {
  let total = 0n
  for (const { picoUsd, usage, outcome } of attempts) {
    if (picoUsd === null && (usage !== null || outcome !== 'failure')) return null
    total += picoUsd ?? 0n
  }
  return total
}
