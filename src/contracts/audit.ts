import type { FailureKind } from './failure.ts'
import type { BreakerState, BreakerTransition } from './breaker.ts'
import type { BudgetUnit, BudgetWindow } from './budget.ts'
import type { Tier } from './catalog.ts'
import type { ServiceKeyFault } from './service-keys.ts'
import type { AuditChainLink, AuditHead, AuditPersonal } from './audit-link.ts'
import type { Usage, UsageSource } from './usage.ts'

/** Why a target of the chain was passed over without a wire call. */
export type SkipReason =
  | 'breaker_open'
  | 'retry_after'
  | 'missing_key'
  | 'missing_sdk'
  | 'key_store_failed'
  | 'key_resting'
  | 'context_window'
  | 'busy'
  | 'budget'
  | 'price_cap'
  | 'rate_limited'

/** What a chat request asks of whoever serves it, as far as decisions go by it; nothing of its content. */
export interface RequestNeeds {
  /** Types of its parts that are no text: `image_url`, `input_audio`, `file`, `video_url`. */
  readonly parts?: readonly string[]
  readonly tools?: true
  readonly format?: 'json_object' | 'json_schema'
  /** Its own limit of the answer. */
  readonly maxOutputTokens?: number
  /** Names of other fields that not every model takes. */
  readonly fields?: readonly string[]
}

