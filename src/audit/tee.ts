import type { AuditRecord, AuditSink } from '../contracts/audit.ts'
import { ModelyardError } from '../errors.ts'

/**
 * One sink made of several. Every one of them gets every record whatever the others do; a write that failed anywhere
 * rejects with all that went wrong.
 */
export function tee(...sinks: readonly AuditSink[]): Required<AuditSink> {
  return {
    write: (record) => all(sinks, (sink) => sink.write(record)),
    flush: () => all(sinks, (sink) => sink.flush?.()),
    close: () => all(sinks, (sink) => sink.close?.()),
  }
}

/** A sink that only gets the records that `keep` accepts: `filtered(sink, ({ event }) => event.type !== 'key.used')`. */
export function filtered(sink: AuditSink, keep: (record: AuditRecord) => boolean): Required<AuditSink> {
  return {
    write: (record) => (keep(record) ? sink.write(record) : undefined),
    flush: async () => sink.flush?.(),
    close: async () => sink.close?.(),
  }
}

/**
 * A sink that gets each record as `change` returns it: `redact(sink, (record) => ({ ...record, agent: 'somebody' }))`. A record that `change`
 * throws for, or returns nothing for, does not get there at all and is counted as lost: better none than one with a secret.
 */
export function redact(sink: AuditSink, change: (record: AuditRecord) => AuditRecord): Required<AuditSink> {
  return {
    write(record) {
      const changed: unknown = change(record)
      if (!isRecord(changed))
        throw new ModelyardError('BAD_OPTION', 'redact(): `change` must return a record; filtered() leaves some out.')
      return sink.write(changed)
    },
    flush: async () => sink.flush?.(),
    close: async () => sink.close?.(),
  }
}

function isRecord(value: unknown): value is AuditRecord {
  return typeof value === 'object' && value !== null && 'event' in value
}

async function all(sinks: readonly AuditSink[], run: (sink: AuditSink) => void | Promise<void>): Promise<void> {
  // The async function turns a sink that throws at once into a rejection, so that the next one still gets its turn.
  const outcomes = await Promise.allSettled(sinks.map(async (sink) => run(sink)))
  const errors = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }): unknown => reason)
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors, `${errors.length} audit sinks failed`)
}
