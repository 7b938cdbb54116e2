import * as z from 'zod/mini'

/**
 * The parts that users bring along: known by the methods they have.
 *
 * @internal declared nowhere: zod is built in.
 */
export function pluggable(): Record<
  | 'providers'
  | 'keys'
  | 'audit'
  | 'telemetry'
  | 'logger'
  | 'serviceKeys'
  | 'classifier'
  | 'clock'
  | 'catalog'
  | 'prices'
  | 'tokenizer',
  z.ZodMiniOptional
> {
  const sink = having('write')
  return {
    providers: z.optional(z.array(having('complete', 'stream', 'supports', 'failure')).check(z.minLength(1))),
    keys: z.optional(having('get')),
    serviceKeys: z.optional(having('open', 'subscribe')),
    // With more than sinks it is checked by itself, so that an unknown name is told as such.
    audit: z.optional(z.union([z.array(sink), sink, z.custom(isTrail)])),
    telemetry: z.optional(z.union([z.array(having('event')), having('event')])),
    logger: z.optional(having('debug', 'warn')),
    classifier: z.optional(having('classify')),
    tokenizer: z.optional(z.custom((value) => typeof value === 'function')),
    clock: z.optional(having('now', 'wall', 'setTimeout')),
    // Card by card in check-options.ts, with the check that adapters have for theirs.
    catalog: z.optional(z.array(z.unknown())),
    prices: z.optional(z.union([having('pricesOf'), z.literal(false)])),
  }
}

function isTrail(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'sinks' in value
}

/**
 * Anything with these methods.
 *
 * @internal declared nowhere: zod is built in.
 */
export function having(...names: readonly string[]): z.ZodMiniType {
  return z.custom(
    (value) => typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function'),
  )
}
