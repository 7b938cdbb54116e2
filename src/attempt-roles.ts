import type { AttemptRole } from './contracts/ledger.ts'

/** What went before an attempt. */
export interface Before {
  /** 1, 2, 3 within its request. */
  readonly number: number
  /** An answer that was not good enough. */
  readonly isStepUp: boolean
  /** The same target has failed already. */
  readonly isAgain: boolean
}

/** Why each attempt of a request was made. */
export class AttemptRoles {
  readonly #roles: AttemptRole[] = []
  #isBeside = false

  /** The next attempt is made beside the one that runs. */
  beside(): void {
    this.#isBeside = true
  }

  started(before: Before): void {
    this.#roles[before.number - 1] = this.#isBeside ? 'hedge' : roleAfter(before)
    this.#isBeside = false
  }

  of(number: number): AttemptRole {
    return this.#roles[number - 1] ?? 'first'
  }
}

function roleAfter({ number, isStepUp, isAgain }: Before): AttemptRole {
  if (isStepUp) return 'escalation'
  if (number === 1) return 'first'
  return isAgain ? 'retry' : 'switch'
}
