import * as z from 'zod/mini'

/**
 * The shape of a validator.
 *
 * @internal declared nowhere: zod is built in.
 */
export function validator(): z.ZodMiniType {
  const text = z.string().check(z.minLength(1))
  return z.union([
    z.custom((value) => typeof value === 'function' || value instanceof RegExp || value === 'expected'),
    z.strictObject({ contains: z.union([text, z.array(text).check(z.minLength(1))]) }),
    z.strictObject({ jsonSchema: z.custom((value) => typeof value === 'object' && value !== null) }),
  ])
}
