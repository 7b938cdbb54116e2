import * as z from 'zod/mini'
import { auditShape } from './audit-schema.ts'
import { budgetShape, isTimeZone, rateLimits } from './budget-schemas.ts'
import { isTenantName } from './contracts/tenant.ts'
import type { FailoverOptions } from './failover.ts'
import { having, pluggable } from './part-schemas.ts'
import { shadowShape } from './shadow/shape.ts'

/** What the options of a router, and those of a call, must be like: zod's schemas, which no declaration of ours names. */
export interface Schemas {
  readonly router: object
  readonly routing: object
  /** Of `audit`, where that is more than sinks. */
  readonly audit: object
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
  const shared = {
    region: z.optional(text),
    strict: z.optional(flag),
    order: z.optional(z.enum(['listed', 'cheapest'])),
    clocks: z.optional(clocks()),
    maxCostUsd: z.optional(z.number().check(z.positive())),
    ...failover(),
  }
  const perProvider = z.record(z.string(), z.record(z.string(), z.unknown()))
  const overruled = { tenant: z.optional(z.custom(isTenantName)), hedge: unless(hedging()), escalate: unless(escalation()) }
  const agent = z.strictObject({
    affinity: unless(affinity()),
    shadow: unless(shadowShape()),
    ...overruled,
    primary: text,
    fallback: z.optional(texts),
    providerOptions: z.optional(perProvider),
    budget: z.optional(z.strictObject(budgetShape())),
    ...shared,
  })
  const tiers = z.strictObject({ simple: z.optional(texts), standard: z.optional(texts), complex: z.optional(texts) })
  const router = z.strictObject({
    ...shared,
    ...pluggable(),
    models: z.optional(z.record(text, z.union([text, texts.check(z.minLength(1)), group()]))),
    targets: z.optional(z.record(text, target())),
    tiers: z.optional(tiers),
    agents: z.optional(z.record(text, agent)),
    affinity: z.optional(affinity()),
    hedge: z.optional(hedging()),
    escalate: z.optional(escalation()),
    ...kept(),
    baseline: z.optional(text),
    forwardTo: z.optional(text),
    ...sending(),
  })
  const routing = z.strictObject({
    ...shared,
    ...overruled,
    agent: z.optional(text),
    fallback: z.optional(texts),
    providerOptions: z.optional(perProvider),
    forwardTo: z.optional(text),
  })
  return { router, routing, audit: z.strictObject({ audit: auditShape(having('write')) }) }
}

/** How calls are taken and sent, most of it as in the OpenAI client. */
function sending(): Record<'fastPath' | 'maxRetries' | 'timeout' | 'defaultHeaders', z.ZodMiniOptional> {
  return {
    fastPath: z.optional(z.boolean()),
    maxRetries: z.optional(z.int().check(z.nonnegative())),
    timeout: z.optional(z.int().check(z.positive())),
    defaultHeaders: z.optional(z.record(z.string(), z.union([z.string(), z.null(), z.undefined()]))),
  }
}

function clocks(): z.ZodMiniType {
  return z.strictObject({ ...attemptClocks(), totalMs: z.optional(clock()) })
}

/** The limits of one attempt. */
function attemptClocks(): Record<'attemptMs' | 'firstTokenMs' | 'idleMs', z.ZodMiniOptional> {
  const limit = z.optional(clock())
  return { attemptMs: limit, firstTokenMs: limit, idleMs: limit }
}

function clock(): z.ZodMiniType {
  return z.custom((value) => typeof value === 'number' && value > 0)
}

function failover(): Record<keyof FailoverOptions, z.ZodMiniOptional> {
  const switching = z.optional(z.enum(['return', 'switch']))
  return {
    onContextLength: switching,
    onTooLarge: switching,
    onRefusal: switching,
    whenAllOpen: z.optional(z.enum(['reject', 'probe'])),
    maxAttempts: z.optional(z.int().check(z.positive())),
    afterCommit: z.optional(
      z.union([
        z.enum(['fail', 'buffer', 'restart']),
        z.strictObject({ continueWith: z.custom((value) => typeof value === 'function') }),
      ]),
    ),
  }
}

