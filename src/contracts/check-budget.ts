import type { BudgetLimits, BudgetOptions } from './budget.ts'
import { oneOf, optional, shape, wrong } from './check-shape.ts'
import type { Check, Fields } from './check-shape.ts'

const amount: Check = (value) =>
  typeof value === 'number' && value > 0 && value < Infinity ? undefined : wrong('a number above 0', value)
const whole: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) > 0 ? undefined : wrong('a whole number above 0', value)
const share: Check = (value) =>
  typeof value === 'number' && value > 0 && value <= 1 ? undefined : wrong('a number above 0, at most 1', value)
const slack: Check = (value) =>
  typeof value === 'number' && value >= 0 && value < Infinity ? undefined : wrong('a number, 0 or more', value)

const timeZone: Check = (value) => {
  if (typeof value !== 'string') return wrong('the IANA name of a time zone', value)
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: value }).format(0)
    return undefined
  } catch {
    return wrong('the IANA name of a time zone, such as Europe/Berlin', value)
  }
}

function limits(check: Check): Check {
  const fields: Fields<BudgetLimits> = { perMinute: optional(check), perDay: optional(check), perMonth: optional(check) }
  return shape(fields)
}

const fields: Fields<BudgetOptions> = {
  usd: optional(limits(amount)),
  tokens: optional(limits(whole)),
  requests: optional(limits(whole)),
  onLimit: optional(oneOf({ reject: true, downgrade: true })),
  downgradeAt: optional(share),
  slack: optional(slack),
  unpriced: optional(oneOf({ reject: true, allow: true })),
  timeZone: optional(timeZone),
}

/** A budget as it is read from JSON or given by an application without types. */
export const budget: Check = shape(fields)
