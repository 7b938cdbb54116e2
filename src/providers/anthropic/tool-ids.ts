/**
 * An id of another vendor's in the form that is accepted here (`^[a-zA-Z0-9_-]+$`), for `toolIds()`; a later attempt has a
 * number behind it.
 */
export function idForm(id: string, attempt: number): string {
  const accepted = id.replaceAll(/[^a-zA-Z0-9_-]/g, '_') || 'call'
  return attempt === 0 ? accepted : `${accepted}_${attempt + 1}`
}
