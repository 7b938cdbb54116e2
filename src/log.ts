import type { AuditEvent } from './contracts/audit.ts'
import type { TelemetryAbout } from './contracts/telemetry.ts'
import type { Trimmed } from './telemetry.ts'

/** A logger as the console is: the message first, fields after it. */
export interface ConsoleLogger {
  debug(message: string, fields: object): void
  warn(message: string, fields: object): void
}

/** A logger as pino is: fields first. It is known by its `bindings()`. */
export interface PinoLogger {
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
  bindings(): object
}

/** Where a router writes what it does. Where it has `isLevelEnabled(level)`, that is asked before a line is put together. */
export type RouterLogger = ConsoleLogger | PinoLogger

/** Writes one line of an event; gives what the logger gives, which may be a promise although none is expected. */
export type Log = (event: AuditEvent, about: TelemetryAbout) => unknown

/** Writes each event as a line of a logger, as `trimmed` makes it: what needs a human at `warn`, the rest at `debug`. */
export function logOf(logger: RouterLogger, trimmed: Trimmed): Log {
  const isPino = 'bindings' in logger
  const write = (level: Level, message: string, fields: object): unknown =>
    isPino ? logger[level](fields, message) : logger[level](message, fields)
  return (event, about) => {
    const level = levelOf(event)
    if (!isEnabled(logger, level)) return undefined
    const { type, ...fields } = trimmed(event)
    return write(level, `modelyard: ${type}`, { ...named(about), ...fields })
  }
}

function named({ requestId, agent, tenant, serviceKey }: TelemetryAbout): TelemetryAbout {
  return {
    ...(requestId !== undefined && { requestId }),
    ...(agent !== undefined && { agent }),
    ...(tenant !== undefined && { tenant }),
    ...(serviceKey !== undefined && { serviceKey }),
  }
}

type Level = 'debug' | 'warn'

function levelOf(event: AuditEvent): Level {
  // A key that its vendor rejects; everything else is why there are fallbacks.
  if (event.type === 'attempt.failed') return event.severity === 'high' ? 'warn' : 'debug'
  return event.type === 'store.lost' || event.type === 'sink.dropped' ? 'warn' : 'debug'
}

function isEnabled(logger: object, level: Level): boolean {
  return !('isLevelEnabled' in logger) || typeof logger.isLevelEnabled !== 'function' || logger.isLevelEnabled(level) === true
}
