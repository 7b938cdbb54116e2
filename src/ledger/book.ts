import type { BookedEntry, LedgerKey, LedgerQuery, LedgerRowKey, LedgerSums } from '../contracts/ledger.ts'
import { rowKeyOf } from './row-key.ts'
import type { Sum } from './sum.ts'
import { book, emptySum, mergeInto, summed } from './sum.ts'

/** Beyond so many rows a day models are no longer told apart: callers may name any model, and must not fill the memory so. */
const mostRows = 1000
const otherModels = '(other models)'

const keys = ['agent', 'provider', 'model', 'tier', 'role', 'day'] as const satisfies readonly LedgerKey[]

type Page = Map<string, Sum>

/**
 * The sums of one router, in memory that grows with days and distinct rows, not with calls. Of the oldest days one sum per
 * row stays, so that what was spent altogether is never lost.
 */
export class Book {
  readonly #keepDays: number
  readonly #pages = new Map<string, Page>()
  readonly #earlier: Page = new Map()
  #summedBefore: string | null = null

  constructor(keepDays: number) {
    this.#keepDays = keepDays
  }

  /** The first day that is still told apart from those before it; `null` while all are. */
  get summedBefore(): string | null {
    return this.#summedBefore
  }

  add(entry: BookedEntry): void {
    const page = this.#pageOf(entry.day)
    book(rowOf(page, entry, page === this.#earlier ? undefined : entry.day), entry)
  }

  read({ by = [], where = {}, from, to }: LedgerQuery): LedgerSums {
    const total = emptySum({})
    const rows: Page = new Map()
    for (const sum of this.#sums(from, to)) {
      if (!isAsked(sum.key, where)) continue
      mergeInto(total, sum)
      const key = pick(sum.key, by)
      if (by.length > 0) mergeInto(sumFor(rows, `${nameOf(key)}\0${key.day ?? ''}`, key), sum)
    }
    if (total.calls === 0) return { rows: [], total: null }
    return { rows: (by.length === 0 ? [total] : [...rows.values()]).map(summed), total: summed(total) }
  }

  *#sums(from: string | undefined, to: string | undefined): Generator<Sum> {
    // Of which days it is made nobody knows any more.
    if (from === undefined && to === undefined) yield* this.#earlier.values()
    for (const [day, page] of this.#pages)
      if ((from === undefined || day >= from) && (to === undefined || day <= to)) yield* page.values()
  }

  #pageOf(day: string): Page {
    const known = this.#pages.get(day)
    if (known !== undefined) return known
    if (this.#summedBefore !== null && day < this.#summedBefore) return this.#earlier
    const page: Page = new Map()
    this.#pages.set(day, page)
    return this.#pages.size > this.#keepDays && this.#close() === day ? this.#earlier : page
  }

  /** Sums up the oldest day with those before it, and says which it was. */
  #close(): string | undefined {
    const [oldest, next] = [...this.#pages.keys()].toSorted()
    for (const sum of this.#pages.get(oldest ?? '')?.values() ?? []) mergeInto(rowOf(this.#earlier, sum.key, undefined), sum)
    this.#pages.delete(oldest ?? '')
    this.#summedBefore = next ?? null
    return oldest
  }
}

function isAsked(key: LedgerRowKey, where: NonNullable<LedgerQuery['where']>): boolean {
  return keys.every((name) => name === 'day' || where[name] === undefined || key[name] === where[name])
}

/** The row of a page that these attempts belong to. */
function rowOf(page: Page, key: LedgerRowKey, day: string | undefined): Sum {
  const name = nameOf(key)
  const known = page.get(name)
  if (known !== undefined) return known
  const { day: _day, ...undated } = rowKeyOf(key)
  const row = day === undefined ? undated : { ...undated, day }
  return page.size < mostRows ? sumFor(page, name, row) : sumOfOthers(page, row)
}

function sumOfOthers(page: Page, row: LedgerRowKey): Sum {
  const others = { ...row, model: otherModels }
  return sumFor(page, nameOf(others), others)
}

function sumFor(page: Page, name: string, key: LedgerRowKey): Sum {
  let sum = page.get(name)
  if (sum === undefined) {
    sum = emptySum(key)
    page.set(name, sum)
  }
  return sum
}

/** Within a page. */
function nameOf({ agent = '', provider = '', model = '', tier, role }: LedgerRowKey): string {
  return `${agent}\0${provider}\0${model}\0${tier ?? ''}\0${role ?? ''}`
}

function pick(key: LedgerRowKey, by: readonly LedgerKey[]): LedgerRowKey {
  const picked: { -readonly [name in LedgerKey]?: LedgerRowKey[name] } = rowKeyOf(key)
  for (const name of keys) if (!by.includes(name)) delete picked[name]
  return picked
}
