const unitsMs: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
}

/** Numbers from here on are moments and no spans: seconds since 1970, and a thousand times that, milliseconds. */
const firstMoment = 1e9
const firstMomentMs = 1e12

/**
 * How long until a limit is full again, in ms, as vendors write it: `6m0s`, `7.66s`, `120ms`; plain seconds; a moment, in RFC 3339
 * or as a number since 1970. Nothing where it is none of these.
 */
export function resetMs(text: string, wallMs: number): number | undefined {
  const word = text.trim()
  if (/^\d+(?:\.\d+)?$/.test(word)) return spanOf(Number(word), wallMs)
  if (/^(?:\d+(?:\.\d+)?(?:ms|us|µs|ns|[dhms]))+$/.test(word)) {
    const spans = [...word.matchAll(/(\d+(?:\.\d+)?)(ms|us|µs|ns|[dhms])/g)]
    return spans.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (unitsMs[unit] ?? 0), 0)
  }
  const moment = /^\d{4}-\d\d-\d\dT/.test(word) ? Date.parse(word) : Number.NaN
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - wallMs)
}

function spanOf(amount: number, wallMs: number): number {
  if (amount >= firstMomentMs) return Math.max(0, amount - wallMs)
  return amount >= firstMoment ? Math.max(0, amount * 1000 - wallMs) : amount * 1000
}
