import { randomUUID } from 'node:crypto'
import type { BreakerState, BreakerStore, StoreAnswer, StoreCommand, StoreNews } from '../contracts/breaker.ts'
import type { BudgetMeter, BudgetStore } from '../contracts/budget.ts'
import { ModelyardError } from '../errors.ts'
import { chargeScript, readScript, reserveScript, settleScript } from './budget-script.ts'
import { answerOf as budgetAnswerOf, talliesOf } from './budget-words.ts'
import { type RedisClient, redisPort } from './client.ts'
import { circuitScript } from './script.ts'

/** Options of {@link redisBreakers}. */
export interface RedisBreakersOptions {
  /** A client of the `redis` or `ioredis` package, which you connect and close. A second connection is made of it for news. */
  readonly client: RedisClient
  /** What all keys and the channel begin with; routers that share a prefix share their circuits. Default `modelyard:breaker:`. */
  readonly prefix?: string
  /** How long a test of a process that was killed keeps others from theirs, in ms. Default 5000, at least 300. */
  readonly leaseMs?: number
  /** How long Redis may take to answer before this process goes on with circuits of its own, in ms. Default 50. */
  readonly patienceMs?: number
}

/**
 * Circuit breakers that all processes with the same Redis and prefix share: failures are counted together, an opening is
 * everybody's at once, and one process makes the test. For one router: `createRouter({ breaker: { store: redisBreakers({ client }) } })`.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` with the field.
 */
export function redisBreakers(options: RedisBreakersOptions): BreakerStore {
  const { client, prefix = 'modelyard:breaker:', leaseMs = 5000, patienceMs = 50 } = options
  if (typeof prefix !== 'string' || prefix === '') throw wrong('prefix', 'a non-empty string')
  if (!Number.isInteger(leaseMs) || leaseMs < 300) throw wrong('leaseMs', 'a whole number of milliseconds of at least 300')
  if (!(patienceMs > 0 && patienceMs < 2 ** 31)) throw wrong('patienceMs', 'a number of milliseconds above 0')
  const redis = redisPort(client)
  const channel = `${prefix}news`
  const self = randomUUID()
  return {
    leaseMs,
    patienceMs,
    async subscribe({ news, back }) {
      await redis.hear(channel, {
        message(text) {
          const told = newsOf(text, self)
          if (told !== undefined) news(told)
        },
        ready: back,
      })
    },
    async send(target, command) {
      const answer = await redis.run(circuitScript, [prefix + target], [channel, target, self, ...wordsOf(command)])
      return answerOf(answer)
    },
    async want(target) {
      const wanted = { target, by: self, reason: 'wanted', state: 'half_open', epoch: 0, failures: 0, holdMs: 0 }
      await redis.publish(channel, JSON.stringify(wanted))
    },
    ping: () => redis.ping(),
    close: async () => redis.close(),
  }
}

/** Options of {@link redisBudgets}. */
export interface RedisBudgetsOptions {
  /** A client of the `redis` or `ioredis` package, which you connect and close. */
  readonly client: RedisClient
  /** What all keys begin with, as their hash tag; routers that share a prefix share their budgets. Default `modelyard:budget`. */
  readonly prefix?: string
  /** How long Redis may take to answer before this process goes on without it, in ms. Default 50. */
  readonly patienceMs?: number
}

/**
 * Budgets that all processes with the same Redis and prefix share: what one has reserved is gone for all, by the clock of Redis.
 * For one router: `createRouter({ budget: { usd: { perDay: 5 }, store: redisBudgets({ client }) } })`.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` with the field.
 */
