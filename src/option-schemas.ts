import * as z from 'zod/mini'

/** What the options of a router, and those of a call, must be like: zod's schemas, which no declaration of ours names. */
export interface Schemas {
  readonly router: object
  readonly routing: object
}

/** Built at the first check: most of what importing this file would cost. */
export const schemas: () => Schemas = once(buildSchemas)

function once<Value>(build: () => Value): () => Value {
  let built: Value | undefined
  return () => (built ??= build())
}

function buildSchemas(): Schemas {
  const text = z.string().check(z.minLength(1))
  const texts = z.array(text)
  const flag = z.boolean()
  const clock = z.custom((value) => typeof value === 'number' && value > 0)
  const clocks = z.strictObject({
    attemptMs: z.optional(clock),
    firstTokenMs: z.optional(clock),
    idleMs: z.optional(clock),
    totalMs: z.optional(clock),
  })
  const shared = {
    region: z.optional(text),
    strict: z.optional(flag),
    clocks: z.optional(clocks),
  }
  const perProvider = z.record(z.string(), z.record(z.string(), z.unknown()))
  const agent = z.strictObject({ primary: text, fallback: z.optional(texts), providerOptions: z.optional(perProvider), ...shared })
  const tiers = z.strictObject({ simple: z.optional(texts), standard: z.optional(texts), complex: z.optional(texts) })
  const router = z.strictObject({
    ...shared,
    ...pluggable(),
    models: z.optional(z.record(text, z.union([text, texts.check(z.minLength(1))]))),
    tiers: z.optional(tiers),
    agents: z.optional(z.record(text, agent)),
    breaker: z.optional(breaker()),
    baseline: z.optional(text),
    fastPath: z.optional(flag),
    maxRetries: z.optional(z.int().check(z.nonnegative())),
    timeout: z.optional(z.int().check(z.positive())),
    defaultHeaders: z.optional(z.record(z.string(), z.union([z.string(), z.null(), z.undefined()]))),
  })
  const routing = z.strictObject({
    ...shared,
    agent: z.optional(text),
    fallback: z.optional(texts),
    providerOptions: z.optional(perProvider),
  })
  return { router, routing }
}

/** The parts that users bring along: known by the methods they have. */
function pluggable(): Record<'providers' | 'keys' | 'audit' | 'classifier' | 'clock' | 'catalog', z.ZodMiniOptional> {
  const sink = having('write')
  return {
    providers: z.optional(z.array(having('complete', 'stream', 'supports', 'failure')).check(z.minLength(1))),
    keys: z.optional(having('get')),
    audit: z.optional(z.union([z.array(sink), sink])),
    classifier: z.optional(having('classify')),
    clock: z.optional(having('now', 'wall', 'setTimeout')),
    // Card by card in check-options.ts, with the check that adapters have for theirs.
    catalog: z.optional(z.array(z.unknown())),
  }
}

function breaker(): z.ZodMiniType {
  const ms = z.number().check(z.nonnegative(), z.maximum(2 ** 31 - 1))
  return z.strictObject({
    failures: z.optional(z.int().check(z.positive())),
    cooldownMs: z.optional(ms),
    cooldownFactor: z.optional(z.number().check(z.minimum(1))),
    jitter: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
    key: z.optional(z.custom((value) => typeof value === 'function')),
  })
}

function having(...names: readonly string[]): z.ZodMiniType {
  return z.custom(
    (value) => typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function'),
  )
}
