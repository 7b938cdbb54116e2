import type { AuditRecord } from '../contracts/audit.ts'

// Valid in JSON, but a line break to some readers of lines.
const lineBreaks = /[\u0085\u2028\u2029]/g

/**
 * One line of JSON, with its line break. What may be erased comes last, and of that the subject first: so it can be overwritten in
 * its place, and found by whoever has to finish that.
 */
export function lineOf({ personal, ...record }: AuditRecord): string {
  return `${escaped(JSON.stringify(personal === undefined ? record : { ...record, personal: subjectFirst(personal) }))}\n`
}

/** JSON text with the same meaning and no line breaks. */
export function escaped(json: string): string {
  return json.replace(lineBreaks, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function subjectFirst({ subject, ...rest }: NonNullable<AuditRecord['personal']>): object {
  return subject === undefined ? rest : { subject, ...rest }
}
