import type { auditOptionsOf } from '../audit-options.ts'
import type { Trail } from '../audit/trail.ts'
import { ContentNotes } from '../content-notes.ts'
import { subjectsBy } from '../subject.ts'

/** What the trail is to know of requests beyond their events; nothing where it is not to know more. */
export function notesOf({ sinks, content, subject }: ReturnType<typeof auditOptionsOf>, { add }: Trail): ContentNotes | undefined {
  if (sinks.length === 0 || (content === undefined && subject === undefined)) return undefined
  return new ContentNotes({ content, subjectOf: subjectsBy(subject), add })
}

/** The trail's `emit`, which notes hear too. */
export function heardBy(notes: ContentNotes | undefined, { emit }: Trail): Trail['emit'] {
  if (notes === undefined) return emit
  return (event, about = {}, details) => {
    emit(event, about, details)
    notes.heard(event, about)
  }
}
