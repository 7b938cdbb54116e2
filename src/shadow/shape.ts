import * as z from 'zod/mini'
import { validator } from '../compare/validator-shape.ts'

/**
 * The shape of the option `shadow`.
 *
 * @internal declared nowhere: zod is built in.
 */
export function shadowShape(): z.ZodMiniType {
  const text = z.string().check(z.minLength(1))
  const isFunction = z.custom((value) => typeof value === 'function')
  const count = z.optional(z.int().check(z.positive()))
  return z.strictObject({
    share: z.number().check(z.positive(), z.maximum(1)),
    targets: z.array(text).check(z.minLength(1)),
    maxUsdPerDay: z.number().check(z.positive(), z.maximum(1e9)),
    filter: z.optional(isFunction),
    seed: z.optional(z.int().check(z.nonnegative(), z.maximum(2 ** 32 - 1))),
    onResult: z.optional(isFunction),
    validators: z.optional(z.record(text, validator())),
    concurrency: count,
    maxQueue: count,
    keep: count,
    content: z.optional(z.boolean()),
  })
}
