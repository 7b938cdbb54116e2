import type { AuditEvent, AuditRecord } from '../../contracts/audit.ts'
import type { Step, Story } from './story.ts'

/** An event, and whose it is; events without a request id belong to the request that was accepted last. */
interface Told {
  readonly requestId: string | undefined
  readonly agent: string | undefined
  readonly event: AuditEvent
}

/** The requests of an audit trail, in the order in which they came. */
export function storiesOfTrail(trail: readonly (AuditRecord | AuditEvent)[]): readonly Story[] {
  const drafts = new Map<string, Draft>()
  let accepted = 0
  for (const one of trail) {
    const { requestId, agent, event } = toldBy(one)
    if (event.type === 'request.accepted') accepted += 1
    const key = requestId ?? (isAbout(one) ? `#${accepted}` : undefined)
    if (key === undefined) continue
    const draft = drafts.get(key) ?? new Draft(agent)
    drafts.set(key, draft)
    draft.take(event)
  }
  return [...drafts.values()].map((draft) => draft.story)
}

function toldBy(one: AuditRecord | AuditEvent): Told {
  return 'event' in one
    ? { requestId: one.requestId, agent: one.agent, event: one.event }
    : { requestId: undefined, agent: undefined, event: one }
}

/** A record without a request id is about no request; a bare event is, unless it is about circuits or sinks. */
function isAbout(one: AuditRecord | AuditEvent): boolean {
  return !('event' in one) && !/^(?:breaker|sink|store)\b/.test(one.type)
}

/** A story while its events are read. */
class Draft {
  readonly #agent: string | undefined
  readonly #steps: Step[] = []
  /** Where the step of each attempt stands. */
  readonly #attempts = new Map<number, number>()
  #requested: string | undefined
  #tier: Story['tier']
  #servedBy: string | undefined
  #costUsd: number | null = 0

  constructor(agent: string | undefined) {
    this.#agent = agent
  }

  get story(): Story {
    return {
      requested: this.#requested,
      agent: this.#agent,
      tier: this.#tier,
      steps: this.#steps,
      servedBy: this.#servedBy,
      costUsd: this.#costUsd,
    }
  }

  take(event: AuditEvent): void {
    switch (event.type) {
      case 'request.accepted':
        this.#requested = event.model
        break
      case 'decision.made':
        this.#tier = event.tier
        break
      case 'target.skipped':
        this.#steps.push({ did: 'skipped', target: event.target, reason: event.reason })
        break
      case 'route.switched':
        this.#steps.push({ did: 'switched', from: event.from, to: event.to, reason: event.reason })
        break
      case 'attempt.started':
        this.#attempts.set(event.attempt, this.#steps.push({ did: 'started', target: event.target }) - 1)
        break
      case 'attempt.succeeded':
        this.#ended(event.attempt, { did: 'answered', target: event.target })
        this.#spent(event.costUsd)
        break
      case 'attempt.failed':
        this.#ended(event.attempt, { did: 'failed', target: event.target, kind: event.kind, status: event.status })
        // Nobody charges for most failures, and then there is no cost to know.
        if (event.usage !== null) this.#spent(event.costUsd)
        break
      case 'request.completed':
        this.#servedBy = event.target
        break
      default:
        break
    }
  }

  #ended(attempt: number, step: Step): void {
    const place = this.#attempts.get(attempt)
    if (place === undefined) this.#steps.push(step)
    else this.#steps[place] = step
  }

  #spent(costUsd: number | null): void {
    this.#costUsd = costUsd === null || this.#costUsd === null ? null : this.#costUsd + costUsd
  }
}
