import type { Attributes } from '@opentelemetry/api'
import type { AuditEvent } from '../contracts/audit.ts'
import type { Service } from '../contracts/adapter.ts'
import type { AnswerFacts, RequestSettings, TelemetryAbout } from '../contracts/telemetry.ts'
import type { Usage } from '../contracts/usage.ts'
import { inputTokens, outputTokens } from '../contracts/usage.ts'
import { attribute, settingNames, usageNames } from './names.ts'

export type Accepted = Extract<AuditEvent, { type: 'request.accepted' }>
export type Started = Extract<AuditEvent, { type: 'attempt.started' }>
export type RequestEnd = Extract<AuditEvent, { type: 'request.completed' | 'request.failed' | 'request.cancelled' }>
export type Ended = Extract<AuditEvent, { type: 'attempt.succeeded' | 'attempt.failed' }>

/** What is asked for; of a request that is handed on as it is, no model is known. */
export function askedAttributes({ operation, stream, aside }: Accepted, model: string): Attributes {
  return {
    [attribute.operation]: operation,
    ...(operation !== 'forward' && { [attribute.requestModel]: model }),
    ...(stream && { [attribute.stream]: true }),
    ...(aside !== undefined && { [attribute.aside]: aside }),
  }
}

/** Whose request it is. A tenant is none of a metric's attributes: there may be any number of them. */
export function aboutAttributes({ requestId, agent, tenant, serviceKey }: TelemetryAbout): Attributes {
  return {
    ...(requestId !== undefined && { [attribute.requestId]: requestId }),
    ...(agent !== undefined && { [attribute.agent]: agent }),
    ...(tenant !== undefined && { [attribute.tenant]: tenant }),
    ...(serviceKey !== undefined && { [attribute.serviceKey]: serviceKey }),
  }
}

export function serviceAttributes({ name, address, port }: Service): Attributes {
  return {
    [attribute.provider]: name,
    ...(address !== undefined && { [attribute.address]: address, ...(port !== undefined && { [attribute.port]: port }) }),
  }
}

export function settingAttributes(settings: RequestSettings): Attributes {
  return renamed(settings, settingNames)
}

export function answerAttributes({ model, id, finishReasons }: AnswerFacts): Attributes {
  return {
    [attribute.responseModel]: model,
    ...(id !== undefined && { [attribute.responseId]: id }),
    ...(finishReasons !== undefined && { [attribute.finishReasons]: [...finishReasons] }),
  }
}

/** Totals, and those of their parts of which there are any. */
function usageAttributes(usage: Usage): Attributes {
  const parts = { ...usage, cacheWrite: usage.cacheWrite + usage.cacheWrite1h }
  return {
    [attribute.inputTokens]: inputTokens(usage),
    [attribute.outputTokens]: outputTokens(usage),
    ...Object.fromEntries(Object.entries(renamed(parts, usageNames)).filter(([, count]) => count !== 0)),
  }
}

/** How an attempt ended, as far as its event says. */
export function endedAttributes(event: Ended): Attributes {
  const { usage, usageSource, costUsd, vendorRequestId } = event
  return {
    ...(usage !== null && { ...usageAttributes(usage), [attribute.usageSource]: usageSource }),
    ...(costUsd !== null && { [attribute.costUsd]: costUsd }),
    ...(vendorRequestId !== undefined && { [attribute.vendorRequestId]: vendorRequestId }),
    ...(event.type === 'attempt.failed' ? failureAttributes(event) : firstChunkAttributes(event)),
  }
}

/** An error by its kind, status and code: messages may repeat what was asked. */
export function failureAttributes({
  kind,
  status,
  code,
}: {
  readonly kind: string
  readonly status?: number
  readonly code?: string
}): Attributes {
  return {
    [attribute.errorType]: kind,
    ...(status !== undefined && { [attribute.status]: status }),
    ...(code !== undefined && { [attribute.errorCode]: code }),
  }
}

/** Streams only. */
function firstChunkAttributes({ firstTokenMs }: { readonly firstTokenMs?: number }): Attributes {
  return firstTokenMs === undefined ? {} : { [attribute.firstChunk]: firstTokenMs / 1000 }
}

function renamed(values: object, names: Readonly<Record<string, string>>): Attributes {
  const attributes: Attributes = {}
  for (const [name, renamedTo] of Object.entries(names)) {
    const value: unknown = Reflect.get(values, name)
    if (typeof value === 'number' || typeof value === 'string') attributes[renamedTo] = value
  }
  return attributes
}
