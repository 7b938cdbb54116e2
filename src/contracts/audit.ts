import type { FailureKind } from './failure.ts'
import type { BreakerState, BreakerTransition } from './breaker.ts'
import type { Tier } from './catalog.ts'
import type { Usage, UsageSource } from './usage.ts'

/** Why a target of the chain was passed over without a wire call. */
export type SkipReason =
  | 'breaker_open'
  | 'retry_after'
  | 'missing_key'
  | 'missing_sdk'
  | 'key_store_failed'
  | 'context_window'
  | 'busy'

/** What happened. The list in `docs/audit-events.md` is this union. */
export type AuditEvent =
  | {
      readonly type: 'request.accepted'
      readonly model: string
      readonly stream: boolean
      readonly operation: 'chat' | 'embeddings' | 'moderations' | 'forward'
      /** A call of the router's own, made beside those of callers. */
      readonly aside?: 'compare' | 'shadow'
    }
  | {
      readonly type: 'decision.made'
      readonly chain: readonly string[]
      readonly rejected: readonly { readonly target: string; readonly reason: string }[]
      readonly warnings: readonly string[]
      readonly tier?: Tier
      readonly confidence?: number
    }
  | { readonly type: 'target.skipped'; readonly target: string; readonly reason: SkipReason; readonly retryInMs?: number }
  /** No target has a hand free: the request waits for this one's. */
  | { readonly type: 'request.queued'; readonly target: string }
  | { readonly type: 'key.used'; readonly target: string; readonly key: string; readonly fingerprint: string }
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
      readonly kind: FailureKind | 'all_circuits_open'
      readonly status?: number
      readonly code?: string
    }
  | { readonly type: 'request.cancelled'; readonly attempts: number; readonly durationMs: number }
  /** A shared store is away or slow: this process goes on with its own circuits; entries of the ledger wait. */
  | { readonly type: 'store.lost'; readonly store: 'breakers' | 'ledger'; readonly code?: string }
  | { readonly type: 'store.regained'; readonly store: 'breakers' | 'ledger'; readonly awayMs: number }
  | { readonly type: 'sink.dropped'; readonly count: number }

/** One line of the trail: JSON-safe and frozen, without key or content. */
export interface AuditRecord {
  /** The version of this shape. */
  readonly v: 1
  /** ISO 8601, from the router's clock. */
  readonly at: string
  /** Rises by one with every record of this router. */
  readonly seq: number
  /** The logical request; absent on records about no request (breaker changes by hand, dropped records). */
  readonly requestId?: string
  readonly agent?: string
  readonly event: AuditEvent
}

/** Where audit records go. A sink that throws, rejects or hangs changes nothing for the caller. */
export interface AuditSink {
  write(record: AuditRecord): void | Promise<void>
  /** Resolves when everything written so far is durable. */
  flush?(): Promise<void>
  close?(): Promise<void>
}