/** What happened. The list in `docs/audit-events.md` is this union. */
export type AuditEvent =
  | {
      readonly type: 'request.accepted'
      readonly model: string
      readonly stream: boolean
      readonly operation: 'chat' | 'embeddings' | 'moderations' | 'forward'
      /** A call of the router's own, made beside those of callers. */
      readonly aside?: 'compare' | 'shadow' | 'probe'
    }
  | {
      readonly type: 'decision.made'
      readonly chain: readonly string[]
      readonly rejected: readonly { readonly target: string; readonly reason: string }[]
      readonly warnings: readonly string[]
      readonly tier?: Tier
      /** What the classifier said; only for `auto`. */
      readonly complexity?: Tier
      readonly score?: number
      readonly confidence?: number
      /** Of chat calls. */
      readonly needs?: RequestNeeds
    }
  | { readonly type: 'target.skipped'; readonly target: string; readonly reason: SkipReason; readonly retryInMs?: number }
  /** No target has a hand free: the request waits for this one's. */
  | { readonly type: 'request.queued'; readonly target: string }
  | { readonly type: 'key.used'; readonly target: string; readonly key: string; readonly fingerprint: string }
  /** Its vendor has turned the key down: it rests, then one request tests it. Only of several keys, or a tenant's. */
  | {
      readonly type: 'key.rested'
      readonly target: string
      readonly key: string
      readonly fingerprint: string
      readonly reason: FailureKind
      readonly forMs: number
      /** As of `attempt.failed`. */
      readonly severity: 'normal' | 'high'
    }
  /** Its vendor takes a key again that had rested. */
  | { readonly type: 'key.restored'; readonly target: string; readonly key: string; readonly fingerprint: string }
  | { readonly type: 'attempt.started'; readonly attempt: number; readonly target: string; readonly probe: boolean }
  | {
      readonly type: 'attempt.succeeded'
      readonly attempt: number
      readonly target: string
      readonly durationMs: number
      readonly servedModel: string
      readonly usage: Usage | null
      readonly usageSource: UsageSource
      readonly costUsd: number | null
      readonly priceSnapshot: string | null
      readonly firstTokenMs?: number
      readonly vendorRequestId?: string
    }
  | {
      readonly type: 'attempt.failed'
      readonly attempt: number
      readonly target: string
      readonly durationMs: number
      readonly kind: FailureKind
      readonly status?: number
      readonly code?: string
      /** `high` for a rejected key: it needs a human. */
      readonly severity: 'normal' | 'high'
      readonly usage: Usage | null
      readonly usageSource: UsageSource
      readonly costUsd: number | null
      readonly priceSnapshot: string | null
      readonly vendorRequestId?: string
    }
  | { readonly type: 'route.switched'; readonly from: string; readonly to: string; readonly reason: FailureKind | SkipReason }
  /** The first target takes long: a second one is asked beside it. */
  | { readonly type: 'route.hedged'; readonly from: string; readonly to: string; readonly afterMs: number }
  /** An answer was not good enough: a better model is asked. */
  | {
      readonly type: 'route.escalated'
      readonly from: string
      readonly to: string
      readonly reason: 'empty' | 'schema' | 'invalid'
    }
  /** What a call may take is set aside, before it is made. */
  | {
      readonly type: 'budget.reserved'
      readonly attempt: number
      readonly target: string
      readonly budgets: readonly string[]
      readonly tokens: number
      readonly costUsd: number | null
      readonly maxTokens: number
      readonly maxCostUsd: number | null
    }
  /** What it took is booked, and the rest given back. */
  | {
      readonly type: 'budget.settled'
      readonly attempt: number
      readonly target: string
      readonly budgets: readonly string[]
      readonly tokens: number
      readonly costUsd: number
    }
  | {
      readonly type: 'budget.exceeded'
      readonly target: string
      readonly budget: string
      readonly unit: BudgetUnit
      readonly window: BudgetWindow
      readonly limit: number
      readonly spent: number
      readonly reserved: number
      readonly needed: number
      readonly resetsAt: string
    }
  | { readonly type: 'stream.committed'; readonly attempt: number; readonly target: string; readonly firstTokenMs: number }
  | { readonly type: 'stream.interrupted'; readonly attempt: number; readonly target: string; readonly kind: FailureKind }
  | {
      readonly type: 'breaker.opened' | 'breaker.half_opened' | 'breaker.closed'
      readonly target: string
      readonly from: BreakerState['name']
      readonly reason: BreakerTransition['reason']
    }
  | {
      readonly type: 'request.completed'
      readonly target: string
      readonly attempts: number
      readonly durationMs: number
      readonly usage: Usage | null
      readonly costUsd: number | null
    }
  | {
      readonly type: 'request.failed'
      readonly attempts: number
      readonly durationMs: number
      readonly kind: FailureKind | 'all_circuits_open' | 'budget_exceeded'
      readonly status?: number
      readonly code?: string
    }
  | { readonly type: 'request.cancelled'; readonly attempts: number; readonly durationMs: number }
  /** A shared store is away or slow: this process goes on with its own circuits; entries of the ledger wait. */
  | { readonly type: 'store.lost'; readonly store: 'breakers' | 'budgets' | 'ledger'; readonly code?: string }
  | { readonly type: 'store.regained'; readonly store: 'breakers' | 'budgets' | 'ledger'; readonly awayMs: number }
  /** What was asked, and what was answered: in `personal` of the record, where `content` is on. */
  | { readonly type: 'request.content' | 'answer.content' }
  | { readonly type: 'sink.dropped'; readonly count: number }
  /** A service key was made, or revoked, by the router's own `serviceKeys`. */
  | { readonly type: 'service_key.created'; readonly expiresAt: string | null }
  | { readonly type: 'service_key.revoked' }
  /** A service key was presented that does not hold, or holds no more. */
  | { readonly type: 'service_key.refused'; readonly reason: ServiceKeyFault }
  /** A chain of records begins; `after` is where the one before it had got to. */
  | { readonly type: 'chain.started'; readonly headEvery: number; readonly after?: AuditHead }
  /** Where a chain has got to; its link is signed, where there is a key. */
  | { readonly type: 'chain.head'; readonly headEvery: number }
  /** Records of this chain that the sink did not take, from one number to another. */
  | { readonly type: 'chain.gap'; readonly from: number; readonly to: number }
  /** Records that retention is about to remove: of each chain everything up to there. */
  | { readonly type: 'chain.pruned'; readonly upTo: readonly AuditHead[] }

/** One line of the trail: JSON-safe and frozen, without key or, unless asked for, content. */
export interface AuditRecord {
  /** The version of this shape. */
  readonly v: 1
  /** Unlike that of any other record, of any router: a sink that gets a record twice knows it by this. */
  readonly id: string
  /** ISO 8601, from the router's clock. */
  readonly at: string
  /** Rises by one with every record of this router. */
  readonly seq: number
  /** The logical request; absent on records about no request (breaker changes by hand, dropped records). */
  readonly requestId?: string
  readonly agent?: string
  /** On whose behalf the request was made, as its routing option `tenant` says. */
  readonly tenant?: string
  /** The id of the service key that the request was made with, or that the event is about. */
  readonly serviceKey?: string
  readonly event: AuditEvent
  readonly personal?: AuditPersonal
  readonly chain?: AuditChainLink
}

/** Where audit records go. A sink that throws, rejects or hangs changes nothing for the caller. */
export interface AuditSink {
  write(record: AuditRecord): void | Promise<void>
  /** Resolves when everything written so far is durable. */
  flush?(): Promise<void>
  close?(): Promise<void>
}