function affinity(): z.ZodMiniType {
  return z.strictObject({ ttlMs: z.number().check(z.positive()) })
}

function hedging(): z.ZodMiniType {
  return z.strictObject({
    afterMs: z.optional(z.union([z.number().check(z.nonnegative(), z.maximum(2 ** 31 - 1)), z.literal('p95')])),
    maxCostUsd: z.number().check(z.nonnegative()),
    minSamples: z.optional(z.int().check(z.positive())),
  })
}

/** What an agent or a call may switch off. */
function unless(schema: z.ZodMiniType): z.ZodMiniOptional {
  return z.optional(z.union([schema, z.literal(false)]))
}

function escalation(): z.ZodMiniType {
  return z.strictObject({
    validate: z.optional(z.custom((value) => typeof value === 'function')),
    when: z.optional(z.array(z.enum(['empty', 'schema', 'invalid'])).check(z.minLength(1))),
    to: z.optional(z.array(z.string().check(z.minLength(1))).check(z.minLength(1))),
    maxSteps: z.optional(z.int().check(z.positive())),
    onExhausted: z.optional(z.enum(['return', 'fail'])),
  })
}

/** What the router keeps beyond a call. */
function kept(): Record<'breaker' | 'budget' | 'ledger' | 'shadow', z.ZodMiniOptional> {
  return {
    breaker: z.optional(breaker()),
    budget: z.optional(routerBudget()),
    ledger: z.optional(ledger()),
    shadow: z.optional(shadowShape()),
  }
}

function routerBudget(): z.ZodMiniType {
  return z.strictObject({
    ...budgetShape(),
    store: z.optional(having('reserve', 'settle', 'charge', 'read')),
    onStoreLost: z.optional(z.enum(['local', 'reject'])),
  })
}

/** Several targets of equal rank. */
function group(): z.ZodMiniType {
  const text = z.string().check(z.minLength(1))
  const weight = z.optional(z.number().check(z.positive()))
  return z.strictObject({
    targets: z.array(z.union([text, z.strictObject({ target: text, weight })])).check(z.minLength(1)),
    share: z.enum(['weight', 'least-pending', 'latency']),
  })
}

function ledger(): z.ZodMiniType {
  return z.strictObject({
    store: z.optional(having('append', 'read')),
    timeZone: z.optional(z.custom(isTimeZone)),
    keepDays: z.optional(z.int().check(z.positive())),
    answerLength: z.optional(z.custom(isRange)),
  })
}

function isFactor(factor: unknown): factor is number {
  return typeof factor === 'number' && factor > 0 && factor < Infinity
}

/** Two factors, the smaller one first. */
function isRange(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [low, high]: readonly unknown[] = value
  return isFactor(low) && isFactor(high) && low <= high
}

function target(): z.ZodMiniType {
  return z.strictObject({
    clocks: z.optional(z.strictObject(attemptClocks())),
    limits: z.optional(rateLimits()),
    maxConcurrent: z.optional(z.int().check(z.positive())),
    maxQueue: z.optional(z.int().check(z.nonnegative())),
    queueMs: z.optional(z.number().check(z.positive(), z.maximum(2 ** 31 - 1))),
  })
}

function breaker(): z.ZodMiniType {
  const ms = z.number().check(z.nonnegative(), z.maximum(2 ** 31 - 1))
  return z.strictObject({
    failures: z.optional(z.int().check(z.positive())),
    cooldownMs: z.optional(ms),
    cooldownFactor: z.optional(z.number().check(z.minimum(1))),
    jitter: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
    key: z.optional(z.custom((value) => typeof value === 'function')),
    store: z.optional(having('subscribe', 'send', 'want', 'ping', 'close')),
  })
}
