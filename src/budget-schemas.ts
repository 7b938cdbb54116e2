import * as z from 'zod/mini'
import type { BudgetOptions } from './contracts/budget.ts'

/**
 * What a budget must be like.
 *
 * @internal declared nowhere: zod is built in.
 */
export function budgetShape(): Record<keyof BudgetOptions, z.ZodMiniOptional> {
  const whole = z.optional(limits(z.int().check(z.positive())))
  return {
    usd: z.optional(limits(z.number().check(z.positive()))),
    tokens: whole,
    requests: whole,
    onLimit: z.optional(z.enum(['reject', 'downgrade'])),
    downgradeAt: z.optional(z.number().check(z.positive(), z.maximum(1))),
    slack: z.optional(z.number().check(z.nonnegative())),
    unpriced: z.optional(z.enum(['reject', 'allow'])),
    timeZone: z.optional(z.custom(isTimeZone)),
  }
}

function limits(limit: z.ZodMiniType): z.ZodMiniType {
  return z.strictObject({ perMinute: z.optional(limit), perDay: z.optional(limit), perMonth: z.optional(limit) })
}

/**
 * What the limits of a target must be like.
 *
 * @internal declared nowhere: zod is built in.
 */
export function rateLimits(): z.ZodMiniType {
  const limit = z.optional(z.int().check(z.positive()))
  return z.strictObject({ requestsPerMinute: limit, tokensPerMinute: limit, hard: z.optional(z.boolean()) })
}

/** Whether it is the IANA name of a time zone. */
export function isTimeZone(value: unknown): boolean {
  if (typeof value !== 'string') return false
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: value }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
