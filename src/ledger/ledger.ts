import type { BookedEntry, LedgerEntry, LedgerKey, LedgerQuery, LedgerStore, LedgerSums } from '../contracts/ledger.ts'
import { ModelyardError } from '../errors.ts'
import { Book } from './book.ts'
import type { Baseline } from './compared.ts'
import { baselineCost, nothingCompared } from './compared.ts'
import { csvOf } from './csv.ts'
import { daysIn, isDay } from './days.ts'
import type { OutboxParts } from './outbox.ts'
import { Outbox } from './outbox.ts'
import type { LedgerRow } from './rows.ts'
import { rowOf } from './rows.ts'
import type { Range, Saving } from './saving.ts'
import { savingOf } from './saving.ts'
import { speedOf } from './sum.ts'
import { ledgerTable } from './table.ts'

/** What a query gives, ready to be shown: plain data, of one moment. */
export interface LedgerReport {
  readonly rows: readonly LedgerRow[]
  /** `null` where nothing was booked. */
  readonly total: LedgerRow | null
  readonly saving: Saving
  readonly toJSON: () => { readonly saving: Saving; readonly rows: readonly LedgerRow[] }
  /** The rows after RFC 4180, safe to open in a spreadsheet. */
  readonly toCSV: () => string
  /** A table for people. */
  readonly toString: () => string
}

/** The books of one router, as `client.ledger` gives them. What stands here without a promise is this router's own. */
export interface Ledger {
  /** One row per distinct combination of `by`; without `by` one row for everything, none where nothing was booked. */
  totals(query?: LedgerQuery): readonly LedgerRow[]
  saving(query?: Omit<LedgerQuery, 'by'>): Saving
  /**
   * What the store holds: of every router that writes to it, before and after restarts. Without a store, this router's own.
   * Default: by agent, provider, model and tier. Rejects as the store does.
   */
  report(query?: LedgerQuery): Promise<LedgerReport>
  toJSON(): { readonly saving: Saving; readonly rows: readonly LedgerRow[] }
  /** The rows after RFC 4180, safe to open in a spreadsheet. Default: by day, agent, provider, model and tier. */
  toCSV(query?: LedgerQuery): string
  /** A table for people. */
  toString(): string
  /** The days before this one are kept as one sum, which queries with `from` or `to` leave out; `null` where none is. */
  readonly summedBefore: string | null
  /** Entries on their way to the store. */
  readonly waiting: number
  /** Entries that the store has not got, for too many waited or it was away at `close()`. */
  readonly dropped: number
}

/** A ledger with the side that the router writes to. */
export interface Books extends Ledger {
  add(entry: LedgerEntry): void
  /** Resolves when the store has what was booked so far, or cannot be had. Never rejects. */
  flush(): Promise<void>
  /** As `flush`, then closes the store. Never rejects. */
  close(): Promise<void>
}

/** What a ledger needs. */
export interface BooksOptions {
  /** Default: no comparison. */
  readonly baseline?: Baseline
  /** How many times the tokens the baseline's answers may have. Default: not said. */
  readonly answerLength?: Range
  /** Default `UTC`. */
  readonly timeZone?: string
  /** How many days are told apart in memory. Default 93. */
  readonly keepDays?: number
  /** Default: none. */
  readonly shared?: OutboxParts & { readonly store: LedgerStore }
}

const usual = ['agent', 'provider', 'model', 'tier'] as const satisfies readonly LedgerKey[]

/** An empty ledger. */
export function createLedger(options: BooksOptions = {}): Books {
  return new RouterBooks(options)
}

class RouterBooks implements Books {
  readonly #baseline: Baseline | undefined
  readonly #answerLength: Range | undefined
  readonly #book: Book
  readonly #dayOf: (wallMs: number) => string
  readonly #store: LedgerStore | undefined
  readonly #outbox: Outbox | undefined

  constructor({ baseline, answerLength, timeZone = 'UTC', keepDays = 93, shared }: BooksOptions) {
    this.#baseline = baseline
    this.#answerLength = answerLength
    this.#book = new Book(keepDays)
    this.#dayOf = daysIn(timeZone)
    this.#store = shared?.store
    this.#outbox = shared === undefined ? undefined : new Outbox(shared)
  }

