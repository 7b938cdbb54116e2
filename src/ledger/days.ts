/** Offsets of time zones change at full quarters of an hour, so a quarter lies within one day. */
const quarterMs = 900_000

/**
 * The day of a time in milliseconds since 1970, `YYYY-MM-DD` in that IANA time zone. The latest quarter of an hour is kept:
 * formatting a date costs more than booking a call.
 */
export function daysIn(timeZone: string): (wallMs: number) => string {
  const format = timeZone === 'UTC' ? utcDay : dayIn(timeZone)
  let quarter = Number.NaN
  let day = ''
  return (wallMs) => {
    const now = Math.floor(wallMs / quarterMs)
    if (now !== quarter) {
      day = format(wallMs)
      quarter = now
    }
    return day
  }
}

function utcDay(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10)
}

function dayIn(timeZone: string): (wallMs: number) => string {
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return (wallMs) => {
    const parts = new Map(format.formatToParts(wallMs).map(({ type, value }) => [type, value]))
    return `${(parts.get('year') ?? '').padStart(4, '0')}-${parts.get('month') ?? ''}-${parts.get('day') ?? ''}`
  }
}

/** Whether it is a day of the calendar, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}