export function redisBudgets({ client, prefix = 'modelyard:budget', patienceMs = 50 }: RedisBudgetsOptions): BudgetStore {
  if (typeof prefix !== 'string' || prefix === '' || /[{}]/.test(prefix))
    throw wrong('prefix', 'a non-empty string without braces', 'redisBudgets')
  if (!(patienceMs > 0 && patienceMs < 2 ** 31)) throw wrong('patienceMs', 'a number of milliseconds above 0', 'redisBudgets')
  const redis = redisPort(client)
  // One hash tag: in a cluster all of it lies in one place, where it can be changed at once.
  const keysOf = (meters: readonly BudgetMeter[]): readonly string[] => [
    `{${prefix}}:open`,
    `{${prefix}}:held`,
    ...meters.map(({ key, startsAt }) => `{${prefix}}:${key}:${startsAt}`),
  ]
  return {
    patienceMs,
    async reserve(id, claims, leaseMs) {
      const words = claims.flatMap(({ startsAt, endsAt, limit, ceiling, likely, most }) =>
        [startsAt, endsAt, limit, ceiling, likely, most].map(String),
      )
      return budgetAnswerOf(
        await redis.run(reserveScript, keysOf(claims), [id, String(Math.ceil(leaseMs)), ...words]),
        claims.length,
      )
    },
    async settle(id, charges) {
      await redis.run(settleScript, keysOf(charges), [id, ...charges.map(({ amount }) => String(amount))])
    },
    async charge(id, charges) {
      const words = charges.flatMap(({ endsAt, amount }) => [String(endsAt), String(amount)])
      await redis.run(chargeScript, keysOf(charges), [id, ...words])
    },
    async read(meters) {
      return talliesOf(await redis.run(readScript, keysOf(meters), []), meters.length)
    },
  }
}

function wrong(field: string, wanted: string, maker = 'redisBreakers'): ModelyardError {
  return new ModelyardError('BAD_OPTION', `${maker}({ ${field} }) must be ${wanted}.`, { field })
}

/** A command as the script's arguments. */
function wordsOf(command: StoreCommand): readonly string[] {
  switch (command.type) {
    case 'failure':
      return [command.type, String(command.epoch), String(command.failures), String(Math.round(command.cooldownMs))]
    case 'success':
    case 'neutral':
      return [command.type, String(command.epoch)]
    case 'lease':
      return [command.type, String(command.leaseMs)]
    case 'trip':
      return [command.type, String(Math.round(command.holdMs)), command.reason]
    default:
      return [command.type]
  }
}

const states: ReadonlySet<unknown> = new Set<BreakerState['name']>(['closed', 'open', 'half_open'])

function isState(value: unknown): value is BreakerState['name'] {
  return states.has(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function answerOf(reply: unknown): StoreAnswer {
  const [state, ...numbers]: readonly unknown[] = Array.isArray(reply) ? reply : []
  // Clients give whole numbers as numbers or as text, depending on how they are set up.
  const [epoch, failures, holdMs, tester] = numbers.map(Number)
  if (!isState(state) || !isCount(epoch) || !isCount(failures) || !isCount(holdMs))
    throw new TypeError('Redis gave an answer that is none of the script.')
  return { state, epoch, failures, holdMs, isTester: tester === 1 }
}

const reasons: ReadonlySet<unknown> = new Set<StoreNews['reason']>([
  'failures',
  'cooldown',
  'probe_succeeded',
  'probe_failed',
  'trip',
  'reset',
  'shared',
  'count',
  'released',
  'wanted',
])

function isReason(value: unknown): value is StoreNews['reason'] {
  return reasons.has(value)
}

/** News of somebody else's; what is none is passed over, for anybody may write to a channel. */
function newsOf(text: string, self: string): StoreNews | undefined {
  const sent = parsed(text)
  if (typeof sent !== 'object' || sent === null || !('by' in sent) || sent.by === self) return undefined
  const { target, reason, state, epoch, failures, holdMs }: Readonly<Record<string, unknown>> = { ...sent }
  if (typeof target !== 'string' || !isReason(reason) || !isState(state)) return undefined
  if (!isCount(epoch) || !isCount(failures) || !isCount(holdMs)) return undefined
  return { target, reason, state, epoch, failures, holdMs }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
