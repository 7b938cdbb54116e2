export { createRouter } from './router.ts'
export { RouterClient } from './client.ts'
export { routeOf } from './route-of.ts'
export { attemptsOf } from './caller-error.ts'
export { ModelyardError, errorTable } from './errors.ts'
export { StreamInterruptedError } from './interruption.ts'
export { Secret } from './contracts/secret.ts'
export { envKeys } from './keys/env.ts'
export { memoryKeys } from './keys/memory.ts'
export { firstOf } from './keys/chain.ts'
export { memoryAudit } from './audit/memory.ts'
export { jsonlAudit } from './audit/jsonl-file.ts'
export { filtered, tee } from './audit/tee.ts'
export { classification } from './classification.ts'

export type { AgentOptions, BreakerOptions, Clocks, RouterOptions, RoutingOptions } from './options.ts'
export type { ChainLink, Decision, RejectedTarget } from './decision.ts'
export type { RouteRecord } from './runtime.ts'
export type { FailedAttempt } from './caller-error.ts'
export type { ErrorCode, SetupCode } from './errors.ts'
export type { InterruptPolicy } from './interruption.ts'
export type { PartialToolCall } from './progress.ts'
export type { BreakerPanel } from './breaker-panel.ts'
export type { Ledger, LedgerEntry, LedgerRow, Saving } from './catalog/ledger.ts'
export type { MemoryAudit } from './audit/memory.ts'
export type { JsonlAuditOptions } from './audit/jsonl-file.ts'
export type { Consequence } from './classification.ts'
export type { AdapterCall, EmbedCall, ProviderAdapter, Support } from './contracts/adapter.ts'
export type { AuditEvent, AuditRecord, AuditSink, SkipReason } from './contracts/audit.ts'
export type { BreakerSnapshot, BreakerTransition } from './contracts/breaker.ts'
export type { Catalog, Feature, Lifecycle, Modality, ModelCard, Prices, Rates, Tier } from './contracts/catalog.ts'
export type {
  AssistantExtras,
  ChatCompletion,
  ChatCompletionChunk,
  ChatMessage,
  ChatRequest,
  ProviderState,
} from './contracts/chat.ts'
export type { Clock } from './contracts/clock.ts'
export type { Failure, FailureKind } from './contracts/failure.ts'
export type { KeyContext, KeyStore, WritableKeyStore } from './contracts/keys.ts'
export type { Classifier, Complexity } from './contracts/policy.ts'
export type { Cost, Usage, UsageSource } from './contracts/usage.ts'
