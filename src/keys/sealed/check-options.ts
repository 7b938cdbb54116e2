import { ModelyardError } from '../../errors.ts'
import type { KeyStoreError } from '../failure.ts'

/** Options of every encrypted store. */
export interface KeepingOptions {
  readonly onError?: (error: KeyStoreError) => void
  readonly clockSkewMs?: number
  readonly now?: () => number
}

/** @throws ModelyardError `BAD_OPTION` with the field. */
export function checkKeeping(call: string, { onError, clockSkewMs = 0, now }: KeepingOptions): void {
  if (onError !== undefined && typeof onError !== 'function') throw wrongOption(call, 'onError', 'a function')
  if (!isDuration(clockSkewMs)) throw wrongOption(call, 'clockSkewMs', 'a number of milliseconds, 0 or more')
  if (now !== undefined && typeof now !== 'function') throw wrongOption(call, 'now', 'a function')
}

export function isDuration(ms: unknown): boolean {
  return typeof ms === 'number' && ms >= 0 && ms < Number.POSITIVE_INFINITY
}

export function wrongOption(call: string, field: string, wanted: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `${call}: ${field} must be ${wanted}`, { field })
}
