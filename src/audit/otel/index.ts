import type { AnyValue, LogAttributes, Logger, LoggerProvider, LogRecord } from '@opentelemetry/api-logs'
import type { AuditEvent, AuditRecord, AuditSink } from '../../contracts/audit.ts'
import { ModelyardError } from '../../errors.ts'

/** Options of {@link otelAudit}. */
export interface OtelAuditOptions {
  /**
   * Who makes the logger, such as a `LoggerProvider` of `@opentelemetry/sdk-logs`; its `forceFlush` is the sink's `flush`. Default:
   * the one that is registered with `@opentelemetry/api-logs`, an optional peer, which is loaded with the first record.
   */
  readonly provider?: LoggerProvider & { forceFlush?(): Promise<void> }
}

/**
 * Hands audit records to OpenTelemetry as log records: the event's name as `modelyard.attempt.failed`, its fields as attributes
 * `modelyard.duration_ms`. What becomes of them is up to the SDK, so `write` says no more than that they were handed over.
 *
 * Without the peer every `write` rejects with ModelyardError `MISSING_SDK`, unless a provider is given.
 */
export function otelAudit({ provider }: OtelAuditOptions = {}): Required<AuditSink> {
  let logger = provider?.getLogger(scope)
  let loading: Promise<Logger> | undefined
  const flush = async (): Promise<void> => provider?.forceFlush?.()
  return {
    write(record) {
      if (logger !== undefined) return logger.emit(logRecord(record))
      loading ??= registered()
      return loading.then((loaded) => {
        logger = loaded
        return loaded.emit(logRecord(record))
      })
    },
    flush,
    // The provider is the user's, who also shuts it down.
    close: flush,
  }
}

const scope = 'modelyard'

async function registered(): Promise<Logger> {
  const { logs } = await import('@opentelemetry/api-logs').catch((cause: unknown) => {
    throw new ModelyardError(
      'MISSING_SDK',
      "The package '@opentelemetry/api-logs' is not installed. Run: npm install @opentelemetry/api-logs",
      { field: '@opentelemetry/api-logs', cause },
    )
  })
  return logs.getLogger(scope)
}

/** The numbers that OpenTelemetry's data model gives these words; importing its enum would load the package. */
interface Severity {
  readonly severityNumber: 9 | 13 | 17
  readonly severityText: string
}

const info: Severity = { severityNumber: 9, severityText: 'INFO' }
const warn: Severity = { severityNumber: 13, severityText: 'WARN' }
const error: Severity = { severityNumber: 17, severityText: 'ERROR' }

const severities: Partial<Record<AuditEvent['type'], Severity>> = {
  'attempt.failed': warn,
  'breaker.opened': warn,
  'budget.exceeded': warn,
  'stream.interrupted': warn,
  'request.failed': error,
  'store.lost': warn,
  'sink.dropped': error,
  'chain.gap': warn,
}

function severityOf(event: AuditEvent): Severity {
  // It needs a human.
  if (event.type === 'attempt.failed' && event.severity === 'high') return error
  return severities[event.type] ?? info
}

/** Records of several requests are handed over in one go: whichever span is active then, they are none of it. */
const noContext: NonNullable<LogRecord['context']> = {
  getValue: () => undefined,
  setValue: () => noContext,
  deleteValue: () => noContext,
}

function logRecord({ id, at, seq, requestId, agent, tenant, serviceKey, event }: AuditRecord): LogRecord {
  const { type, ...fields } = event
  return {
    eventName: `${scope}.${type}`,
    timestamp: new Date(at),
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enum's own numbers, see Severity
    ...severityOf(event),
    attributes: attributesOf({ recordId: id, seq, requestId, agent, tenant, serviceKey, ...fields }),
    context: noContext,
  }
}

/** What is not known is left out: attributes have no null. */
function attributesOf(fields: Readonly<Record<string, unknown>>): LogAttributes {
  const known = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(known.map(([name, value]) => [`${scope}.${snakeCased(name)}`, anyValue(value)]))
}

/** `durationMs` as `duration_ms`, as OpenTelemetry has its names. */
function snakeCased(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function anyValue(value: unknown): AnyValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(anyValue)
  if (typeof value !== 'object' || value === null) return undefined
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [snakeCased(name), anyValue(part)]))
}
