import type { AuditQuery } from '../contracts/archive.ts'
import type { AuditRecord } from '../contracts/audit.ts'
import { ModelyardError } from '../errors.ts'

/**
 * A time as records have it.
 *
 * @throws ModelyardError `BAD_OPTION` with the field.
 */
export function timeOf(field: string, given: Date | string): string {
  const time = new Date(given)
  if (Number.isNaN(time.getTime()))
    throw new ModelyardError('BAD_OPTION', `audit archive: ${field} must be a date, or a text such as 2026-11-23T08:00:00Z`, {
      field,
    })
  return time.toISOString()
}

/**
 * The hash that stands for a user, as somebody gave it.
 *
 * @throws ModelyardError `BAD_OPTION` for what is none.
 */
export function checkSubject(subject: unknown): asserts subject is string {
  if (typeof subject === 'string' && subject !== '') return
  throw new ModelyardError('BAD_OPTION', 'deleteSubject(subject) takes the hash that stands for the user, as records have it', {
    field: 'subject',
  })
}

/** Whether a record is one of those that are asked for. Checks the query. */
export function matcherOf({ agent, requestId, subject, from, to, types }: AuditQuery): (record: AuditRecord) => boolean {
  const [first, end] = [from === undefined ? '' : timeOf('from', from), to === undefined ? undefined : timeOf('to', to)]
  const tests = [
    agent !== undefined && ((record: AuditRecord) => record.agent === agent),
    requestId !== undefined && ((record: AuditRecord) => record.requestId === requestId),
    subject !== undefined && ((record: AuditRecord) => record.personal?.subject === subject),
    types !== undefined && ((record: AuditRecord) => types.includes(record.event.type)),
    end !== undefined && ((record: AuditRecord) => record.at < end),
  ].filter((test) => test !== false)
  return (record) => record.at >= first && tests.every((test) => test(record))
}

/** Whether something that was read is a record, as far as a query goes. */
export function isRecord(value: unknown): value is AuditRecord {
  if (typeof value !== 'object' || value === null || !('event' in value) || !('at' in value) || !('id' in value)) return false
  const { event, at, id } = value
  return typeof event === 'object' && event !== null && 'type' in event && typeof at === 'string' && typeof id === 'string'
}
