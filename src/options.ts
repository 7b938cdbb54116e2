import type { ProviderAdapter } from './contracts/adapter.ts'
import type { AuditSink } from './contracts/audit.ts'
import type { ModelCard, Tier } from './contracts/catalog.ts'
import type { Clock } from './contracts/clock.ts'
import type { KeyStore } from './contracts/keys.ts'
import type { Classifier } from './contracts/policy.ts'

/**
 * The limits of one request, in milliseconds; `Infinity` switches one off. Each starts when its attempt is made, `totalMs`
 * when the call is made. Keep-alive bytes do not count as content, and no limit runs while the caller works on a chunk.
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

/** A named caller with its own chain and constraints. */
export interface AgentOptions {
  /** A model string: `provider/model`, a model name, an alias, `auto`, `tier:simple`. Serves `model: 'auto'` of this agent. */
  readonly primary: string
  /** Model strings tried in order when the primary, or whatever model the call names, fails. Default none. */
  readonly fallback?: readonly string[]
  /** Only targets that declare this region. */
  readonly region?: string
  /** Errors instead of warnings for dropped fields and retired models. */
  readonly strict?: boolean
  readonly clocks?: Partial<Clocks>
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
}

/** What `createRouter()` takes. Everything is optional. */
export interface RouterOptions {
  /** The adapters, in order of preference. Default: every built-in one whose key the key store holds. */
  readonly providers?: readonly ProviderAdapter[]
  /** Names of your own for models: one model string, or several in order of preference. */
  readonly models?: Readonly<Record<string, string | readonly string[]>>
  /** The models of each tier in order of preference. A tier left out has the catalog's defaults. */
  readonly tiers?: Partial<Readonly<Record<Tier, readonly string[]>>>
  readonly agents?: Readonly<Record<string, AgentOptions>>
  /** Where keys come from. Default: the environment. */
  readonly keys?: KeyStore
  /** Where audit records go. Default: nowhere. */
  readonly audit?: AuditSink | readonly AuditSink[]
  /** Decides the tier of `model: 'auto'`. Default: the built-in one. */
  readonly classifier?: Classifier
  /** Cards that extend the catalog or replace its own by provider and id. */
  readonly catalog?: readonly ModelCard[]
  readonly breaker?: BreakerOptions
  readonly clocks?: Partial<Clocks>
  /** Only targets that declare this region. Default: any. */
  readonly region?: string
  /** Errors instead of warnings for dropped fields and retired models. Default false. */
  readonly strict?: boolean
  /** The model that the ledger compares with. Default: the dearest reachable model of the complex tier. */
  readonly baseline?: string
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
export interface RoutingOptions {
  readonly agent?: string
  /** Model strings tried in order after the model that the call names. */
  readonly fallback?: readonly string[]
  readonly region?: string
  readonly strict?: boolean
  readonly clocks?: Partial<Clocks>
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}
