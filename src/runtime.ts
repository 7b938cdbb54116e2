import type { FailedAttempt } from './caller-error.ts'
import type { AdapterCall } from './contracts/adapter.ts'
import type { ContentNotes } from './content-notes.ts'
import type { AuditEvent } from './contracts/audit.ts'
import type { Admission } from './admission.ts'
import type { Allowance } from './allowance.ts'
import type { Breakers } from './contracts/breaker.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { Clock } from './contracts/clock.ts'
import type { Forecast } from './contracts/forecast.ts'
import type { LedgerEntry } from './contracts/ledger.ts'
import type { Place } from './contracts/place.ts'
import type { RateNeed, Rates } from './contracts/rates.ts'
import type { TelemetryAbout, TelemetryDetails } from './contracts/telemetry.ts'
import type { Cost, Usage, UsageSource } from './contracts/usage.ts'
import type { EscalationRecord } from './escalation-options.ts'
import type { Failover } from './failover.ts'
import type { Hedge } from './hedge-rule.ts'
import type { RestingKey } from './key-health.ts'
import type { KeyOwner } from './key-presence.ts'
import type { ChosenKey, Opener } from './key-ring.ts'
import type { Clocks } from './options.ts'
import type { Decision } from './decision.ts'
import type { Target } from './resolve.ts'
import type { GuardedTelemetry } from './telemetry.ts'
import type { Traffic } from './traffic.ts'
import type { RetryBudget } from './retry-budget.ts'

/** What a finished attempt cost and counted. */
export interface Account {
  readonly usage: Usage | null
  readonly source: UsageSource
  readonly cost: Cost | null
}

/** One row of the ledger in the making. */
export interface Entry extends Account, Pick<LedgerEntry, 'requestId' | 'attempt' | 'role' | 'served'> {
  readonly target: Target
  readonly decision: Decision
  readonly outcome: LedgerEntry['outcome']
  readonly durationMs: number
  /** The model that the vendor says has answered. */
  readonly servedModel: string | undefined
  readonly firstTokenMs: number | undefined
}

/** What all requests of a router share. */
export interface Runtime {
  readonly clock: Clock
  readonly breakers: Breakers
  /** The breakers together with the limits of single targets. */
  readonly admission: Admission
  readonly traffic: Traffic
  /** Which targets are about to be limited. */
  readonly rates: Rates
  /** Is told of every request whose conversation is to be kept together. */
  readonly affinity: { departed(decision: Decision, request: ChatRequest): void }
  readonly retries: RetryBudget
  /** Absent where nobody listens: then no event is even built. */
  readonly emit: ((event: AuditEvent, about: TelemetryAbout, details?: TelemetryDetails) => void) | undefined
  /** Absent where the trail is to know no more of a request than its events. */
  readonly notes: ContentNotes | undefined
  /** A place to wait in until the trail has room for another request. Absent where none ever waits. */
  readonly enter: (() => Place | undefined) | undefined
  /** Absent where nobody traces: then nothing is worked out for it. */
  readonly telemetry: Pick<GuardedTelemetry, 'within'> | undefined
  /** What opens the target for a call of this agent and tenant; `after` a key that has just failed, another one. */
  readonly key: (target: Target, owner: KeyOwner, after?: ChosenKey) => Promise<Opener>
  /** Keys that rest, among those that are chosen. */
  readonly restingKeys: () => readonly RestingKey[]
  /** Whether one of its keys is there. */
  readonly holdsKey: (target: Target, owner: KeyOwner) => Promise<boolean>
  /** By the price of the model that the vendor says has answered, where the catalog knows it. */
  readonly cost: (usage: Usage, target: Target, served?: string) => Cost | null
  /** What a chat call is likely to take there: worked out when it is asked for. */
  readonly forecast: (request: ChatRequest, target: Target) => Forecast
  readonly record: (entry: Entry) => void
  /** The requests that have not ended: `close()` waits for them. */
  readonly running: Set<{ abort(): void }>
  /** Uniform in [0, 1); scatters the waits between tries. */
  readonly random: () => number
}

/** What one call brings along besides its body. */
export interface CallOptions {
  readonly signal?: AbortSignal | null | undefined
  /** Milliseconds an attempt may take, the caller's own limit. */
  readonly timeout: number
  readonly maxRetries: number
  readonly headers: AdapterCall['headers'] | undefined
  readonly providerOptions: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined
  /** Whether it comes from a helper of the OpenAI client, which puts chunks together by itself. */
  readonly isHelper: boolean
  /** Of the whole request. */
  readonly totalMs: number
  /** How much of that had passed when it began. */
  readonly waitedMs: number
  readonly failover: Failover
  /** Absent where no second target is asked beside the first. */
  readonly hedge: Hedge | undefined
  /** Absent where nothing limits what the request may take. */
  readonly allowance: Allowance | undefined
  /** What a call to the target is likely to take. */
  readonly need: (target: Target) => RateNeed
  /** Of an attempt at a target. */
  readonly clocks: (target: Target) => Clocks
}

/** How a request ended well, or where it stands: what `routeOf()` gives. */
export interface RouteRecord {
  /** The router's own id of the request, as the audit trail has it. */
  readonly requestId: string
  readonly decision: Decision
  /** `provider/model` that served the request. */
  readonly target: string
  readonly provider: string
  /** The model that the vendor says has answered. */
  readonly model: string
  /** How many wire calls it took, the good one included. */
  readonly attempts: number
  readonly failed: readonly FailedAttempt[]
  /** The answers that `escalate` did not accept; only where there were any. */
  readonly escalation?: EscalationRecord
  readonly usage: Usage | null
  /** Who counted it. */
  readonly usageSource: UsageSource
  readonly costUsd: number | null
}

/** The account of an attempt that the vendor did not charge, as far as anyone knows. */
export const nothingSpent: Account = Object.freeze({ usage: null, source: 'unknown', cost: null })
