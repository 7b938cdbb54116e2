import type { AuditOption } from './audit-options.ts'
import type { ProviderAdapter } from './contracts/adapter.ts'
import type { ModelOverride, PriceSource, Tier } from './contracts/catalog.ts'
import type { BreakerStore } from './contracts/breaker.ts'
import type { BudgetOptions, RouterBudgetOptions } from './contracts/budget.ts'
import type { Clock } from './contracts/clock.ts'
import type { Tokenizer } from './contracts/forecast.ts'
import type { KeyStore } from './contracts/keys.ts'
import type { LedgerStore } from './contracts/ledger.ts'
import type { Classifier } from './contracts/policy.ts'
import type { RateLimitOptions } from './contracts/rates.ts'
import type { ServiceKeyGate } from './contracts/service-keys.ts'
import type { Telemetry } from './contracts/telemetry.ts'
import type { EscalateOptions } from './escalation-options.ts'
import type { FailoverOptions } from './failover.ts'
import type { Limit } from './limiter.ts'
import type { RouterLogger } from './log.ts'
import type { Order } from './order.ts'
import type { ShadowOptions } from './shadow/options.ts'
import type { ModelGroup } from './share.ts'

/**
 * The limits of one request, in milliseconds; `Infinity` switches one off. Each starts when its attempt is made, `totalMs`
 * when the call is made. Keep-alive bytes do not count as content, and no limit runs while the caller works on a chunk. Of what
 * router, agent, call and target set, the shortest holds; what nobody sets has its default.
 */
export interface Clocks {
  /** A unary attempt, from the call to the complete answer. Default 120,000; 240,000 where the target's model reasons. */
  readonly attemptMs: number
  /** A streamed attempt, from the call to the first content, tool call or reasoning. Default 60,000; 180,000 where the target's model reasons. */
  readonly firstTokenMs: number
  /** Between two pieces of content of a stream. Default 60,000; 120,000 where the target's model reasons. */
  readonly idleMs: number
  /** The whole logical request: every attempt, wait and switch. Default 600,000. */
  readonly totalMs: number
}

/** Keeps conversations where the vendor still has their beginning in its prompt cache. */
export interface AffinityOptions {
  /** How long a vendor's cache is taken to keep a prompt after its last use, in ms. */
  readonly ttlMs: number
}

/** Asks a second target where the first takes long. Whoever has content first serves the request, the other is stopped. */
export interface HedgeOptions {
  /**
   * How long the first may take until then: to its first token where the answer is streamed, else to its answer. In ms, or
   * `p95`: longer than 95 of 100 of its latest 256 calls took. Default `p95`.
   */
  readonly afterMs?: number | 'p95'
  /**
   * The most that the second attempt may be expected to cost, in US dollars: its prompt by estimate, and `max_completion_tokens` or
   * 1,000 tokens of answer. A target whose price is not known is not asked.
   */
  readonly maxCostUsd: number
  /** How many calls to the first target must have been measured for `p95`. Default 20. */
  readonly minSamples?: number
}

