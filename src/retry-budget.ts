// In tenths of a token, so that sums stay exact.
const full = 100
const enough = 50
const failureCosts = 10
const successGives = 1

// Callers may name any model; the longest unused budgets are forgotten, which fills them.
const mostKept = 10_000

/**
 * How much trying again a target has left: 10 tokens, of which a failure that could be tried again takes one and a success
 * gives back a tenth. With 5 or fewer nobody tries it again, so that retries do not multiply what a failing vendor has to
 * bear. Going on to another target is not its business.
 */
export class RetryBudget {
  /** Of those that are not full. */
  readonly #tokens = new Map<string, number>()

  /** Whether the target may be tried again. */
  allows(circuit: string): boolean {
    return (this.#tokens.get(circuit) ?? full) > enough
  }

  failed(circuit: string): void {
    const left = Math.max(0, (this.#tokens.get(circuit) ?? full) - failureCosts)
    this.#tokens.delete(circuit)
    this.#tokens.set(circuit, left)
    if (this.#tokens.size <= mostKept) return
    for (const oldest of this.#tokens.keys()) {
      this.#tokens.delete(oldest)
      return
    }
  }

  succeeded(circuit: string): void {
    // The usual case, for every call.
    if (this.#tokens.size === 0) return
    const tokens = this.#tokens.get(circuit)
    if (tokens === undefined) return
    if (tokens + successGives >= full) this.#tokens.delete(circuit)
    else this.#tokens.set(circuit, tokens + successGives)
  }
}
