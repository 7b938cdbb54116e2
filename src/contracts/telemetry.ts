import type { Service } from './adapter.ts'
import type { AuditEvent } from './audit.ts'
import type { BreakerSnapshot } from './breaker.ts'

/** What an event is about. All events of one request come with the same object, so that it can be the key of a `WeakMap`. */
export interface TelemetryAbout {
  /** Absent on events about no request: changes of circuits, stores, lost records. */
  readonly requestId?: string
  readonly agent?: string
  readonly tenant?: string
  /** The id of the service key that the request was made with. */
  readonly serviceKey?: string
}

/** What a chat call asks for beside its content, as far as it was given: numbers, and words of the API's own. */
export interface RequestSettings {
  readonly temperature?: number
  readonly topP?: number
  /** Of the answer. */
  readonly maxTokens?: number
  readonly frequencyPenalty?: number
  readonly presencePenalty?: number
  readonly seed?: number
  /** How many answers, where that is not one. */
  readonly choices?: number
  /** Where the request names one. */
  readonly output?: 'text' | 'json' | 'speech'
}

/** What an answer says of itself beside its content. */
export interface AnswerFacts {
  /** The model that the vendor says has answered. */
  readonly model: string
  /** The answer's own id, where it has one. */
  readonly id?: string
  /** Of each choice, in the order in which they ended. */
  readonly finishReasons?: readonly string[]
}

/** What comes with some events besides. */
export interface TelemetryDetails {
  /** With `request.accepted` of a chat call. */
  readonly settings?: RequestSettings
  /** With `request.accepted`: whoever is to be asked first, if anybody. With `attempt.started`: whoever is asked. */
  readonly service?: Service
  /** With `attempt.succeeded` and `request.completed`. */
  readonly answer?: AnswerFacts
}

/** How a router is now, for gauges. */
export interface TelemetrySnapshot {
  /** Every circuit of a configured target, and every other one that has been used. */
  readonly circuits: readonly BreakerSnapshot[]
  /** Requests that have not ended. */
  readonly running: number
  /** Requests that wait for their turn, by the target that they wait for; targets that may have a queue. */
  readonly queued: readonly { readonly target: string; readonly waiting: number }[]
  /** Audit records that some sink has not taken yet, and those that some sink should have had and has not. */
  readonly audit: { readonly waiting: number; readonly dropped: number }
}

/**
 * Is told of what happens at the moment it happens, synchronously, in the async context of the call that it is about: where an
 * audit sink keeps, this traces and counts. Events are as those of the audit trail: frozen, without content, without anything that
 * looks like a key. What it throws changes nothing.
 */
export interface Telemetry {
  event(event: AuditEvent, about: TelemetryAbout, details: TelemetryDetails): void
  /**
   * Runs a part of an attempt's wire call: its beginning and, of a stream, each reading. It has to call `run` once, before it
   * returns, in whatever context it wants that part to have.
   */
  within?(about: TelemetryAbout, attempt: number, run: () => void): void
  /** Is given, once a router, what reads its state; disposing what it returns ends that, when the router is closed. */
  observe?(read: () => TelemetrySnapshot): Disposable
}
