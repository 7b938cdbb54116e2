import type { BudgetCharge, BudgetStore } from '../contracts/budget.ts'

/** Something that the store must learn. Told twice, it counts once. */
export type Telling = (store: BudgetStore) => Promise<void>

/** What a store that is away has to be told when it is back. */
export class Outbox {
  readonly #kept: Telling[] = []
  readonly #owed = new Map<string, BudgetCharge>()

  keep(telling: Telling): void {
    this.#kept.push(telling)
  }

  /** Adds what was spent without the store's knowledge: one sum per counter, however long it is away. */
  owe(charges: readonly BudgetCharge[]): void {
    for (const { key, startsAt, endsAt, amount } of charges) {
      if (amount === 0n) continue
      const place = `${startsAt} ${key}`
      this.#owed.set(place, { key, startsAt, endsAt, amount: amount + (this.#owed.get(place)?.amount ?? 0n) })
    }
  }

  /** All that is owed, as one telling; from then on it is owed no more. */
  debt(): Telling {
    const charges = [...this.#owed.values()]
    this.#owed.clear()
    const id = crypto.randomUUID()
    return charges.length === 0 ? () => Promise.resolve() : (store) => store.charge(id, charges)
  }

  /** Tells everything; false where the store went away over it. */
  async empty(store: BudgetStore): Promise<boolean> {
    if (this.#owed.size > 0) this.keep(this.debt())
    for (;;) {
      const [next] = this.#kept
      if (next === undefined) return true
      try {
        await next(store)
      } catch {
        return false
      }
      this.#kept.shift()
    }
  }
}
