import type { StreamAccounts } from './accounts.ts'
import type { Failure } from './contracts/failure.ts'
import type { Cut } from './interruption.ts'
import { interruption } from './interruption.ts'
import type { Journey } from './journey.ts'
import type { Reading } from './reading.ts'
import type { Resumption } from './resumption.ts'
import { nothingSpent } from './runtime.ts'

/** What a stream's breaks leave behind: settled attempts, what the caller has seen of them, and the error for it. */
export class Cuts {
  readonly #journey: Journey
  readonly #accounts: StreamAccounts
  readonly #resumption: Resumption | undefined
  #latest: Cut | undefined

  constructor(journey: Journey, accounts: StreamAccounts, resumption: Resumption | undefined) {
    this.#journey = journey
    this.#accounts = accounts
    this.#resumption = resumption
  }

  /** The latest break of which the caller has seen something. */
  get latest(): Cut | undefined {
    return this.#latest
  }

  /** Settles an attempt that broke before the caller had seen anything of it. Where no vendor accepted it, it costs nothing. */
  drop(reading: Reading, error: unknown): Failure {
    const account = reading.attempt.headers === undefined ? nothingSpent : this.#accounts.unfinished(reading)
    return this.#journey.fail(reading.attempt, error, account)
  }

  /** Settles an attempt that another one has outrun. The vendor is likely to charge for it, whether it had accepted it or not. */
  lose(reading: Reading): void {
    this.#journey.fail(reading.attempt, undefined, this.#accounts.unfinished(reading))
  }

  /** Settles an attempt of which the caller has seen something. */
  sever(reading: Reading, error: unknown): Cut {
    const { number, target } = reading.attempt
    const account = this.#accounts.unfinished(reading)
    const failure = this.#journey.fail(reading.attempt, error, account)
    this.#journey.journal.emit({ type: 'stream.interrupted', attempt: number, target: target.id, kind: failure.kind })
    const before = this.#latest === undefined ? '' : (this.#resumption?.textBefore(this.#latest) ?? '')
    this.#latest = { reading, failure, account, textBefore: before }
    return this.#latest
  }

  /** Ends the request. The error is an interruption where the caller has seen content, whatever went wrong after that. */
  end(failure: Failure, cause?: unknown): Error {
    const attempts = this.#journey.journal.failed
    return this.#journey.end(failure, this.#latest === undefined ? undefined : interruption(this.#latest, { attempts, cause }))
  }
}
