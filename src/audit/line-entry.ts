import type { AuditEntry } from '../contracts/archive.ts'
import { escaped } from './record-line.ts'

/** What a line is, without its line break. */
export function entryOfLine(text: string, place: Pick<AuditEntry, 'where' | 'file'>): AuditEntry {
  const record = parsed(text)
  if (record === undefined) return place
  return isAsWritten(record, text) ? { ...place, record } : { ...place, record, flaw: 'its text is not as it was written' }
}

/** A field that comes twice, which readers understand in different ways, would show in no field. Erasing leaves blanks at the end. */
function isAsWritten(record: object, text: string): boolean {
  try {
    return escaped(JSON.stringify(record)) === escaped(text.replace(/ +\}$/, '}'))
  } catch {
    // Deeper than anything that is written here.
    return false
  }
}

/** An object of JSON; nothing for anything else. */
export function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
