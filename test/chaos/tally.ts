/** What there was to count. */
export interface Tally {
  readonly calls: number
  /** Requests that a fault has struck. */
  readonly faults: number
  /** Calls that ended with a whole answer. */
  readonly answered: number
  /** Calls that ended with an error. */
  readonly failed: number
  /** Calls whose caller left before the end. */
  readonly left: number
  readonly wrongTexts: number
}

export const nothing: Tally = { calls: 0, faults: 0, answered: 0, failed: 0, left: 0, wrongTexts: 0 }

export function sumOf(one: Tally, other: Tally): Tally {
  return {
    calls: one.calls + other.calls,
    faults: one.faults + other.faults,
    answered: one.answered + other.answered,
    failed: one.failed + other.failed,
    left: one.left + other.left,
    wrongTexts: one.wrongTexts + other.wrongTexts,
  }
}
