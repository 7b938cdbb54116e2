import { classification } from '../../src/index.ts'
import type { AuditEvent, AuditRecord, BreakerSnapshot } from '../../src/index.ts'

/** What the circuits are configured with. */
export interface BreakerRules {
  readonly failures: number
  readonly cooldownMs: number
  readonly leaseMs: number
}

/**
 * Circuit breakers as their specification has them, fed with nothing but the audit trail: which attempts were made when,
 * and what came of them. Whatever the router's own circuits do must follow from that. It is not written as they are: it
 * knows eras in place of generations, and looks at a transition from outside.
 */
export class BreakerModel {
  readonly wrong: string[] = []
  readonly #rules: BreakerRules
  readonly #circuits = new Map<string, Circuit>()

  constructor(rules: BreakerRules) {
    this.#rules = rules
  }

  /** `unread`: nobody waited for what the request's attempts would bring, so their running out of time is nobody's fault. */
  take({ at, requestId, event }: AuditRecord, unread: boolean): void {
    if (!('target' in event)) return
    const neutral = unread && event.type === 'attempt.failed' && event.kind === 'deadline'
    const problem = this.#of(event.target).take(event, { now: Date.parse(at), owner: requestId ?? '', neutral })
    if (problem !== undefined) this.wrong.push(`breaker of ${event.target}: ${problem} at ${at}`)
  }

  /** Compares with what the router shows at the end. */
  compare(snapshot: BreakerSnapshot): void {
    const problem = this.#of(snapshot.target).compare(snapshot)
    if (problem !== undefined) this.wrong.push(`breaker of ${snapshot.target}: ${problem} at the end`)
  }

  #of(target: string): Circuit {
    const circuit = this.#circuits.get(target) ?? new Circuit(this.#rules)
    this.#circuits.set(target, circuit)
    return circuit
  }
}

interface Moment {
  readonly now: number
  /** The request that an event is about. */
  readonly owner: string
  readonly neutral: boolean
}

/** An attempt under way: the era in which it got its permit, and whether it is the test. */
interface Held {
  readonly era: number
  readonly probe: boolean
}

/** The trail tells whole milliseconds. */
const roundedMs = 1

type Name = BreakerSnapshot['state']

class Circuit {
  readonly #rules: BreakerRules
  #name: Name = 'closed'
  #failures = 0
  #openUntil = 0
  /** Counts transitions, and tests whose lease ran out. */
  #era = 0
  /** The latest era in which it was closed: attempts that are no tests got their permits there. */
  #closedEra = 0
  /** When the lease of the running test ends. */
  #testUntil: number | undefined
  /** Somebody has the right to the test and has not begun it: its key is being fetched. */
  #isTestDue = false
  /** When somebody was passed over because of a test that nobody has seen begin yet. */
  #passedOverAt: number | undefined
  readonly #held = new Map<string, Held>()
  /** What the trail has told and the model has not come to yet, or the other way round. */
  readonly #told: Name[] = []
  readonly #due: Name[] = []
  #lastFailureAt = Number.NEGATIVE_INFINITY

  constructor(rules: BreakerRules) {
    this.#rules = rules
  }

  take(event: AuditEvent & { readonly target: string }, moment: Moment): string | undefined {
    switch (event.type) {
      case 'attempt.started':
        return this.#started(event, moment)
      case 'attempt.succeeded':
        return this.#ended(`${moment.owner} ${event.attempt}`, 'success', moment)
      case 'attempt.failed': {
        this.#lastFailureAt = moment.now
        const { breaker } = classification[event.kind]
        return this.#ended(`${moment.owner} ${event.attempt}`, moment.neutral ? 'neutral' : breaker, moment)
      }
      case 'target.skipped':
        return this.#skipped(event, moment)
      case 'breaker.half_opened':
        return this.#halfOpened(moment)
      case 'breaker.opened':
        return this.#announced('open')
      case 'breaker.closed':
        return this.#announced('closed')
      default:
        return undefined
    }
  }

