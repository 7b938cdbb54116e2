import type { Support } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { textOf } from './json.ts'

/** Collects what a translation could not carry over exactly. */
export interface Notes {
  /** A field that only tunes was left out. */
  drop(field: string): void
  /** Something was put in other words. */
  emulate(): void
}

/** {@link Notes} and what they say. */
export interface NotesTaken extends Notes {
  readonly dropped: readonly string[]
  readonly emulated: boolean
}

/** Notes for one translation. */
export function takeNotes(): NotesTaken {
  const dropped = new Set<string>()
  let emulated = false
  return {
    drop: (field) => void dropped.add(field),
    emulate() {
      emulated = true
    },
    get dropped() {
      return [...dropped]
    },
    get emulated() {
      return emulated
    },
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

/** What a translation, tried without sending it, says of the request: what {@link unsupported} threw is a `no`. */
export function supportOf(attempt: () => Pick<NotesTaken, 'dropped' | 'emulated'>): Support {
  try {
    const { emulated, dropped } = attempt()
    return { level: emulated ? 'emulated' : 'yes', dropped }
  } catch (error) {
    if (!(error instanceof AttemptError)) throw error
    const { param, message, body } = error.failure
    const reason = typeof body === 'object' && body !== null && 'reason' in body ? textOf(body.reason) : undefined
    return { level: 'no', field: param ?? '', reason: reason ?? message }
  }
}
