import type { AuditSink } from './contracts/audit.ts'
import type { AuditContent } from './contracts/content.ts'
import type { SubjectOptions } from './subject.ts'

/** How the audit trail is kept. */
export interface AuditOptions {
  /** Where its records go. */
  readonly sinks: AuditSink | readonly AuditSink[]
  /**
   * What happens while as many records wait for a sink as may: newer ones are dropped and counted (`drop`), or new requests wait until
   * there is room, as long as they may take at all, and then fail with `audit_blocked` (`block`). Default `drop`.
   */
  readonly onFull?: 'drop' | 'block'
  /**
   * How many records may wait for each sink. With `block` new requests wait from half of that on; the other half is for the records of
   * those that are under way, of which none is dropped. Default 10,000.
   */
  readonly queueLimit?: number
  /** How long `flush()` and `close()` wait for a sink that does not answer, in ms. Default 5,000. */
  readonly drainMs?: number
  /** Puts what is asked and answered into the trail: `auditContent()` of `modelyard/audit/content`. Default: no content. */
  readonly content?: AuditContent
  /** Puts a hash of the end user on every record of their requests, by which these can be erased. Default: none. */
  readonly subject?: SubjectOptions
}

/** What `createRouter({ audit })` takes. */
export type AuditOption = AuditSink | readonly AuditSink[] | AuditOptions

/** All ways to say it as one. */
export function auditOptionsOf(
  audit: AuditOption | undefined,
): Omit<AuditOptions, 'sinks'> & { readonly sinks: readonly AuditSink[] } {
  if (audit === undefined) return { sinks: [] }
  if (hasSinks(audit)) return { ...audit, sinks: listOf(audit.sinks) }
  return { sinks: listOf(audit) }
}

/** Whether it is more than sinks. */
export function hasSinks(audit: AuditOption): audit is AuditOptions {
  return 'sinks' in audit && !('write' in audit)
}

function listOf(sinks: AuditSink | readonly AuditSink[]): readonly AuditSink[] {
  return 'write' in sinks ? [sinks] : sinks
}