  compare({ state, consecutiveErrors }: BreakerSnapshot): string | undefined {
    if (this.#passedOverAt !== undefined) return 'it was skipped for a test that never began'
    if (this.#told.length + this.#due.length > 0) return `${this.#told.join()} was told, ${this.#due.join()} was due`
    if (state !== this.#name) return `it is ${state} and has to be ${this.#name}`
    if (state !== 'closed' || consecutiveErrors === this.#failures) return undefined
    return `it counts ${consecutiveErrors} failures in a row and there were ${this.#failures}`
  }

  #started({ attempt, probe }: Extract<AuditEvent, { type: 'attempt.started' }>, { now, owner }: Moment): string | undefined {
    const problem = probe ? this.#testBegan(now) : undefined
    this.#held.set(`${owner} ${attempt}`, { era: probe ? this.#era : this.#closedEra, probe })
    return problem
  }

  #testBegan(now: number): string | undefined {
    if (this.#name !== 'half_open') return `a test began while it was ${this.#name}`
    if (this.#testUntil !== undefined && now < this.#testUntil - roundedMs) return 'a second test began beside the first'
    // Whoever had the lease before has no vote any more.
    if (this.#testUntil !== undefined) this.#era += 1
    this.#testUntil = now + this.#rules.leaseMs
    this.#isTestDue = false
    if (this.#passedOverAt === now) this.#passedOverAt = undefined
    return undefined
  }

  #ended(key: string, verdict: 'success' | 'failure' | 'neutral', { now }: Moment): string | undefined {
    const held = this.#held.get(key)
    this.#held.delete(key)
    if (held === undefined) return `an attempt ended that never began: ${key}`
    if (held.era !== this.#era) return undefined
    if (held.probe) return this.#judged(verdict, now)
    if (verdict === 'success') this.#failures = 0
    if (verdict === 'failure') this.#failures += 1
    return this.#failures < this.#rules.failures || verdict !== 'failure' ? undefined : this.#move('open', now)
  }

  #judged(verdict: 'success' | 'failure' | 'neutral', now: number): string | undefined {
    this.#testUntil = undefined
    if (verdict === 'neutral') return undefined
    return this.#move(verdict === 'success' ? 'closed' : 'open', now)
  }

  #skipped({ reason, retryInMs }: Extract<AuditEvent, { type: 'target.skipped' }>, { now }: Moment): string | undefined {
    if (reason === 'retry_after') {
      return now - this.#lastFailureAt <= 60_000 ? undefined : 'held back by a Retry-After that nobody can have sent'
    }
    if (reason !== 'breaker_open') return undefined
    if (this.#name === 'half_open') return this.#passedOver(now)
    if (this.#name !== 'open' || now >= this.#openUntil) return `skipped while it was ${this.#name}`
    const leftMs = this.#openUntil - now
    return (retryInMs ?? 0) < leftMs - roundedMs ? `skipped for ${retryInMs} ms, and it is open for ${leftMs} ms` : undefined
  }

  #passedOver(now: number): string | undefined {
    if (this.#isTestDue || (this.#testUntil !== undefined && now < this.#testUntil)) return undefined
    if (this.#passedOverAt !== undefined && this.#passedOverAt !== now) return 'skipped for a test that never began'
    this.#passedOverAt = now
    return undefined
  }

  #halfOpened({ now }: Moment): string | undefined {
    if (this.#name !== 'open') return `half-opened while it was ${this.#name}`
    if (now < this.#openUntil - roundedMs) return `half-opened ${this.#openUntil - now} ms too early`
    this.#enter('half_open')
    this.#isTestDue = true
    return undefined
  }

  /** A verdict leads to a transition, which the trail tells just before or just behind it. */
  #move(to: Name, now: number): string | undefined {
    if (to === 'open') this.#openUntil = now + this.#rules.cooldownMs
    this.#enter(to)
    const told = this.#told.shift()
    if (told === undefined) this.#due.push(to)
    return told === undefined || told === to ? undefined : `${told} was told, ${to} was due`
  }

  #announced(to: Name): string | undefined {
    const due = this.#due.shift()
    if (due === undefined) this.#told.push(to)
    return due === undefined || due === to ? undefined : `${to} was told, ${due} was due`
  }

  #enter(to: Name): void {
    this.#name = to
    this.#failures = 0
    this.#testUntil = undefined
    this.#isTestDue = false
    this.#era += 1
    if (to === 'closed') this.#closedEra = this.#era
  }
}