  add(entry: LedgerEntry): void {
    const booked = bookedEntry(entry, this.#dayOf, this.#baseline)
    this.#book.add(booked)
    this.#outbox?.add(booked)
  }

  totals(query: LedgerQuery = {}): readonly LedgerRow[] {
    return this.#own(query).rows
  }

  saving(query: Omit<LedgerQuery, 'by'> = {}): Saving {
    return this.#own({ ...query, by: [] }).saving
  }

  async report(query: LedgerQuery = {}): Promise<LedgerReport> {
    const asked = checked({ by: usual, ...query })
    if (this.#store === undefined) return this.#own(asked)
    await this.#outbox?.flush()
    return this.#reportOf(await this.#store.read(asked, this.#baseline?.name ?? null))
  }

  toJSON(): ReturnType<LedgerReport['toJSON']> {
    return this.#own({ by: usual }).toJSON()
  }

  toCSV(query: LedgerQuery = {}): string {
    return this.#own({ by: ['day', ...usual], ...query }).toCSV()
  }

  toString(): string {
    return String(this.#own({ by: usual }))
  }

  get summedBefore(): string | null {
    return this.#book.summedBefore
  }

  get waiting(): number {
    return this.#outbox?.waiting ?? 0
  }

  get dropped(): number {
    return this.#outbox?.dropped ?? 0
  }

  async flush(): Promise<void> {
    await this.#outbox?.flush()
  }

  async close(): Promise<void> {
    await this.#outbox?.close()
    await this.#store?.close?.().catch(() => undefined)
  }

  #own(query: LedgerQuery): LedgerReport {
    return this.#reportOf(this.#book.read(checked(query)))
  }

  #reportOf({ rows: sums, total: sum }: LedgerSums): LedgerReport {
    const against = this.#baseline?.name ?? null
    const rows = sums.map((each) => rowOf(each, against))
    const total = sum === null ? null : rowOf(sum, against)
    const saving = savingOf(sum?.compared ?? nothingCompared(), against, this.#answerLength)
    return {
      rows,
      total,
      saving,
      toJSON: () => ({ saving, rows }),
      toCSV: () => csvOf(rows),
      toString: () => ledgerTable(rows, total, saving),
    }
  }
}

function bookedEntry(entry: LedgerEntry, dayOf: (wallMs: number) => string, baseline: Baseline | undefined): BookedEntry {
  const tokensPerSecond = speedOf(entry)
  return {
    ...entry,
    day: dayOf(entry.at),
    against: baselineCost(entry, baseline),
    ...(tokensPerSecond !== undefined && { tokensPerSecond }),
  }
}

const keys: ReadonlySet<string> = new Set<LedgerKey>([...usual, 'role', 'day'])

/** @throws ModelyardError `BAD_OPTION` for what no ledger can be asked. */
function checked(query: LedgerQuery): LedgerQuery {
  const { by = [], where = {} } = query
  if (!Array.isArray(by)) throw bad('by', "must be a list such as ['agent', 'day']")
  const unknown = by.find((key: string) => !keys.has(key))
  if (unknown !== undefined) throw bad('by', `must be of ${[...keys].join(', ')}, got ${quoted(unknown)}`)
  for (const name of Object.keys(where))
    if (name === 'day' || !keys.has(name))
      throw bad('where', `can have ${[...keys].filter((key) => key !== 'day').join(', ')}, got ${quoted(name)}`)
  checkDays(query)
  return query
}

function checkDays({ from, to }: LedgerQuery): void {
  for (const [name, day] of Object.entries({ from, to }))
    if (day !== undefined && !isDay(day)) throw bad(name, 'must be a day such as 2026-11-22')
  if (from !== undefined && to !== undefined && from > to) throw bad('from', `must not be after to, got ${from} and ${to}`)
}

function quoted(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 40))
}

function bad(field: string, problem: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `client.ledger: ${field} ${problem}`, { field })
}
