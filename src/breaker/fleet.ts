import type { BreakerStore, StoreAnswer, StoreCommand } from '../contracts/breaker.ts'
import type { Clock } from '../contracts/clock.ts'
import { type Link, Member, type SharedCopy } from './member.ts'

/** How often a store that is away is looked for. */
const searchMs = 1000

/** What a {@link Fleet} tells. */
export interface FleetListener {
  /** The store is away or slow; from now on every circuit is this process's own. */
  readonly lost: () => void
  /** The store is back. */
  readonly regained: (awayMs: number) => void
}

/**
 * The circuits of this process as part of those of several processes. Nothing here is waited for by a request: what the
 * store says changes the copies when it comes, and while it says nothing they go on by themselves.
 */
export class Fleet implements Link {
  readonly clock: Clock
  readonly #store: BreakerStore
  readonly #listener: FleetListener
  readonly #members = new Map<string, Member>()
  #isJoined = false
  #isClosed = false
  /** When the store was lost; `undefined` while it is there, or has not been found yet. */
  #lostAt: number | undefined
  #search: Disposable | undefined

  constructor(store: BreakerStore, clock: Clock, listener: FleetListener) {
    this.#store = store
    this.clock = clock
    this.#listener = listener
    void this.#join()
  }

  get leaseMs(): number {
    return this.#store.leaseMs
  }

  get isJoined(): boolean {
    return this.#isJoined
  }

  /** Makes a circuit a member. */
  admit(target: string, copy: SharedCopy): Member {
    const member = new Member(target, copy, this)
    this.#members.set(target, member)
    this.send(member, { type: 'read' })
    return member
  }

  /** The circuit is no longer remembered. */
  dismiss(target: string): void {
    this.#members.get(target)?.alone()
    this.#members.delete(target)
  }

  send(member: Member, command: StoreCommand): void {
    if (!this.#isJoined) return
    const sentAt = this.clock.now()
    void this.#watched(this.#store.send(member.target, command))
      .catch(() => undefined)
      .then((answer) => this.#told(member, command, { answer, sentAt }))
  }

  #told(
    member: Member,
    command: StoreCommand,
    { answer, sentAt }: { readonly answer: StoreAnswer | undefined; readonly sentAt: number },
  ): void {
    if (answer === undefined || !this.#isJoined) member.unanswered()
    else member.answered(command, answer, sentAt)
  }

  want(target: string): void {
    if (this.#isJoined) this.#watched(this.#store.want(target)).catch(() => undefined)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#isJoined = false
    this.#search?.[Symbol.dispose]()
    for (const member of this.#members.values()) member.alone()
    await this.#store.close()
  }

  /** `work`, and the store given up where it fails or takes too long. */
  async #watched<Result>(work: Promise<Result>): Promise<Result> {
    const late = this.clock.setTimeout(() => this.#lose(), this.#store.patienceMs)
    try {
      return await work
    } catch (error) {
      this.#lose()
      throw error
    } finally {
      late[Symbol.dispose]()
    }
  }

  async #join(): Promise<void> {
    try {
      const heard = this.#store.subscribe({
        news: (news) => {
          if (this.#isJoined) this.#members.get(news.target)?.heard(news)
        },
        back: () => this.#readAll(),
      })
      const late = this.clock.setTimeout(() => this.#miss(), this.#store.patienceMs)
      await heard.finally(() => late[Symbol.dispose]())
      await this.#find()
    } catch {
      this.#miss()
      this.#searchLater(() => void this.#join())
    }
  }

  /** The store answers again: everything is read anew, for news have been missed. */
  async #find(): Promise<void> {
    const began = this.clock.now()
    await this.#store.ping()
    if (this.clock.now() - began > this.#store.patienceMs) throw new Error('The store is slow.')
    if (this.#isClosed) return
    this.#isJoined = true
    if (this.#lostAt !== undefined) this.#listener.regained(this.clock.now() - this.#lostAt)
    this.#lostAt = undefined
    this.#readAll()
  }

  #readAll(): void {
    for (const member of this.#members.values()) this.send(member, { type: 'read' })
  }

  #lose(): void {
    if (!this.#isJoined) return
    this.#miss()
    this.#searchAgain()
  }

  #searchAgain(): void {
    this.#searchLater(() => void this.#find().catch(() => this.#searchAgain()))
  }

  /** Says so once. */
  #miss(): void {
    this.#isJoined = false
    if (this.#isClosed || this.#lostAt !== undefined) return
    this.#lostAt = this.clock.now()
    for (const member of this.#members.values()) member.alone()
    this.#listener.lost()
  }

  #searchLater(run: () => void): void {
    if (this.#isClosed) return
    this.#search?.[Symbol.dispose]()
    this.#search = this.clock.setTimeout(run, searchMs)
  }
}
