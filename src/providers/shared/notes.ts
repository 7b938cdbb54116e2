import type { Support } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { textOf } from './json.ts'

/** Collects what a translation could not carry over exactly. */
export interface Notes {
  /** A field that only tunes was left out. */
  drop(field: string): void
  /** Something was put in other words. */
  emulate(): void
  /** The vendor does not see to these parts of a JSON promise: the answer is to be checked for them. */
  leave(unenforced: readonly string[]): void
}

/** {@link Notes} and what they say. */
export interface NotesTaken extends Notes {
  readonly dropped: readonly string[]
  readonly emulated: boolean
  readonly unenforced: readonly string[]
}

/** Notes for one translation. */
export function takeNotes(): NotesTaken {
  return new NotePad()
}

/** A class, for every call takes notes: an object literal with getters takes far longer to make. */
class NotePad implements NotesTaken {
  readonly dropped: string[] = []
  readonly unenforced: string[] = []
  emulated = false

  drop(field: string): void {
    if (!this.dropped.includes(field)) this.dropped.push(field)
  }

  emulate(): void {
    this.emulated = true
  }

  leave(unenforced: readonly string[]): void {
    this.unenforced.push(...unenforced)
  }
}

/** The error for a field that cannot be served: `supports()` reads it as `no`, a call as the caller's fault. */
export function unsupported(field: string, reason: string): AttemptError {
  return new AttemptError('invalid_request', `${field}: ${reason}`, {
    param: field,
    code: 'unsupported_parameter',
    body: { reason },
  })
}

/** The same for a part of a message whose type is not known here. */
export function unknownPart({ type }: { readonly type?: unknown }, field: string): AttemptError {
  const kind = typeof type === 'string' ? `of type '${type.slice(0, 40)}'` : 'without a type'
  return unsupported(`${field}.type`, `a part ${kind} cannot be sent to this provider`)
}

/** Content that may hold nothing but text. Throws naming the part that is none. */
export function textOnly(content: unknown, field: string): unknown {
  const parts: readonly unknown[] = Array.isArray(content) ? content : []
  for (const [index, part] of parts.entries()) {
    const type = typeof part === 'object' && part !== null && 'type' in part ? textOf(part.type) : undefined
    if (type === 'text' || type === 'refusal') continue
    throw unsupported(`${field}[${index}].type`, `only text is accepted here, not '${type?.slice(0, 40) ?? 'nothing'}'`)
  }
  return content
}

/** What a translation, tried without sending it, says of the request: what {@link unsupported} threw is a `no`. */
export function supportOf(attempt: () => Pick<NotesTaken, 'dropped' | 'emulated' | 'unenforced'>): Support {
  try {
    const { emulated, dropped, unenforced } = attempt()
    return { level: emulated ? 'emulated' : 'yes', dropped, ...(unenforced.length > 0 && { unenforced }) }
  } catch (error) {
    if (!(error instanceof AttemptError)) throw error
    const { param, message, body } = error.failure
    const reason = typeof body === 'object' && body !== null && 'reason' in body ? textOf(body.reason) : undefined
    return { level: 'no', field: param ?? '', reason: reason ?? message }
  }
}
