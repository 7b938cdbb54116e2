import type { BudgetWindow } from '../contracts/budget.ts'

/** A span of the calendar, in milliseconds since 1970: from `startsAt`, before `endsAt`. */
export interface Span {
  readonly startsAt: number
  readonly endsAt: number
}

const minuteMs = 60_000
const dayMs = 86_400_000

/** The minutes, days and months of one time zone. They follow each other without a gap, whatever its clocks are set to. */
export class Calendar {
  readonly #format: Intl.DateTimeFormat | undefined

  /** @throws RangeError where there is no such time zone. */
  constructor(timeZone = 'UTC') {
    if (timeZone === 'UTC') return
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /** The window that a moment lies in. */
  span(window: BudgetWindow, at: number): Span {
    if (window === 'minute') {
      const startsAt = Math.floor(at / minuteMs) * minuteMs
      return { startsAt, endsAt: startsAt + minuteMs }
    }
    const local = new Date(this.#local(at))
    const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()]
    return window === 'day'
      ? { startsAt: this.#begin(Date.UTC(year, month, day)), endsAt: this.#begin(Date.UTC(year, month, day + 1)) }
      : { startsAt: this.#begin(Date.UTC(year, month, 1)), endsAt: this.#begin(Date.UTC(year, month + 1, 1)) }
  }

  /** What the clocks on the wall show, as if they showed UTC. */
  #local(at: number): number {
    if (this.#format === undefined) return at
    const parts = new Map(this.#format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
    const [year, month, day] = [part('year'), part('month') - 1, part('day')]
    return Date.UTC(year, month, day, part('hour'), part('minute'), part('second'))
  }

  /**
   * The first moment of a date, given as its midnight in UTC. Where clocks are changed at midnight it may come twice, or not at
   * all: then it is the first moment that bears the date.
   */
  #begin(midnight: number): number {
    if (this.#format === undefined) return midnight
    const offsets = [midnight - dayMs, midnight + dayMs].map((near) => this.#local(near) - near)
    const moments = offsets.map((offset) => midnight - offset).filter((moment) => this.#local(moment) >= midnight)
    return Math.min(...moments)
  }
}
