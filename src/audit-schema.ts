import * as z from 'zod/mini'

/**
 * What the options of the audit trail must be like; `sink` says what a sink must be.
 *
 * @internal declared nowhere: zod is built in.
 */
export function auditShape(sink: z.ZodMiniType): z.ZodMiniType {
  return z.strictObject({
    sinks: z.union([z.array(sink), sink]),
    onFull: z.optional(z.enum(['drop', 'block'])),
    queueLimit: z.optional(z.int().check(z.positive())),
    drainMs: z.optional(z.number().check(z.positive(), z.maximum(2 ** 31 - 1))),
    content: z.optional(z.custom(isContent)),
    subject: z.optional(
      z.strictObject({
        pepper: z.custom((value) => typeof value === 'string' && value.length >= 16),
        from: z.optional(z.union([z.enum(['safety_identifier', 'user']), z.custom((value) => typeof value === 'function')])),
      }),
    ),
  })
}

function isContent(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'keep' in value && typeof value.keep === 'function'
}
