import type {
  BreakerState,
  BreakerTransition,
  SharedCircuit,
  StoreAnswer,
  StoreCommand,
  StoreNews,
  Verdict,
} from '../contracts/breaker.ts'
import type { Clock } from '../contracts/clock.ts'

/** How long a process that uses the target only now and then keeps the right to a test from one that wants it. */
const idleMs = 1000

/** The copy of a shared circuit: what a {@link Member} tells of the others. */
export interface SharedCopy {
  /** Becomes what the shared circuit is. */
  follow(to: BreakerState['name'], holdMs: number, reason: BreakerTransition['reason']): void
  /** How long it lets nobody through; 0 where it does, or would make its test. */
  heldForMs(): number
  readonly isClosed: boolean
  /** Opens at once where its own failures would have opened it. */
  goAlone(): void
}

/** What a member uses of its fleet. */
export interface Link {
  readonly clock: Clock
  readonly leaseMs: number
  readonly isJoined: boolean
  /** Carries a command out and tells the member what came of it; says nothing where the store is away. */
  send(member: Member, command: StoreCommand): void
  want(target: string): void
}

/**
 * One target's circuit as a member of those of several processes: passes on what happens here, and makes the copy follow
 * what happens elsewhere. The one test of a half-open circuit is a right that the store lends; who holds it without use
 * gives it up to whoever asks.
 */
export class Member {
  readonly target: string
  readonly #copy: SharedCopy
  readonly #link: Link
  #epoch = 0
  #failures = 0
  #leaseUntil = Number.NEGATIVE_INFINITY
  #isTesting = false
  #isAsking = false
  #wasAlone = false
  #heardAt = Number.NEGATIVE_INFINITY
  #usedAt = Number.NEGATIVE_INFINITY
  #wantedAt = Number.NEGATIVE_INFINITY
  #timer: Disposable | undefined

  constructor(target: string, copy: SharedCopy, link: Link) {
    this.target = target
    this.#copy = copy
    this.#link = link
  }

  /** Whether the store decides: otherwise the circuit is this process's own. */
  get isShared(): boolean {
    return this.#link.isJoined
  }

  /** Failures in a row, over all processes. */
  get failures(): number {
    return this.#failures
  }

  /** Whether the test of the half-open circuit is this process's to make. */
  get mayTest(): boolean {
    return this.#link.clock.now() < this.#leaseUntil
  }

  /** Somebody would call the target. */
  used(): void {
    this.#usedAt = this.#link.clock.now()
  }

  /** Asks for the right to the test; the answer serves a later request. */
  wantTest(): void {
    if (!this.isShared || this.#isAsking || this.mayTest) return
    this.#isAsking = true
    this.#wantedAt = this.#link.clock.now()
    this.#link.send(this, { type: 'lease', leaseMs: this.#link.leaseMs })
  }

  /** The test has begun. */
  tests(): void {
    this.#isTesting = true
  }

  /** An attempt has ended. Successes of a healthy target are nobody's news. */
  reported(verdict: Verdict, rule: { readonly failures: number; readonly cooldownMs: number }): void {
    const epoch = this.#epoch
    const isTest = this.#isTesting
    this.#isTesting = false
    if (isTest) this.#endLease()
    if (!this.isShared) return
    if (verdict === 'failure') this.#link.send(this, { type: 'failure', epoch, ...rule })
    else if (isTest || (verdict === 'success' && this.#failures > 0)) this.#link.send(this, { type: verdict, epoch })
  }

  /** A test before its time has ended, to which the store had given nobody the right: the others are told what came of it. */
  testedEarly(verdict: Verdict, cooldownMs: number): void {
    this.#isTesting = false
    if (verdict === 'success') this.wasReset()
    else if (verdict === 'failure') this.tripped(cooldownMs)
  }

  tripped(holdMs: number): void {
    if (this.isShared) this.#link.send(this, { type: 'trip', holdMs, reason: 'trip' })
  }

  wasReset(): void {
    this.#endLease()
    if (this.isShared) this.#link.send(this, { type: 'reset' })
  }

  /** The store has answered a command that was sent at `sentAt`. */
  answered(command: StoreCommand, answer: StoreAnswer, sentAt: number): void {
    if (command.type === 'lease') this.#isAsking = false
    // News have overtaken it. What was asked after the news and knows less shows that the store has forgotten.
    if (answer.epoch < this.#epoch && sentAt <= this.#heardAt) return
    if (this.#knowsBetter(answer)) return
    if (answer.isTester) this.#hold(answer, sentAt)
    else this.#follow(answer, 'shared')
    if (command.type === 'lease' && !answer.isTester && answer.state === 'half_open') this.#link.want(this.target)
  }

  /** Whether the store had forgotten, or never heard, that the target fails; then it is told. */
  #knowsBetter({ epoch, state }: SharedCircuit): boolean {
    const isNews = epoch < this.#epoch || (this.#wasAlone && epoch === this.#epoch)
    this.#wasAlone = false
    if (!isNews || state !== 'closed' || this.#copy.isClosed) return false
    this.#epoch = epoch
    this.#link.send(this, { type: 'trip', holdMs: this.#copy.heldForMs(), reason: 'shared' })
    return true
  }

  /** The store could not answer. */
  unanswered(): void {
    this.#isAsking = false
  }

  /** News of another process. */
  heard(news: StoreNews): void {
    const now = this.#link.clock.now()
    switch (news.reason) {
      case 'wanted':
        if (!this.mayTest || this.#isTesting || now - this.#usedAt < idleMs) return
        this.#endLease()
        this.#link.send(this, { type: 'release' })
        return
      case 'released':
        // Nobody holds it back any longer.
        if (news.epoch >= this.#epoch) this.#follow(news, 'shared')
        if (now - this.#wantedAt < 2 * idleMs) this.wantTest()
        return
      case 'count':
        if (news.epoch >= this.#epoch) this.#failures = news.failures
        return
      default:
        if (news.epoch <= this.#epoch) return
        this.#heardAt = now
        this.#follow(news, news.reason)
    }
  }

  /** The store is away: the circuit is this process's own, and so is its test. */
  alone(): void {
    this.#wasAlone = true
    this.#isAsking = false
    this.#endLease()
    this.#copy.goAlone()
  }

  #hold({ epoch, failures }: SharedCircuit, sentAt: number): void {
    this.#epoch = epoch
    this.#failures = failures
    this.#leaseUntil = sentAt + this.#link.leaseMs
    // Another's test that was still being waited for is over.
    if (!this.#isTesting && this.#copy.heldForMs() > 0) this.#copy.follow('half_open', 0, 'cooldown')
    this.#after(this.#link.leaseMs / 3, () => {
      if (this.mayTest) this.#link.send(this, { type: 'lease', leaseMs: this.#link.leaseMs })
    })
  }

  #follow({ state, epoch, failures, holdMs }: SharedCircuit, reason: BreakerTransition['reason']): void {
    this.#epoch = epoch
    this.#failures = failures
    if (this.#isTesting) return
    this.#endLease()
    this.#copy.follow(state, holdMs, reason)
    // Whoever is first to ask when it may be tested will test it; a process that nobody calls has no need to.
    if (state === 'open' && this.#usedAt !== Number.NEGATIVE_INFINITY) this.#after(holdMs, () => this.wantTest())
  }

  #endLease(): void {
    this.#leaseUntil = Number.NEGATIVE_INFINITY
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
  }

  #after(ms: number, run: () => void): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#link.clock.setTimeout(run, ms)
  }
}
