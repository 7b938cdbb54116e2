import type { AuditEvent, AuditRecord } from './audit.ts'
import type { AuditChainLink, AuditHead } from './audit-link.ts'

/** Which records: those that have all that is given. */
export interface AuditQuery {
  readonly agent?: string
  readonly requestId?: string
  /** The hash that stands for a user. */
  readonly subject?: string
  /** Not earlier than this. A text is an ISO 8601 date or time. */
  readonly from?: Date | string
  /** Earlier than this. */
  readonly to?: Date | string
  readonly types?: readonly AuditEvent['type'][]
  /** Told of what is no record, such as a line that a killed process left unfinished: `audit.jsonl:12`. */
  readonly onUnreadable?: (where: string) => void
}

/** What retention removes. */
export interface PruneOptions {
  /** Everything earlier than this, as far as the archive can remove it. A text is an ISO 8601 date or time. */
  readonly before: Date | string
  /**
   * Asked before anything is removed, where chained records would be: how far each chain would be cut. Nothing is removed if it
   * rejects. `chained().prune()` writes it down in the chain.
   */
  readonly declare?: (upTo: readonly AuditHead[]) => Promise<void>
}

/** A record as an archive holds it; `record` is absent where there is something else. */
export interface AuditEntry {
  readonly record?: unknown
  /** `audit.jsonl:12`, `record 12`. */
  readonly where: string
  /** The file it is in, of an archive that has several: the order of records says something only within one. */
  readonly file?: string
  /** What the archive itself sees to be wrong with how the record is kept. */
  readonly flaw?: string
}

/** A sink whose records can be read again. `from`, `to` and `before` that are no date are a ModelyardError `BAD_OPTION`. */
export interface AuditArchive {
  /** In order of time, a few at a time, as they are asked for. */
  read(query?: AuditQuery): AsyncIterable<AuditRecord>
  /** Removes old records; how many. Rejects where they are chained and nobody declares it. */
  prune(options: PruneOptions): Promise<number>
  /** Removes `personal` from every record of that subject, for good; from how many. */
  deleteSubject(subject: string): Promise<number>
  /** Everything there is, for `verifyAudit()`: each chain in its order, as far as the archive keeps one. Default: what `read()` gives. */
  entries?(): AsyncIterable<AuditEntry>
  /** The link of the latest record that has one. */
  lastLink?(): Promise<AuditChainLink | undefined>
}
