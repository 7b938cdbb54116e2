export { createRouter } from './router.ts'
export { RouterClient } from './client.ts'
export { routeOf } from './route-of.ts'
export { attemptsOf } from './caller-error.ts'
export { ModelyardError, errorTable } from './errors.ts'
export { StreamInterruptedError } from './interruption.ts'
export { AllCircuitsOpenError } from './refusal.ts'
export { BudgetExceededError } from './budget-error.ts'
export { isRestart, textOf } from './restart.ts'
export { Secret } from './contracts/secret.ts'
export { envKeys } from './keys/env.ts'
export { memoryKeys } from './keys/memory.ts'
export { firstOf } from './keys/chain.ts'
export { tenantKeys } from './keys/tenant.ts'
export { KeyStoreError } from './keys/failure.ts'
export { memoryAudit } from './audit/memory.ts'
export { auditSubject } from './subject.ts'
export { jsonlAudit } from './audit/jsonl-file.ts'
export { filtered, redact, tee } from './audit/tee.ts'
export { classification } from './classification.ts'
export { genaiPrices } from './catalog/genai-prices.ts'
export { reprice } from './catalog/reprice.ts'
export { priceSnapshot } from './catalog/price-snapshot.ts'

export type {
  AffinityOptions,
  AgentOptions,
  BreakerOptions,
  Clocks,
  HedgeOptions,
  LedgerOptions,
  RouterOptions,
  RoutingOptions,
  TargetOptions,
} from './options.ts'
export type { ModelGroup, SharedOrder, Standing } from './share.ts'
export type { EscalateOptions, EscalationReason, EscalationRecord, RejectedAnswer } from './escalation-options.ts'
export type { Order } from './order.ts'
export type { ReplayOptions } from './replay/options.ts'
export type { ReplayRecords } from './replay/read.ts'
export type { ReplayMove, ReplayReport, ReplayRow, ReplaySide, ReplayTotals, UnreadableRecord } from './replay/report.ts'
export type { AfterCommit, ContinueWith, Successor, Unfinished } from './after-commit.ts'
export type { FailoverOptions, Switching } from './failover.ts'
export type { Finding, FindingCode, Severity } from './verify/finding.ts'
export type { LiveOptions, Probe } from './verify/live.ts'
export type { VerifyOptions } from './verify/run.ts'
export type { Verification } from './verify/verification.ts'
export type { ChainHealth, Health } from './health.ts'
export type { RestingKey } from './key-health.ts'
export type { RestartChunk } from './restart.ts'
export type { CallEstimate, Candidate, Explanation, Latency, UncoveredBy } from './explanation.ts'
export type { ChainLink, Decision, EscalationStep, RejectedTarget, Stay } from './decision.ts'
export type { Comparison } from './compare/comparison.ts'
export type { CompareOptions, CompareProgress } from './compare/options.ts'
export type { JudgeOptions } from './compare/judge.ts'
export type { ComparedPrompt, PromptRecord } from './compare/prompts.ts'
export type { ComparisonReport, Estimate, FlagCode, FlaggedRow, PairSummary, TargetSummary } from './compare/report.ts'
export type { Score, Validator } from './compare/validators.ts'
export type { ShadowAnswer, ShadowOptions, ShadowResult } from './shadow/options.ts'
export type { ShadowPanel } from './shadow/shadow.ts'
export type { RouteRecord } from './runtime.ts'
export type { FailedAttempt } from './caller-error.ts'
export type { ConsoleLogger, PinoLogger, RouterLogger } from './log.ts'
export type { ErrorCode, SetupCode } from './errors.ts'
export type { PartialToolCall } from './progress.ts'
export type { BreakerPanel } from './breaker-panel.ts'
export type { BudgetPanel } from './budget-panel.ts'
export type { Ledger, LedgerReport } from './ledger/ledger.ts'
export type { LedgerRow } from './ledger/rows.ts'
export type { LengthDependence, Range, Saving } from './ledger/saving.ts'
export type { AuditOption, AuditOptions } from './audit-options.ts'
export type { AuditContent, Content, Keeping, KeptContent } from './contracts/content.ts'
export type { SubjectOptions, SubjectSource } from './subject.ts'
export type { MemoryAudit } from './audit/memory.ts'
export type { JsonlAudit, JsonlAuditOptions } from './audit/jsonl-file.ts'
export type { RotateOptions } from './audit/rotation.ts'
export type { ChainedAudit } from './audit/chain/chain.ts'
export type {
  AuditFault,
  AuditFaultKind,
  AuditNote,
  AuditNoteKind,
  AuditVerification,
  ChainSummary,
} from './audit/chain/finding.ts'
export type { ChainKey } from './audit/chain/signatures.ts'
export type { AuditSource } from './audit/chain/source.ts'
export type { Consequence } from './classification.ts'
export type { AdapterCall, EmbedCall, ProviderAdapter, Service, Support } from './contracts/adapter.ts'
export type { AuditArchive, AuditEntry, AuditQuery, PruneOptions } from './contracts/archive.ts'
export type { AuditEvent, AuditRecord, AuditSink, RequestNeeds, SkipReason } from './contracts/audit.ts'
export type { AuditChainLink, AuditHead, AuditPersonal } from './contracts/audit-link.ts'
export type {
  BreakerSnapshot,
  BreakerState,
  BreakerStore,
  BreakerTransition,
  SharedCircuit,
  StoreAnswer,
  StoreCommand,
  StoreNews,
} from './contracts/breaker.ts'
export type {
  Catalog,
  Feature,
  Fees,
  Lifecycle,
  LongContext,
  Modality,
  ModelCard,
  ModelOverride,
  OutputModality,
  PriceChange,
  PriceHours,
  PriceList,
  PriceSource,
  Prices,
  Rates,
  Tier,
  TierRates,
} from './contracts/catalog.ts'
export type {
  AssistantExtras,
  ChatCompletion,
  ChatCompletionChunk,
  ChatMessage,
  ChatRequest,
  ProviderState,
  UsageExtras,
} from './contracts/chat.ts'
export type { Clock } from './contracts/clock.ts'
export type { Failure, FailureKind } from './contracts/failure.ts'
export type { Forecast, Tokenizer } from './contracts/forecast.ts'
export type {
  AttemptRole,
  BaselineCost,
  BookedEntry,
  ComparedSums,
  LedgerEntry,
  LedgerKey,
  LedgerQuery,
  LedgerRowKey,
  LedgerStore,
  LedgerSum,
  LedgerSums,
  Quantiles,
} from './contracts/ledger.ts'
export type { KeyContext, KeyStore, WritableKeyStore } from './contracts/keys.ts'
export type { KeyStoreFault } from './keys/failure.ts'
export type { EncryptedKeys, SetKeyOptions, StoredKey } from './keys/sealed/encrypted-keys.ts'
export type { MasterKeySource } from './keys/master/contract.ts'
export type { MasterKeyBytes, MasterKeyOption } from './keys/master/source.ts'
export type {
  BudgetAnswer,
  BudgetCharge,
  BudgetClaim,
  BudgetLimits,
  BudgetMeter,
  BudgetOptions,
  BudgetStatus,
  BudgetStore,
  BudgetTally,
  BudgetUnit,
  BudgetWindow,
  RouterBudgetOptions,
} from './contracts/budget.ts'
export type { Classifier, Complexity } from './contracts/policy.ts'
export type { RateLimitOptions } from './contracts/rates.ts'
export type {
  CreatedServiceKey,
  ServiceKey,
  ServiceKeyChange,
  ServiceKeyFault,
  ServiceKeyGate,
  ServiceKeyOptions,
  ServiceKeyPass,
  ServiceKeyRefusal,
  ServiceKeys,
  ServiceKeyStore,
  StoredServiceKey,
} from './contracts/service-keys.ts'
export type { CostSum, PricedEntry, RepriceOptions, Repriced } from './catalog/reprice.ts'
export type { PriceSnapshot } from './catalog/snapshot.ts'
export type {
  AnswerFacts,
  RequestSettings,
  Telemetry,
  TelemetryAbout,
  TelemetryDetails,
  TelemetrySnapshot,
} from './contracts/telemetry.ts'
export type { Cost, Usage, UsageSource } from './contracts/usage.ts'
