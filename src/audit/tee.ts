import type { AuditRecord, AuditSink } from '../contracts/audit.ts'

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

async function all(sinks: readonly AuditSink[], run: (sink: AuditSink) => void | Promise<void>): Promise<void> {
  // The async function turns a sink that throws at once into a rejection, so that the next one still gets its turn.
  const outcomes = await Promise.allSettled(sinks.map(async (sink) => run(sink)))
  const errors = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }): unknown => reason)
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors, `${errors.length} audit sinks failed`)
}
