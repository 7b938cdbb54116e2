import type { AuditArchive } from '../contracts/archive.ts'
import type { AuditRecord, AuditSink } from '../contracts/audit.ts'

/** Audit records in memory, for tests and for looking at the latest ones. */
export interface MemoryAudit extends AuditSink, AuditArchive {
  /** The records that are kept, oldest first. */
  readonly records: readonly AuditRecord[]
  /** The records of one logical request, in order. */
  of(requestId: string): readonly AuditRecord[]
  clear(): void
}

/** A sink that keeps the latest `limit` records (default 10,000). */
export function memoryAudit({ limit = 10_000 }: { readonly limit?: number } = {}): MemoryAudit {
  const records: AuditRecord[] = []
  return {
    records,
    of: (requestId) => records.filter((record) => record.requestId === requestId),
    clear() {
      records.length = 0
    },
    write(record) {
      records.push(record)
      if (records.length > limit) records.shift()
    },
    async *read(query = {}) {
      yield* (await import('./memory-archive.ts')).recordsIn(records, query)
    },
    prune: async (options) => (await import('./memory-archive.ts')).pruneRecords(records, options),
    deleteSubject: async (subject) => (await import('./memory-archive.ts')).eraseInRecords(records, subject),
  }
}