/** A named caller with its own chain and constraints. */
export interface AgentOptions extends FailoverOptions {
  /** A model string: `provider/model`, a model name, an alias, `auto`, `tier:simple`. Serves `model: 'auto'` of this agent. */
  readonly primary: string
  /** Model strings tried in order when the primary, or whatever model the call names, fails. Default none. */
  readonly fallback?: readonly string[]
  /** On whose behalf it calls, where a call does not say: see `RoutingOptions.tenant`. */
  readonly tenant?: string
  /** Only targets that declare this region. */
  readonly region?: string
  /** Errors instead of warnings for dropped fields and retired models. */
  readonly strict?: boolean
  /** As the router's. */
  readonly order?: Order
  /** As the router's; `false` where it is not to hold for this agent. */
  readonly affinity?: AffinityOptions | false
  /** As the router's; `false` where it is not to hold for this agent. */
  readonly hedge?: HedgeOptions | false
  /** As the router's; `false` where it is not to hold for this agent. */
  readonly escalate?: EscalateOptions | false
  /** In place of the router's; `false` where nothing of this agent's is to be mirrored. */
  readonly shadow?: ShadowOptions | false
  readonly clocks?: Partial<Clocks>
  /** What this agent may spend, besides what the router may. */
  readonly budget?: BudgetOptions
  /** As the router's. */
  readonly maxCostUsd?: number
  /** Vendor-only parameters by provider id. */
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** When a circuit opens and for how long. */
export interface BreakerOptions {
  /** Consecutive failures that open it. Default 5. */
  readonly failures?: number
  /** Milliseconds until one request tests an open circuit. Default 30,000. */
  readonly cooldownMs?: number
  /** By how much the cooldown grows with every failed test, up to 300 s; 1 keeps it constant. Default 1. */
  readonly cooldownFactor?: number
  /** Lengthens or shortens every cooldown at random by at most this share of it, 0 to 1. Default 0. */
  readonly jitter?: number
  /** What shares a circuit: targets with the same word do. Default `provider/model`; one provider id has one credential. */
  readonly key?: (target: { readonly provider: string; readonly model: string }) => string
  /** Shares the circuits with other processes: `redisBreakers()` of `modelyard/redis`. Default: each process has its own. */
  readonly store?: BreakerStore
}

/** How the ledger keeps its books. */
export interface LedgerOptions {
  /** Keeps every attempt beyond the process: `postgresLedger()` of `modelyard/ledger/postgres`. Default: sums in memory. */
  readonly store?: LedgerStore
  /** An IANA time zone, in which days begin and end: `Europe/Berlin`. Default `UTC`. */
  readonly timeZone?: string
  /** How many days are told apart in memory; of those before them one sum remains. Default 93. */
  readonly keepDays?: number
  /**
   * How many times the tokens the baseline's answers would have had, at least and at most, as far as you know: the saving is
   * then given for both. Default: not said.
   */
  readonly answerLength?: readonly [low: number, high: number]
}

/** What holds for one target, whoever calls it. */
export interface TargetOptions extends Partial<Limit> {
  /** How much it may be asked in a minute: about to reach that, it is passed over. What its vendor says counts besides. */
  readonly limits?: RateLimitOptions
  /** Limits of attempts at this target: of each, the shortest of those that router, agent, call and target set holds. */
  readonly clocks?: Partial<Omit<Clocks, 'totalMs'>>
}

/** What `createRouter()` takes. Everything is optional. */
export interface RouterOptions extends FailoverOptions {
  /** The adapters, in order of preference. Default: every built-in one whose key the key store holds. */
  readonly providers?: readonly ProviderAdapter[]
  /** Names of your own for models: one model string, several in order of preference, or several that share the traffic. */
  readonly models?: Readonly<Record<string, string | readonly string[] | ModelGroup>>
  /** What holds for single targets, by `provider/model`, whoever calls them. */
  readonly targets?: Readonly<Record<string, TargetOptions>>
  /** The models of each tier in order of preference. A tier left out has the catalog's defaults. */
  readonly tiers?: Partial<Readonly<Record<Tier, readonly string[]>>>
  readonly agents?: Readonly<Record<string, AgentOptions>>
  /** Where keys come from. Default: the environment. */
  readonly keys?: KeyStore
  /** Where audit records go: a sink, several, or with them how the trail is kept. Default: nowhere. */
  readonly audit?: AuditOption
  /** What is told of everything as it happens, to trace and to count: `openTelemetry()` of `modelyard/otel`. Default: nothing. */
  readonly telemetry?: Telemetry | readonly Telemetry[]
  /**
   * Gets a line for everything that happens: at `warn` what needs a human, at `debug` the rest. A pino logger, or one that takes
   * message and fields as the console does. Never content, never a key. Default: none, nothing is written.
   */
  readonly logger?: RouterLogger
  /** The keys that `client.forServiceKey()` takes: `serviceKeys()` of `modelyard/service-keys`. Default: none. */
  readonly serviceKeys?: ServiceKeyGate
  /** Decides the tier of `model: 'auto'`. Default: the built-in one. */
  readonly classifier?: Classifier
  /**
   * What you know of models: whole cards for those that the catalog does not know; of the others what is different, laid over
   * the catalog's card of that provider and id field by field.
   */
  readonly catalog?: readonly ModelOverride[]
  /** Where prices come from that no card has. `false`: nowhere. Default: `genaiPrices()`, if its package is installed. */
  readonly prices?: PriceSource | false
  readonly breaker?: BreakerOptions
  /** What the router may spend, all agents together. Default: any amount. */
  readonly budget?: RouterBudgetOptions
  /**
   * The most that one request may cost, in US dollars, all its calls together. Targets that may take more are not called: the
   * longest answer counts that the request allows, or the model. Of what router, agent and call set the lowest holds. Default: no cap.
   */
  readonly maxCostUsd?: number
  readonly clocks?: Partial<Clocks>
  /** Only targets that declare this region. Default: any. */
  readonly region?: string
  /** Errors instead of warnings for dropped fields and retired models. Default false. */
  readonly strict?: boolean
  /**
   * In which order the models of a tier, or behind one name, are tried: as they are `listed`, or the likely `cheapest` for this
   * request first. One whose price is not known comes last; a group keeps its own order. Default `listed`.
   */
  readonly order?: Order
  /** Asks a second target where the first takes long, at a price. Default: not. */
  readonly hedge?: HedgeOptions
  /** Asks a better model where an answer is not good enough. Default: not. */
  readonly escalate?: EscalateOptions
  /** Mirrors a share of the chat traffic to other targets in the background, and compares them. Default: not. */
  readonly shadow?: ShadowOptions
  /** Keeps conversations where they are in the vendor's prompt cache, as long as that saves more than it costs. Default: not. */
  readonly affinity?: AffinityOptions
  /** The provider that gets the calls which are no chat, embeddings, moderations or models. Default: the first that takes them. */
  readonly forwardTo?: string
  /**
   * Counts the tokens of prompts before a call: `gptTokenizer()` of `modelyard/tokenizer`, or a function of your own. Default: a
   * rule by characters.
   */
  readonly tokenizer?: Tokenizer
  /** The model that the ledger compares with. Default: the dearest reachable model of the complex tier. */
  readonly baseline?: string
  readonly ledger?: LedgerOptions
  /** Time. Default: the machine's. */
  readonly clock?: Clock
  /** `false` sends every call through the OpenAI client's own request path and JSON: slower, less dependent on its inside. Default true. */
  readonly fastPath?: boolean
  /** As in the OpenAI client: tries again on the last target of a chain. Default 2. */
  readonly maxRetries?: number
  /** As in the OpenAI client: milliseconds an attempt may take. Default 600,000. */
  readonly timeout?: number
  /** As in the OpenAI client: headers that every provider call carries. */
  readonly defaultHeaders?: Readonly<Record<string, string | null | undefined>>
}

/** Limits of models and requests that do not reason. */
export const defaultClocks: Clocks = { attemptMs: 120_000, firstTokenMs: 60_000, idleMs: 60_000, totalMs: 600_000 }

/** Limits where the model may think before it speaks. */
export const reasoningClocks: Clocks = { attemptMs: 240_000, firstTokenMs: 180_000, idleMs: 120_000, totalMs: 600_000 }

/** What one call, or one view of the client made by `with()`, may say about its routing. */
export interface RoutingOptions extends FailoverOptions {
  /** As the agent's; `false` where it is not to hold for these calls. */
  readonly hedge?: HedgeOptions | false
  /** As the agent's; `false` where it is not to hold for these calls. */
  readonly escalate?: EscalateOptions | false
  /** As the router's. */
  readonly maxCostUsd?: number
  readonly agent?: string
  /**
   * On whose behalf: the key store is told, and `tenantKeys()` gives this tenant's own keys. What is wrong with them rests them, and
   * no circuit that others share counts it. Letters, digits and `. _ : @ + -`, at most 100.
   */
  readonly tenant?: string
  /** Model strings tried in order after the model that the call names. */
  readonly fallback?: readonly string[]
  readonly region?: string
  readonly strict?: boolean
  readonly order?: Order
  readonly clocks?: Partial<Clocks>
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** The provider that gets the calls which are no chat, embeddings, moderations or models. */
  readonly forwardTo?: string
}
